import type { RollcallError } from '../../../base/rollcall-error.ts'
import { sqlName } from '../../../base/column-name.ts'
import { isEmailName } from '../../../sources/email-column.ts'
import type { FileRows } from '../../../sources/source.ts'
import { NO_TYPE, NUMBER } from './column-types.ts'
import type { Part, PartColumn, PartsOptions } from './input-parts.ts'
import { readInput } from './input-rows.ts'
import { inputTypes } from './input-types.ts'
import type { ColumnType, ColumnTyping } from './input-types.ts'
import type { OrderedColumns } from './columns-ordered.ts'
import type { Session } from './session.ts'
import { identifier } from './sql.ts'
import type { Unread } from './unread.ts'

/** A column of the table `input`. */
export interface InputColumn {
  readonly name: string
  readonly type: string
  /** Whether its values are written in the files as their type is; those of Parquet have no spelling. */
  readonly isSpelled: boolean
  /** Whether they are numbers that the engine writes in another way than the files do. */
  readonly isLoose: boolean
  /** Whether its values may be looked at and told of: they are no addresses, and not hidden. */
  readonly isOpen: boolean
}

/** The table `input` of a session. */
export interface Input {
  /** Records of the files that could not be read and are not in it. */
  readonly unread: Unread
  /** How its columns may be typed, in the order in which this is tried; the first is that of now. */
  readonly typings: readonly Typing[]
  readonly columnsOf: (typing: Typing) => readonly InputColumn[]
  /** Makes the columns be typed in another way. */
  readonly show: (typing: Typing) => Promise<void>
  /** Why the columns that the query names, or reads besides, cannot be relied on. `read` is in lower case. */
  readonly problemOf: (read: ReadonlySet<string>) => RollcallError | null
  /** Reads the columns that were not read as well, for a query that asks for one in a way that was not seen; false when there are none. */
  readonly readAll: () => Promise<boolean>
}

export type InputOptions = PartsOptions & OrderedColumns

export interface Typing extends ColumnTyping {
  /** The type of a column without any value. */
  readonly empty: string
}

const NONE: ReadonlySet<string> = new Set()

const usual: Typing = { areNumbers: false, areWide: false, texts: NONE, empty: NO_TYPE }

const numbers: Typing = { ...usual, areNumbers: true }

const typings: readonly Typing[] = [
  usual,
  numbers,
  { ...numbers, empty: 'DOUBLE' },
  { ...numbers, empty: 'TIMESTAMP' },
  { ...numbers, empty: 'DATE' },
  { ...numbers, empty: 'VARCHAR' },
  { ...usual, areWide: true },
  { ...usual, texts: null },
]

/** Columns that a query names, of which each is tried as text alone. */
const TRIED_ALONE_MAX = 20

/** A typing with which some columns are texts. */
export function withTexts(typing: Typing, names: readonly string[]): Typing {
  if (typing.texts === null) return typing
  return { ...typing, texts: new Set([...typing.texts, ...names.map(sqlName)]) }
}

/**
 * Makes the view `input` over the rows of all files, as they are read without a query. All values of a column are texts, or all have a
 * type that is written as they are, so that different texts are never equal. The column of addresses is text, unless all files are
 * Parquet and hold it in one other type. A column without values compares with anything. It has the columns that are wanted and no others, so that a query can never find one of them
 * without its values.
 */
export async function createInput(session: Session, rows: FileRows, options: InputOptions): Promise<Input> {
  let input = await openInput(session, rows, options)
  let hasAll = options.wanted === null
  return {
    get unread() {
      return input.unread
    },
    get typings() {
      return input.typings
    },
    columnsOf: (typing) => input.columnsOf(typing),
    show: (typing) => input.show(typing),
    problemOf: (read) => input.problemOf(read),
    async readAll() {
      if (hasAll) return false
      hasAll = true
      await dropInput(session)
      input = await openInput(session, rows, { ...options, wanted: null })
      return true
    },
  }
}

async function openInput(
  session: Session,
  rows: FileRows,
  options: InputOptions,
): Promise<Omit<Input, 'readAll'>> {
  const input = await readInput(session, rows, options)
  const types = await inputTypes(session, input, rows.emailColumn, options)
  const show = async (typing: Typing): Promise<void> =>
    void (await session.run(`CREATE OR REPLACE VIEW input AS ${viewSql(input.parts, types, typing)}`))
  await show(usual)
  const described = await session.run('DESCRIBE input')
  const columnsOf = (typing: Typing) =>
    described.map(([name]) => columnOf(String(name), types, typing, rows.emailColumn))
  const names = described.map(([name]) => String(name)).filter((name) => options.named?.has(sqlName(name)))
  const asTexts = names.slice(0, TRIED_ALONE_MAX).map((name) => withTexts(usual, [name]))
  return {
    unread: input.unread,
    typings: [...typings, ...asTexts],
    columnsOf,
    show,
    problemOf: input.problemOf,
  }
}

function columnOf(
  name: string,
  types: ReadonlyMap<string, ColumnType>,
  typing: Typing,
  emailColumn: string,
): InputColumn {
  const { of, isStored = false } = types.get(sqlName(name)) ?? {}
  const found = of?.(typing) ?? 'VARCHAR'
  return {
    name,
    type: found === NO_TYPE ? typing.empty : found,
    isSpelled: !isStored,
    isLoose: !isStored && found === NUMBER,
    isOpen: !isEmailName(name, emailColumn),
  }
}

/** With all that it was made of. */
async function dropInput(session: Session): Promise<void> {
  await session.run('DROP VIEW input')
  for (const table of await tablesOf(session)) await session.run(`DROP TABLE ${table}`)
}

/** All tables of the session that hold rows, as SQL. */
export async function tablesOf(session: Session): Promise<string[]> {
  const found = await session.run('SELECT database_name, schema_name, table_name FROM duckdb_tables()')
  return found.map((parts) => parts.map((part) => identifier(String(part))).join('.'))
}

function viewSql(parts: readonly Part[], types: ReadonlyMap<string, ColumnType>, typing: Typing): string {
  const valueOf = ({ name, value, type }: PartColumn) => {
    const wanted = types.get(sqlName(name))?.of(typing) ?? 'VARCHAR'
    if (wanted === NO_TYPE) return `CAST(NULL AS ${typing.empty})`
    return (type ?? 'VARCHAR') === wanted ? value : `CAST(${value} AS ${wanted})`
  }
  const [first = 'column0'] = parts.flatMap(({ columns }) => columns.map(({ name }) => name))
  const selects = parts.map(({ from, columns }) => {
    const values = columns.map((column) => `${valueOf(column)} AS ${identifier(column.name)}`)
    // Objects without a key are rows all the same.
    if (values.length === 0) values.push(`NULL AS ${identifier(first)}`)
    return `SELECT ${values.join(', ')} FROM ${from}`
  })
  return selects.join(' UNION ALL BY NAME ')
}
