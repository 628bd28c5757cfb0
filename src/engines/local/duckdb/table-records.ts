import { emailIndexIn, missingEmailColumn } from '../../../sources/email-column.ts'
import { fileAt } from '../../../sources/source.ts'
import type { FileRows, FileTable } from '../../../sources/source.ts'
import { csvRecords } from '../records/csv-records.ts'
import { JsonKeys, jsonRecords } from '../records/json-records.ts'
import { addressesOf } from '../records/record.ts'
import type { RawValue, Records } from '../records/record.ts'
import type { CsvPlan } from './csv-plan.ts'
import { parquetColumn } from './parquet-table.ts'
import { streamTexts } from './stream-texts.ts'
import type { ReadOptions } from './read-options.ts'

/** The address column of one table, record by record, in the order of its files. */
export async function* tableRecords(
  table: FileTable,
  rows: FileRows,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  const keys = new JsonKeys(rows.emailColumn, [])
  for (const path of table.paths) yield* recordsOf(path, table, rows, { ...options, keys, otherIndexes: [] })
  if (table.format === 'json' && keys.met.size === 0)
    throw missingEmailColumn(
      rows.emailColumn,
      `No object of the JSON files has the key "${rows.emailColumn}".`,
    )
}

/** What a table holds beside its scans: the lines that they pass over, and the files that are read record by record. */
export async function* unscanned(
  table: FileTable,
  rows: FileRows,
  { asides, exact }: Pick<CsvPlan, 'asides' | 'exact'>,
  options: ReadOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  for (const { addresses } of asides.values()) yield addresses
  yield* tableRecords({ ...table, paths: exact }, rows, options)
}

/**
 * The address column of each file by itself, in the order in which they were given. Nothing is read before it is asked for. Of CSV files,
 * the columns that `othersOf` names by their indexes are read as well, since their bytes may make a record unreadable.
 */
export function recordsByFile(
  rows: FileRows,
  options: ReadOptions,
  othersOf: (path: string) => readonly number[] = () => [],
): { readonly path: string; readonly file: string; readonly records: Records }[] {
  const tableOf = new Map(rows.tables.flatMap((table) => table.paths.map((path) => [path, table] as const)))
  return rows.files.flatMap(({ path, name }) => {
    const table = tableOf.get(path)
    if (table === undefined) return []
    const keys = new JsonKeys(rows.emailColumn, [])
    const records = recordsOf(path, table, rows, { ...options, keys, otherIndexes: othersOf(path) })
    return [{ path, file: name, records }]
  })
}

function recordsOf(
  path: string,
  table: FileTable,
  rows: FileRows,
  options: ReadOptions & { readonly keys: JsonKeys; readonly otherIndexes: readonly number[] },
): Records {
  const bytesMax = options.limits.fieldBytesMax
  if (table.format === 'parquet') return streamTexts(options, (session) => parquetColumn(session, path, rows))
  if (table.format === 'json') return addressesOf(jsonRecords(fileAt(rows, path), { ...options, bytesMax }))
  return addressesOf(
    csvRecords(fileAt(rows, path), {
      ...options,
      delimiter: table.delimiter,
      linesAbove: table.linesAbove,
      columnCount: table.columns.length,
      emailIndex: table.emailIndex ?? emailIndexIn(table.columns, rows.emailColumn),
      bytesMax,
    }),
  )
}
