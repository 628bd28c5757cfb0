import type { Limits } from '../../../base/limits.ts'
import { fileAt } from '../../../sources/source.ts'
import type { FileRows, FileTable } from '../../../sources/source.ts'
import { isCompressed } from '../../../sources/formats/file-format.ts'
import { countCsv } from '../records/count-csv.ts'
import { examineCsv } from '../records/examine-csv.ts'
import type { AsideRoom } from '../records/examine-csv.ts'
import type { CsvLayout } from '../records/csv-records.ts'
import type { Batch } from '../records/record.ts'
import type { CsvScan } from './scan-sql.ts'
import type { ReadOptions } from './read-options.ts'

export interface CsvColumns {
  readonly emailIndex: number | null
  readonly otherIndexes: readonly number[]
}

/** How the files of a CSV table are read, with a query and without. */
export interface CsvPlan {
  readonly scans: readonly CsvScan[]
  /** Records that scans pass over and that are kept, by file. */
  readonly asides: ReadonlyMap<string, Batch>
  /** Files that are read record by record. */
  readonly exact: readonly string[]
}

/** Bytes of lines that scans pass over and that are kept in memory; files with more of them are read record by record. */
const ASIDE_BYTES_MAX = 8 * 2 ** 20

/** Examines every file: it is scanned in parallel where that is exact whatever it holds, and read record by record otherwise. */
export async function planCsv(
  table: FileTable,
  rows: FileRows,
  columns: CsvColumns,
  { limits, signal }: Pick<ReadOptions, 'limits' | 'signal'>,
): Promise<CsvPlan> {
  const layout = layoutOf(table, columns, limits)
  const room: AsideRoom = { bytes: ASIDE_BYTES_MAX }
  const scans = new Map<string, CsvScan>()
  const asides = new Map<string, Batch>()
  const exact: string[] = []
  for (const path of table.paths) {
    // What is compressed cannot be read in parallel, and is unpacked and verified once. What stands above a header is passed over as the
    // exact reader counts lines.
    const isExact = isCompressed(path) || table.linesAbove > 0
    const found = isExact ? null : await examineCsv(fileAt(rows, path), layout, { signal, room })
    if (found === null) {
      exact.push(path)
      continue
    }
    const { lineEnd, hasQuotes, aside } = found
    const key = `${lineEnd}${hasQuotes}`
    const { paths, lines: before } = scans.get(key) ?? { paths: [], lines: 0 }
    const lines = before + found.lines - aside.addresses.length
    scans.set(key, { paths: [...paths, path], lineEnd, hasQuotes, lines })
    if (aside.addresses.length > 0) asides.set(path, aside)
  }
  return { scans: [...scans.values()], asides, exact }
}

/**
 * The lines that scans passed over since they have not the right number of fields, by file, when the scans found so many rows. Null where
 * that is not what they must find. Where each line was a row, nothing was lost, and nothing has to be counted.
 */
export async function raggedOf(
  { scans, asides }: Pick<CsvPlan, 'scans' | 'asides'>,
  rowsFound: number,
  table: FileTable,
  rows: FileRows,
  { limits, signal }: Pick<ReadOptions, 'limits' | 'signal'>,
): Promise<ReadonlyMap<string, number> | null> {
  const ragged = new Map<string, number>()
  const linesLeft = scans.reduce((sum, { lines }) => sum + lines, 0)
  if (rowsFound === linesLeft) return ragged
  const layout = layoutOf(table, { emailIndex: null, otherIndexes: [] }, limits)
  let [linesCounted, rowsCounted] = [0, 0]
  for (const path of scans.flatMap(({ paths }) => paths)) {
    const counted = await countCsv(fileAt(rows, path), layout, signal)
    const kept = asides.get(path)?.addresses.length ?? 0
    if (counted === null || counted.passedOver < kept) return null
    linesCounted += counted.lines - kept
    rowsCounted += counted.rows
    if (counted.passedOver > kept) ragged.set(path, counted.passedOver - kept)
  }
  return linesCounted === linesLeft && rowsCounted === rowsFound ? ragged : null
}

function layoutOf(table: FileTable, columns: CsvColumns, { fieldBytesMax }: Limits): CsvLayout {
  return {
    ...columns,
    delimiter: table.delimiter,
    linesAbove: table.linesAbove,
    columnCount: table.columns.length,
    bytesMax: fieldBytesMax,
  }
}
