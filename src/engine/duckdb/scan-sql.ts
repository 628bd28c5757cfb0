import type { FileTable } from '../../source/source.ts'
import { identifier, literal, pathList } from './sql.ts'

/** Bytes read at once for one thread; the default would hold 32 MiB a buffer. */
const CSV_BUFFER_BYTES = 4 * 2 ** 20

/** The address column of a CSV table as `v`, read without any guessing. A line that is not as it should be is an error. */
export function csvScan(table: FileTable, emailIndex: number, lineBytesMax: number): string {
  // Names are ours: those of the header may be empty or appear twice.
  const columns = table.columns.map((_, index) => `c${index}: 'VARCHAR'`).join(', ')
  const bufferBytes = Math.max(CSV_BUFFER_BYTES, 2 * lineBytesMax)
  return `SELECT c${emailIndex} AS v FROM read_csv(${pathList(table.paths)}, auto_detect = false, hive_partitioning = false, header = false, skip = 1,
    delim = ${literal(table.delimiter)}, quote = '"', escape = '"', columns = {${columns}},
    max_line_size = ${lineBytesMax}, buffer_size = ${bufferBytes})`
}

/** A column of a Parquet table as `v`. */
export function parquetScan(table: FileTable, column: string): string {
  return `SELECT ${identifier(column)} AS v FROM ${parquetTable(table.paths)}`
}

export function parquetTable(paths: readonly string[]): string {
  return `read_parquet(${pathList(paths)}, hive_partitioning = false, union_by_name = false)`
}
