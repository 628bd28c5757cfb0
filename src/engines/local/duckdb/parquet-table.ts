import { RollcallError } from '../../../base/rollcall-error.ts'
import { findEmailColumn } from '../../../sources/email-column.ts'
import { parquetNames } from '../../../sources/formats/parquet-pages.ts'
import { fileAt } from '../../../sources/source.ts'
import type { FileRows } from '../../../sources/source.ts'
import { parquetFiles, parquetValue } from './scan-sql.ts'
import type { Session } from './session.ts'

/** Parquet files with the same columns. */
export interface ParquetGroup {
  readonly paths: readonly string[]
  readonly columns: readonly ParquetColumn[]
}

interface ParquetColumn {
  /** As it stands in the files. */
  readonly name: string
  /** As SQL: the engine has names of its own for columns of one name. */
  readonly value: string
  readonly type: string
}

/** A column of addresses: as SQL, and how many of its values are bytes that are no text. */
export interface ParquetAddresses {
  /** SQL after FROM for the rows whose address can be read. */
  readonly from: string
  readonly value: string
  readonly badEncodings: number
}

/** Files by what columns they have, each described by itself, so that their order does not matter. */
export async function parquetGroups(
  session: Session,
  paths: readonly string[],
  rows: FileRows,
): Promise<ParquetGroup[]> {
  const groups = new Map<string, ParquetGroup & { readonly paths: string[] }>()
  for (const path of paths) {
    const described = await session.run(`DESCRIBE SELECT * FROM ${parquetFiles([path])}`)
    const names = await parquetNames(fileAt(rows, path))
    const columns = described.map(([engineName, type], index) => ({
      name: names[index] ?? String(engineName),
      value: parquetValue(String(engineName)),
      type: String(type),
    }))
    const key = JSON.stringify(columns)
    const group = groups.get(key) ?? { paths: [], columns }
    group.paths.push(path)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** The addresses of Parquet files as a query with one column `v`. Error: `missing_email_column` or `query_failed`, with the file. */
export async function parquetAddresses(
  session: Session,
  paths: readonly string[],
  rows: FileRows,
): Promise<{ readonly values: string; readonly badEncodings: number }> {
  const scans: string[] = []
  let bad = 0
  for (const group of await parquetGroups(session, paths, rows)) {
    const column = emailColumnOf(group, rows)
    const { from, value, badEncodings } = await addressesIn(session, group, column)
    if (value === null) throw notText(column.name, column.type)
    scans.push(`SELECT ${value} AS v FROM ${from}`)
    bad += badEncodings
  }
  return { values: scans.join(' UNION ALL '), badEncodings: bad }
}

function emailColumnOf({ paths, columns }: ParquetGroup, rows: FileRows) {
  const file = rows.files.find(({ path }) => path === paths[0])
  const names = columns.map(({ name }) => name)
  const index = findEmailColumn(names, rows.emailColumn, `"${file?.name ?? ''}"`)
  return columns[index] as ParquetColumn
}

/**
 * The values of a column as texts. Bytes without a type count as text where they are UTF-8, and a column without any value as one of
 * texts, whatever its type. `value` is null for a column of another type.
 */
export async function addressesIn(
  session: Session,
  { paths }: ParquetGroup,
  { value: column, type }: ParquetColumn,
): Promise<Omit<ParquetAddresses, 'value'> & { readonly value: string | null }> {
  const from = parquetFiles(paths)
  if (type === 'VARCHAR') return { from, value: column, badEncodings: 0 }
  if (type === 'BLOB') {
    const isGood = `(${column} IS NULL OR try(decode(${column})) IS NOT NULL)`
    const [row] = await session.run(`SELECT count(*) FROM ${from} WHERE NOT ${isGood}`)
    const good = `(SELECT * FROM ${from} WHERE ${isGood})`
    return { from: good, value: `decode(${column})`, badEncodings: Number(row?.[0]) }
  }
  const [row] = await session.run(`SELECT count(${column}) FROM ${from}`)
  return { from, value: Number(row?.[0]) === 0 ? 'CAST(NULL AS VARCHAR)' : null, badEncodings: 0 }
}

/** The address column of one file in its order, as SQL for a column `v` of texts or, where they have no type, of bytes. */
export async function parquetColumn(session: Session, path: string, rows: FileRows): Promise<string> {
  const [group] = await parquetGroups(session, [path], rows)
  const column = emailColumnOf(group as ParquetGroup, rows)
  const value =
    column.type === 'BLOB' ? column.value : (await addressesIn(session, group as ParquetGroup, column)).value
  if (value === null) throw notText(column.name, column.type)
  return `SELECT ${value} AS v FROM ${parquetFiles([path])}`
}

export function notText(column: string, type: string): RollcallError {
  return new RollcallError('query_failed', {
    detail: `Column "${column}" holds ${type.replaceAll(/\(.*/g, '')}, not text, so it cannot hold addresses.`,
  })
}
