import { fileAt } from '../../source/source.ts'
import type { FileRows, FileTable } from '../../source/source.ts'
import { isCompressed } from '../../source/files/file-format.ts'
import { examineCsv } from '../records/examine-csv.ts'
import type { AsideRoom } from '../records/examine-csv.ts'
import type { Batch } from '../records/record.ts'
import { PASSED_OVER_MAX } from './scan-sql.ts'
import type { CsvScan } from './scan-sql.ts'
import type { Session } from './session.ts'
import type { ReadOptions } from './table-records.ts'

export interface CsvColumns {
  readonly emailIndex: number | null
  readonly otherIndexes: readonly number[]
}

/** How the files of a CSV table are read, with a query and without. */
export interface CsvPlan {
  readonly scans: readonly CsvScan[]
  /** Records that scans pass over, by file. */
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
  const layout = {
    ...columns,
    delimiter: table.delimiter,
    linesAbove: table.linesAbove,
    columnCount: table.columns.length,
    bytesMax: limits.fieldBytesMax,
  }
  const room: AsideRoom = { bytes: ASIDE_BYTES_MAX }
  const scans = new Map<string, CsvScan & { readonly paths: string[] }>()
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
    const scan = scans.get(key) ?? { paths: [], lineEnd, hasQuotes }
    scan.paths.push(path)
    scans.set(key, scan)
    asides.set(path, aside)
  }
  return { scans: [...scans.values()], asides, exact }
}

/**
 * Lines without the right number of fields that scans have passed over, by file: those that are not kept aside. Null when their number
 * is not certain, and the files must be read record by record. To be asked once all scans that remember have come to their end.
 */
export async function raggedLines(
  session: Session,
  asides: ReadonlyMap<string, Batch>,
): Promise<ReadonlyMap<string, number> | null> {
  const ragged = new Map<string, number>()
  const passedOver = new Map((await passedOverLines(session)).map((file) => [file.path, file]))
  for (const [path, aside] of asides) {
    const found = passedOver.get(path) ?? { lines: 0, isSure: true }
    const count = found.lines - aside.addresses.length
    if (!found.isSure || count < 0) return null
    if (count > 0) ragged.set(path, count)
  }
  return ragged
}

interface PassedOver {
  readonly path: string
  readonly lines: number
  readonly isSure: boolean
}

/** There may be several errors for one line. */
async function passedOverLines(session: Session): Promise<PassedOver[]> {
  const tables = await session.run("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'")
  if (tables.length === 0) return []
  const rows = await session.run(`SELECT file_path, count(DISTINCT line_byte_position), count(*),
      bool_and(error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS'))
    FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path`)
  return rows.map(([path, lines, errors, isKnown]) => ({
    path: String(path),
    lines: Number(lines),
    isSure: isKnown === true && Number(errors) < PASSED_OVER_MAX,
  }))
}
