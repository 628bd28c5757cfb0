import { openIn } from '../../../members/mask-rows.ts'
import { sqlName } from '../../../base/column-name.ts'
import { emailIndexIn, isEmailName } from '../../../sources/email-column.ts'
import { fileAt } from '../../../sources/source.ts'
import type { FileRows, FileTable } from '../../../sources/source.ts'
import { csvRecords } from '../records/csv-records.ts'
import { JsonKeys, jsonRecords } from '../records/json-records.ts'
import type { Batch } from '../records/record.ts'
import { planCsv } from './csv-plan.ts'
import type { CsvPlan } from './csv-plan.ts'
import { queryNames } from './input-columns.ts'
import type { FilesColumns } from './input-email.ts'
import { loadRecords } from './load-records.ts'
import type { FileBatches } from './load-records.ts'
import { addressesIn } from './parquet-table.ts'
import type { ParquetGroup } from './parquet-table.ts'
import { parquetFiles, scanLines, scannedValue } from './scan-sql.ts'
import type { CsvScan } from './scan-sql.ts'
import type { Session } from './session.ts'
import type { ReadOptions } from './read-options.ts'
import type { Unread } from './unread.ts'

/** Rows of some files, as SQL. */
export interface Part {
  /** To stand after FROM. */
  readonly from: string
  /** The scan of lines that it is, whose rows are counted again; null for all else. */
  readonly scan: CsvScan | null
  readonly columns: readonly PartColumn[]
}

/** Rows of Parquet files, and what they are read from. */
export interface ParquetPart extends Part, Pick<FilesColumns, 'emailType'> {
  readonly group: ParquetGroup
}

export interface PartColumn {
  readonly name: string
  readonly value: string
  /** Of Parquet; null for a text, whose type is still to be found. */
  readonly type: string | null
}

export interface PartsOptions extends ReadOptions {
  /** The columns that the query names, in lower case; null for all. */
  readonly named: ReadonlySet<string> | null
  /** The columns that are read besides that of the addresses, in lower case; null for all. */
  readonly wanted: ReadonlySet<string> | null
  /** Whether the parts have the columns that are not read too, without values; else these do not exist. */
  readonly areAllNamed: boolean
  /**
   * The columns that a person sees as they are; null or none for all. What stands in the others is not even looked at, since it would
   * tell of them if a row were left out for their bytes.
   */
  readonly openColumns?: readonly string[] | null
}

function unreadColumn(name: string, { areAllNamed }: PartsOptions): PartColumn[] {
  return areAllNamed ? [{ name, value: 'CAST(NULL AS VARCHAR)', type: null }] : []
}

function isWanted(name: string, { wanted }: PartsOptions): boolean {
  return wanted === null || wanted.has(sqlName(name))
}

/** Whether a column is seen as it is, and so what stands in it may decide about its rows; null: all are. */
function openOf(realNames: ReadonlySet<string>, { openColumns = null }: PartsOptions) {
  return openColumns === null ? null : openIn(realNames, openColumns)
}

/** A CSV table with its scans and what has to be read record by record. */
export interface CsvTable {
  readonly table: FileTable
  /** The source that it is of. */
  readonly rows: FileRows
  readonly names: readonly string[]
  readonly emailIndex: number | null
  readonly otherIndexes: readonly number[]
  readonly plan: CsvPlan
}

export async function openCsv(
  table: FileTable,
  rows: FileRows,
  realNames: ReadonlySet<string>,
  options: PartsOptions,
): Promise<CsvTable> {
  const names = queryNames(table.columns, realNames)
  const isRead = openOf(realNames, options) ?? (() => true)
  const emailFound = emailIndexIn(table.columns, rows.emailColumn)
  const emailIndex = isRead(rows.emailColumn) ? emailFound : null
  const otherIndexes = names.flatMap((name, index) =>
    index !== emailFound && isWanted(name, options) && isRead(name) ? [index] : [],
  )
  const columns = { emailIndex, otherIndexes }
  return { table, rows, names, ...columns, plan: await planCsv(table, rows, columns, options) }
}

export function scanPart(
  { table, names, emailIndex, otherIndexes }: CsvTable,
  scan: CsvScan,
  options: PartsOptions,
): Part {
  const { fieldBytesMax } = options.limits
  return {
    from: scanLines(table, scan, fieldBytesMax),
    scan,
    columns: names.flatMap((name, index) =>
      index === emailIndex || otherIndexes.includes(index)
        ? [{ name, value: scannedValue(index, scan), type: null }]
        : unreadColumn(name, options),
    ),
  }
}

/** Files that are read record by record, and what the scans of the others pass over. */
export async function exactCsvPart(
  session: Session,
  csv: CsvTable,
  paths: readonly string[],
  asides: ReadonlyMap<string, Batch>,
  unread: Unread,
  options: PartsOptions,
): Promise<Part | null> {
  if (paths.length === 0 && asides.size === 0) return null
  const { table, names, emailIndex, otherIndexes } = csv
  const layout = {
    emailIndex,
    otherIndexes,
    delimiter: table.delimiter,
    linesAbove: table.linesAbove,
    columnCount: table.columns.length,
    bytesMax: options.limits.fieldBytesMax,
  }
  async function* files(): AsyncGenerator<FileBatches, void, void> {
    for (const [path, batch] of asides) yield { path, batches: once(batch) }
    for (const path of paths)
      yield { path, batches: csvRecords(fileAt(csv.rows, path), { ...options, ...layout }) }
  }
  const from = await loadRecords(session, files(), otherIndexes.length, unread, options.signal)
  const places = new Map(otherIndexes.map((column, place) => [column, place + 1]))
  if (emailIndex !== null) places.set(emailIndex, 0)
  const columns = names.flatMap((name, index) => {
    const place = places.get(index)
    return place === undefined ? unreadColumn(name, options) : [{ name, value: `c${place}`, type: null }]
  })
  return { from, scan: null, columns }
}

async function* once<T>(value: T): AsyncGenerator<T, void, void> {
  yield value
}

/**
 * All JSON files of a source. Columns are the keys that some object has, of those that are wanted; `keys` are those of each file by its
 * path.
 */
export async function jsonPart(
  session: Session,
  paths: readonly string[],
  rows: FileRows,
  unread: Unread,
  realNames: ReadonlySet<string>,
  options: PartsOptions,
): Promise<{ readonly part: Part; readonly keys: ReadonlyMap<string, readonly string[]> }> {
  const { emailColumn } = rows
  const { wanted, limits, signal } = options
  const others = wanted === null ? null : [...wanted].filter((name) => !isEmailName(name, emailColumn))
  const keys = new JsonKeys(emailColumn, others, openOf(realNames, options))
  const read = { ...options, keys, bytesMax: limits.fieldBytesMax }
  const nameAt = (place: number) => (place === 0 ? emailColumn.trim() : (keys.others[place - 1] ?? ''))
  const met = new Map<string, readonly string[]>()
  async function* files(): AsyncGenerator<FileBatches, void, void> {
    for (const path of paths) {
      const before = new Set(keys.met)
      keys.met.clear()
      yield { path, batches: jsonRecords(fileAt(rows, path), read) }
      met.set(path, [...keys.met].map(nameAt))
      for (const place of before) keys.met.add(place)
    }
  }
  const from = await loadRecords(session, files(), keys.others.length, unread, signal)
  const names = queryNames([nameAt(0), ...keys.others], realNames)
  const columns = names.flatMap((name, place) =>
    keys.met.has(place) ? [{ name, value: `c${place}`, type: null }] : [],
  )
  return { part: { from, scan: null, columns }, keys: met }
}

/** Parquet files have types of their own, which stay. */
export async function parquetParts(
  session: Session,
  groups: readonly ParquetGroup[],
  rows: FileRows,
  unread: Unread,
  realNames: ReadonlySet<string>,
  options: PartsOptions,
): Promise<ParquetPart[]> {
  const parts: ParquetPart[] = []
  for (const group of groups) {
    const part = await parquetPart(session, group, rows, unread, realNames, options)
    const columns = part.columns.flatMap((column) =>
      isEmailName(column.name, rows.emailColumn) || isWanted(column.name, options)
        ? [column]
        : unreadColumn(column.name, options),
    )
    parts.push({ ...part, columns })
  }
  return parts
}

async function parquetPart(
  session: Session,
  group: ParquetGroup,
  { emailColumn }: FileRows,
  unread: Unread,
  realNames: ReadonlySet<string>,
  options: PartsOptions,
): Promise<ParquetPart> {
  const names = queryNames(
    group.columns.map(({ name }) => name.trim()),
    realNames,
  )
  const index = emailIndexIn(
    group.columns.map(({ name }) => name),
    emailColumn,
  )
  const plain = group.columns.map(({ name, value, type }, place) => ({
    name: names[place] ?? name,
    value,
    type,
  }))
  const column = index === null ? undefined : group.columns[index]
  if (index === null || column === undefined) {
    const from = parquetFiles(group.paths)
    return { from, scan: null, columns: plain, group, emailType: 'VARCHAR' }
  }
  const name = names[index] ?? column.name
  if (openOf(realNames, options)?.(emailColumn) === false) {
    const columns = plain.with(index, { name, value: 'CAST(NULL AS VARCHAR)', type: 'VARCHAR' })
    return { from: parquetFiles(group.paths), scan: null, columns, group, emailType: 'VARCHAR' }
  }
  const { from, value, badEncodings } = await addressesIn(session, group, column)
  if (badEncodings > 0)
    for (const path of group.paths) {
      const alone = await addressesIn(session, { ...group, paths: [path] }, column)
      unread.add(path, 'bad_encoding', alone.badEncodings)
    }
  const columns = value === null ? plain : plain.with(index, { name, value, type: 'VARCHAR' })
  return { from, scan: null, columns, group, emailType: value === null ? column.type : 'VARCHAR' }
}
