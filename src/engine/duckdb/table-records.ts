import type { Limits } from '../../base/limits.ts'
import { missingEmailColumn } from '../../source/email-column.ts'
import type { FileRows, FileTable } from '../../source/source.ts'
import { csvRecords } from '../records/csv-records.ts'
import { jsonRecords } from '../records/json-records.ts'
import type { RawValue } from '../records/record.ts'
import { emailIndexOf } from './email-index.ts'
import { parquetEmailColumn } from './parquet-column.ts'
import { parquetScan } from './scan-sql.ts'
import { streamTexts } from './stream-texts.ts'

export interface ReadOptions {
  readonly limits: Limits
  readonly tempDir: string
  readonly signal: AbortSignal
  /** Bytes read since the last call. */
  readonly onBytes: (bytes: number) => void
}

/** All records of all files without a query, in the order of the files. */
export async function* fileRecords(
  rows: FileRows,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  for (const table of rows.tables) yield* tableRecords(table, rows, options)
}

/** The address column of one table, record by record, in the order of its files. */
export async function* tableRecords(
  table: FileTable,
  rows: FileRows,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  if (table.format === 'csv') yield* csvTable(table, options)
  else if (table.format === 'json') yield* jsonTable(table, rows.emailColumn, options)
  else
    yield* streamTexts(options, async (session) =>
      parquetScan(table, await parquetEmailColumn(session, table, rows.emailColumn)),
    )
}

async function* csvTable(
  table: FileTable,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  const layout = {
    delimiter: table.delimiter,
    columnCount: table.columns.length,
    emailIndex: emailIndexOf(table),
    bytesMax: options.limits.fieldBytesMax,
  }
  for (const path of table.paths) yield* csvRecords(path, { ...options, ...layout })
}

async function* jsonTable(
  table: FileTable,
  emailColumn: string,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  let hasKey = false
  const onKey = () => {
    hasKey = true
  }
  for (const path of table.paths)
    yield* jsonRecords(path, { ...options, emailColumn, onKey, bytesMax: options.limits.fieldBytesMax })
  if (!hasKey)
    throw missingEmailColumn(emailColumn, `No object of the JSON files has the key "${emailColumn}".`)
}
