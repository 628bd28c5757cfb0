import type { RollcallError } from '../../../base/rollcall-error.ts'
import { foldName, sqlName } from '../../../base/column-name.ts'
import { isEmailName } from '../../../sources/email-column.ts'
import { fileAt } from '../../../sources/source.ts'
import type { FileRows, FileTable } from '../../../sources/source.ts'
import type { Batch } from '../records/record.ts'
import { isOfRows } from './errors.ts'
import { bothFacts, findFacts, noFacts, typesLike } from './column-types.ts'
import type { ColumnFacts } from './column-types.ts'
import { columnProblemOf } from './input-columns.ts'
import type { NamedColumns } from './input-columns.ts'
import { raggedOf } from './csv-plan.ts'
import { emailProblemOf } from './input-email.ts'
import type { FilesColumns } from './input-email.ts'
import { exactCsvPart, jsonPart, openCsv, parquetParts, scanPart } from './input-parts.ts'
import type { CsvTable, Part, PartColumn, PartsOptions } from './input-parts.ts'
import { parquetGroups } from './parquet-table.ts'
import type { Session } from './session.ts'
import { Unread } from './unread.ts'

/** The rows of all files of a source, ready for a query. */
export interface InputRows {
  readonly parts: readonly Part[]
  /** What columns of texts hold, by their name in lower case; of those that are not read, nothing is known. */
  readonly facts: ReadonlyMap<string, ColumnFacts>
  /** Records that are not in the parts. */
  readonly unread: Unread
  /** Why the columns that the query names, or reads besides, cannot be relied on. `read` is in lower case. */
  readonly problemOf: (read: ReadonlySet<string>) => RollcallError | null
}

/** Rows looked at before all are, to tell which types a column cannot have. */
const FIRST_ROWS = 1_000
/** Values of them, however many columns there are. */
const FIRST_VALUES_MAX = 200_000
/** Without names to go by, types are found for so many columns; all others are text. */
const TYPED_COLUMNS_MAX = 200

/** Reads all files of a source, and all of each. */
export async function readInput(session: Session, rows: FileRows, options: PartsOptions): Promise<InputRows> {
  const reader = new InputReader(session, rows, options)
  await reader.read()
  const { parts, facts, unread } = reader
  return { parts: parts.flat(), facts, unread, problemOf: (read) => reader.problemOf(read) }
}

interface FactsFound {
  readonly rows: number
  readonly facts: readonly [string, ColumnFacts][]
}

class InputReader {
  readonly unread = new Unread()
  readonly facts = new Map<string, ColumnFacts>()
  /** By the table in whose place they stand: JSON and Parquet files are all read together. */
  readonly parts: Part[][] = []
  private readonly files: FilesColumns[] = []
  private readonly columns: NamedColumns[] = []
  /** Names that columns have in the files, in lower case. */
  private readonly realNames = new Set<string>()
  private readonly candidates = new Map<string, readonly string[]>()
  private readonly session: Session
  private readonly rows: FileRows
  private readonly options: PartsOptions

  constructor(session: Session, rows: FileRows, options: PartsOptions) {
    this.session = session
    this.rows = rows
    this.options = options
  }

  problemOf(read: ReadonlySet<string>): RollcallError | null {
    const { emailColumn } = this.rows
    const { named, wanted } = this.options
    const isRead = wanted === null || wanted.has(foldName(emailColumn))
    const ofAddresses = isRead ? emailProblemOf(this.files, emailColumn) : null
    const all = named === null ? null : new Set([...named, ...read])
    return ofAddresses ?? columnProblemOf(this.columns, all, emailColumn)
  }

  /** Scans are read through once: for the types of their columns, and for the lines that they pass over. */
  async read(): Promise<void> {
    const scans: { readonly index: number; readonly csv: CsvTable; readonly parts: readonly Part[] }[] = []
    // Names are invented when all real ones are known.
    for (const { format, paths, columns } of this.rows.tables) {
      if (format !== 'parquet') this.addColumns(paths, columns)
      if (format === 'csv') this.addNames(paths[0] ?? '', columns)
    }
    await this.readJson()
    await this.readParquet()
    for (const [index, table] of this.rows.tables.entries()) {
      this.parts[index] ??= []
      if (table.format === 'csv') {
        const csv = await openCsv(table, this.rows, this.realNames, this.options)
        this.unread.setColumns(table.paths, csv.otherIndexes)
        await this.addExact(index, csv, csv.plan.exact, csv.plan.asides)
        const parts = csv.plan.scans.map((scan) => scanPart(csv, scan, this.options))
        if (parts.length > 0) scans.push({ index, csv, parts })
      }
    }
    const loaded = this.parts.flat()
    for (const part of [...loaded, ...scans.flatMap(({ parts }) => parts)]) await this.addCandidates(part)
    for (const part of loaded) this.add((await this.factsOf(part))?.facts ?? [])
    for (const { index, csv, parts } of scans) await this.scan(index, csv, parts)
  }

  /** All files of a format are read together, in the place of the first of them. */
  private pathsOf(format: FileTable['format']): {
    readonly index: number
    readonly paths: readonly string[]
  } {
    const { tables } = this.rows
    const paths = tables.flatMap((table) => (table.format === format ? table.paths : []))
    return { index: tables.findIndex((table) => table.format === format), paths }
  }

  private async readJson(): Promise<void> {
    const { session, rows, unread, realNames, options } = this
    const { index, paths } = this.pathsOf('json')
    if (index < 0) return
    const { part, keys } = await jsonPart(session, paths, rows, unread, realNames, options)
    this.parts[index] = [part]
    for (const [path, columns] of keys) this.addNames(path, columns, false)
  }

  private async readParquet(): Promise<void> {
    const { session, rows, unread, options } = this
    const { index, paths } = this.pathsOf('parquet')
    if (index < 0) return
    const groups = await parquetGroups(session, paths, rows)
    for (const {
      paths: [path = ''],
      columns,
    } of groups)
      this.addNames(
        path,
        columns.map(({ name }) => name),
      )
    const parts = await parquetParts(session, groups, rows, unread, this.realNames, options)
    this.parts[index] = parts
    for (const { group, emailType } of parts)
      this.addColumns(
        group.paths,
        group.columns.map(({ name }) => name),
        emailType,
      )
  }

  private addNames(path: string, columns: readonly string[], mayBeTwice = true): void {
    this.columns.push({ file: fileAt(this.rows, path).name, columns, mayBeTwice })
    for (const name of columns) this.realNames.add(foldName(name))
  }

  private addColumns(paths: readonly string[], columns: readonly string[], emailType = 'VARCHAR'): void {
    this.files.push({ name: fileAt(this.rows, paths[0] ?? '').name, columns, emailType })
  }

  private async addExact(
    index: number,
    csv: CsvTable,
    paths: readonly string[],
    asides: ReadonlyMap<string, Batch>,
  ): Promise<void> {
    const { session, unread, options } = this
    const part = await exactCsvPart(session, csv, paths, asides, unread, options)
    if (part !== null) this.parts[index]?.push(part)
  }

  /** Where the scans of a table cannot be relied on, their files are read record by record. */
  private async scan(index: number, csv: CsvTable, parts: readonly Part[]): Promise<void> {
    const found = await this.tried(() => this.factsOfScans(csv, parts))
    if (found !== null) {
      for (const [path, count] of found.ragged) this.unread.add(path, 'ragged_line', count)
      // First, so that a preview begins as its file does.
      this.parts[index]?.unshift(...parts)
      this.add(found.facts)
      return
    }
    // What was kept aside of them is loaded already, and so the table is read anew.
    this.parts[index] = []
    this.unread.forget(csv.table.paths)
    await this.addExact(index, csv, csv.table.paths, NO_ASIDES)
    for (const part of this.parts[index]) this.add((await this.factsOf(part))?.facts ?? [])
  }

  /** Null where the rows of a scan are not those that there are. */
  private async factsOfScans(csv: CsvTable, parts: readonly Part[]) {
    const facts: [string, ColumnFacts][] = []
    const ragged: [string, number][] = []
    for (const part of parts) {
      const ofPart = await this.factsOf(part)
      if (ofPart === null) return null
      const scans = part.scan === null ? [] : [part.scan]
      const found = { scans, asides: csv.plan.asides }
      const left = await raggedOf(found, ofPart.rows, csv.table, this.rows, this.options)
      if (left === null) return null
      facts.push(...ofPart.facts)
      ragged.push(...left)
    }
    return { facts, ragged }
  }

  /** Null where the engine fails at the rows, and not for another reason such as want of room. */
  private async tried<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      this.options.signal.throwIfAborted()
      if (isOfRows(error)) return null
      throw error
    }
  }

  private add(facts: readonly [string, ColumnFacts][]): void {
    for (const [key, found] of facts) this.facts.set(key, bothFacts(this.facts.get(key) ?? noFacts, found))
  }

  /** How many rows there are is not asked of parts that are no scans, unless the values of a column are read. */
  private async factsOf(part: Part): Promise<FactsFound | null> {
    const columns = part.columns.flatMap(({ name, value, type }) => {
      const candidates = this.candidates.get(sqlName(name))
      return type === null && candidates !== undefined ? [{ key: sqlName(name), value, candidates }] : []
    })
    if (columns.length === 0 && part.scan === null) return { rows: 0, facts: [] }
    const found = await findFacts(this.session, part.from, columns)
    if (found === null) return null
    return {
      rows: found.rows,
      facts: columns.map(({ key }, index) => [key, found.facts[index] ?? noFacts]),
    }
  }

  /** The types that columns of text may have by their first rows, for those that are read and seen. */
  private async addCandidates(part: Part): Promise<void> {
    const columns = part.columns.filter((column) => this.isTyped(column)).slice(0, TYPED_COLUMNS_MAX)
    if (columns.length === 0) return
    const limit = Math.min(FIRST_ROWS, Math.ceil(FIRST_VALUES_MAX / columns.length))
    const values = columns.map(({ value }) => value).join(', ')
    const first = await this.session.run(`SELECT ${values} FROM ${part.from} LIMIT ${limit}`)
    for (const [index, { name }] of columns.entries()) {
      const key = sqlName(name)
      const texts = first.map((row) => row[index] as string | null)
      this.candidates.set(key, typesLike(texts, this.candidates.get(key) ?? noFacts.types))
    }
  }

  private isTyped({ name, type }: PartColumn): boolean {
    const { wanted } = this.options
    if (type !== null || isEmailName(name, this.rows.emailColumn)) return false
    return wanted === null || wanted.has(sqlName(name))
  }
}

const NO_ASIDES: ReadonlyMap<string, Batch> = new Map()
