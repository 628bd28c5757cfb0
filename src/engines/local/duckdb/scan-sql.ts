import { requireChild } from '../child/here.ts'
import type { FileTable } from '../../../sources/source.ts'
import type { Scannable } from '../records/examine-csv.ts'
import { identifier, literal, pathList } from './sql.ts'

/** Bytes read at once for one thread; the default would hold 32 MiB a buffer. */
const CSV_BUFFER_BYTES = 4 * 2 ** 20

/** CSV files that an examination found to be read exactly line by line, all in the same way. */
export interface CsvScan extends Pick<Scannable, 'lineEnd' | 'hasQuotes'> {
  readonly paths: readonly string[]
  /** The lines of all of them that are not kept aside: it finds no more rows. */
  readonly lines: number
}

/**
 * The lines of CSV files as columns `c0`, `c1` … of text, to stand after FROM. Nothing is guessed, and quotation marks are signs
 * like any other, so that it does not matter where the engine splits a file. Lines with another number of fields are passed over.
 */
export function scanLines(table: FileTable, scan: Omit<CsvScan, 'lines'>, lineBytesMax: number): string {
  const columns = table.columns.map((_, index) => `c${index}: 'VARCHAR'`).join(', ')
  const bufferBytes = Math.max(CSV_BUFFER_BYTES, 2 * lineBytesMax)
  return `read_csv(${pathList(scan.paths)}, auto_detect = false, hive_partitioning = false, header = false, skip = 1,
    delim = ${literal(table.delimiter)}, quote = '', escape = '', new_line = ${lineEndSql(scan)}, columns = {${columns}},
    ignore_errors = true, max_line_size = ${lineBytesMax + 1}, buffer_size = ${bufferBytes})`
}

/** The text of a column of `scanLines`: an examination made sure that marks are around the whole of a field, or part of its text. */
export function scannedValue(index: number, { hasQuotes }: Pick<CsvScan, 'hasQuotes'>): string {
  const column = `c${index}`
  return hasQuotes
    ? `CASE WHEN starts_with(${column}, '"') THEN replace(${column}[2:-2], '""', '"') ELSE ${column} END`
    : column
}

function lineEndSql({ lineEnd }: Pick<CsvScan, 'lineEnd'>): string {
  return lineEnd === '\n' ? String.raw`'\n'` : String.raw`'\r\n'`
}

/** Rows of Parquet files, to stand after FROM; only for a child process, since damaged ones may end the process that reads them. */
export function parquetFiles(paths: readonly string[]): string {
  requireChild('Parquet files are read')
  return `read_parquet(${pathList(paths)}, hive_partitioning = false, union_by_name = false)`
}

/**
 * The value of a column of Parquet files, in a form that no condition on it reaches the reader. That would leave out the rows that a Bloom
 * filter or the least and greatest values of a file say cannot match: nothing tells whether these are right.
 */
export function parquetValue(name: string): string {
  return `struct_pack(v := ${identifier(name)}).v`
}
