import { fileAt } from '../../sources/source.ts'
import type { FileRows, FileTable } from '../../sources/source.ts'
import { isCompressed } from '../../sources/files/file-format.ts'
import { examineCsv } from '../records/examine-csv.ts'
import type { AsideRoom } from '../records/examine-csv.ts'
import type { Batch } from '../records/record.ts'
import type { CsvScan } from './scan-sql.ts'
import type { ReadOptions } from './table-records.ts'

export interface CsvColumns {
  readonly emailIndex: number | null
  readonly otherIndexes: readonly number[]
}

/** How the files of a CSV table are read, with a query and without. */
export interface CsvPlan {
  readonly scans: readonly CsvScan[]
  /** Records that scans pass over, by file: those that are kept, and the number of those without the right number of fields. */
  readonly asides: ReadonlyMap<string, Batch>
  readonly ragged: ReadonlyMap<string, number>
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
  const layout = {
    ...columns,
    delimiter: table.delimiter,
    linesAbove: table.linesAbove,
    columnCount: table.columns.length,
    bytesMax: limits.fieldBytesMax,
  }
  const room: AsideRoom = { bytes: ASIDE_BYTES_MAX }
  const scans = new Map<string, CsvScan>()
  const asides = new Map<string, Batch>()
  const ragged = new Map<string, number>()
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
    const { lineEnd, hasQuotes } = found
    const key = `${lineEnd}${hasQuotes}`
    const { paths, rows: before } = scans.get(key) ?? { paths: [], rows: 0 }
    scans.set(key, { paths: [...paths, path], lineEnd, hasQuotes, rows: before + found.rows })
    if (found.aside.addresses.length > 0) asides.set(path, found.aside)
    if (found.ragged > 0) ragged.set(path, found.ragged)
  }
  return { scans: [...scans.values()], asides, ragged, exact }
}
