import type { Limits } from '../../base/limits.ts'
import { missingEmailColumn } from '../../source/email-column.ts'
import type { FileRows, FileTable } from '../../source/source.ts'
import { csvRecords } from '../records/csv-records.ts'
import { jsonRecords } from '../records/json-records.ts'
import type { RawValue, Records } from '../records/record.ts'
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
  let hasKey = false
  const onKey = () => {
    hasKey = true
  }
  if (table.format === 'parquet') yield* parquetRecords(table, rows.emailColumn, options)
  else
    for (const path of table.paths) yield* textRecords(path, table, rows.emailColumn, { ...options, onKey })
  if (table.format === 'json' && !hasKey)
    throw missingEmailColumn(
      rows.emailColumn,
      `No object of the JSON files has the key "${rows.emailColumn}".`,
    )
}

/** The address column of each file by itself, in the order in which they were given. Nothing is read before it is asked for. */
export function recordsByFile(
  rows: FileRows,
  options: ReadOptions,
): { readonly file: string; readonly records: Records }[] {
  const tableOf = new Map(rows.tables.flatMap((table) => table.paths.map((path) => [path, table] as const)))
  return rows.files.flatMap(({ path, name }) => {
    const table = tableOf.get(path)
    if (table === undefined) return []
    const records =
      table.format === 'parquet'
        ? parquetRecords({ ...table, paths: [path] }, rows.emailColumn, options)
        : textRecords(path, table, rows.emailColumn, { ...options, onKey: () => undefined })
    return [{ file: name, records }]
  })
}

function parquetRecords(table: FileTable, emailColumn: string, options: ReadOptions): Records {
  return streamTexts(options, async (session) =>
    parquetScan(table, await parquetEmailColumn(session, table, emailColumn)),
  )
}

function textRecords(
  path: string,
  table: FileTable,
  emailColumn: string,
  options: ReadOptions & { readonly onKey: () => void },
): Records {
  const bytesMax = options.limits.fieldBytesMax
  if (table.format === 'json') return jsonRecords(path, { ...options, emailColumn, bytesMax })
  return csvRecords(path, {
    ...options,
    delimiter: table.delimiter,
    columnCount: table.columns.length,
    emailIndex: emailIndexOf(table),
    bytesMax,
  })
}
