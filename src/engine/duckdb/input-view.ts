import type { FileRows } from '../../source/source.ts'
import { NO_TYPE, numberTypeOf, typeOf } from './column-types.ts'
import { sqlName } from './columns-named.ts'
import { isEmailName } from './email-index.ts'
import type { Part, PartColumn, PartsOptions } from './input-parts.ts'
import { readInput } from './input-rows.ts'
import type { InputRows } from './input-rows.ts'
import type { Session } from './session.ts'
import { identifier } from './sql.ts'
import type { Unread } from './unread.ts'

/** The table `input` of a session. */
export interface Input {
  /** Records of the files that could not be read and are not in it. */
  readonly unread: Unread
  /** Gives the columns other types that fit as well, for a query that cannot be bound; false when there are no more. */
  retype(): Promise<boolean>
}

export interface InputOptions extends PartsOptions {
  /** Columns that are put in order, in lower case: numbers of these are numbers in any case. */
  readonly ordered: ReadonlySet<string>
}

/** How columns are typed that could be typed in more than one way. */
interface Typing {
  /** Numbers that are written in different lengths, such as 50 and 150.5, are numbers, not texts. */
  readonly areNumbers: boolean
  /** The type of a column without any value. */
  readonly empty: string
}

/** In the order in which they are tried. */
const typings: readonly Typing[] = [
  { areNumbers: false, empty: NO_TYPE },
  { areNumbers: true, empty: NO_TYPE },
  ...['DOUBLE', 'TIMESTAMP', 'DATE', 'VARCHAR'].map((empty) => ({ areNumbers: true, empty })),
]

/**
 * Makes the view `input` over the rows of all files, as they are read without a query. Of each column, all values are texts, or all have
 * a type that is written as they are, so that different texts are never equal. The column of addresses is always text, and a column
 * without values compares with anything.
 */
export async function createInput(session: Session, rows: FileRows, options: InputOptions): Promise<Input> {
  const input = await readInput(session, rows, options)
  const columns = await columnsOf(session, input, rows.emailColumn, options)
  const create = async (typing: Typing): Promise<unknown> =>
    session.run(`CREATE OR REPLACE VIEW input AS ${viewSql(input.parts, columns, typing)}`)
  const [first, ...others] = typings
  await create(first as Typing)
  return {
    unread: input.unread,
    async retype() {
      const next = others.shift()
      if (next !== undefined) await create(next)
      return next !== undefined
    },
  }
}

/** The types of a column: as it is, and where it is needed as numbers. */
interface ColumnType {
  readonly type: string
  readonly numbers: string
}

async function columnsOf(
  session: Session,
  { parts, facts }: InputRows,
  emailColumn: string,
  { ordered }: InputOptions,
): Promise<ReadonlyMap<string, ColumnType>> {
  const found = new Map<string, { hasText: boolean; readonly stored: StoredColumn[] }>()
  for (const { from, columns } of parts)
    for (const { name, value, type } of columns) {
      const key = sqlName(name)
      const column = found.get(key) ?? { hasText: false, stored: [] }
      found.set(key, column)
      if (type === null) column.hasText = true
      else column.stored.push({ from, value, type })
    }
  const types = new Map<string, ColumnType>()
  for (const [key, { hasText, stored }] of found) {
    const known = isEmailName(key, emailColumn) ? undefined : facts.get(key)
    const text = known === undefined ? 'VARCHAR' : typeOf(known)
    const numbers = known === undefined ? 'VARCHAR' : numberTypeOf(known)
    const type = stored.length === 0 ? text : await commonType(session, stored, hasText ? [text] : [])
    const isNumber = type === 'VARCHAR' && stored.length === 0
    types.set(key, {
      type: isNumber && ordered.has(key) ? numbers : type,
      numbers: isNumber ? numbers : type,
    })
  }
  return types
}

interface StoredColumn {
  readonly from: string
  readonly value: string
  readonly type: string
}

/** The type of a column that Parquet files hold, and others as texts of a type: texts, where they do not agree. */
async function commonType(
  session: Session,
  stored: readonly StoredColumn[],
  texts: readonly string[],
): Promise<string> {
  const types = new Set([...stored.map(({ type }) => type), ...texts])
  types.delete(NO_TYPE)
  if (types.size > 1) for (const type of await withoutValues(session, stored)) types.delete(type)
  const [only = NO_TYPE] = types
  return types.size > 1 ? 'VARCHAR' : only
}

/** Types of Parquet that stand for no value at all in any file. */
async function withoutValues(session: Session, stored: readonly StoredColumn[]): Promise<string[]> {
  const counts = new Map<string, number>()
  for (const { from, value, type } of stored) {
    const [row] = await session.run(`SELECT count(${value}) FROM ${from}`)
    counts.set(type, (counts.get(type) ?? 0) + Number(row?.[0]))
  }
  return [...counts].flatMap(([type, count]) => (count === 0 ? [type] : []))
}

function viewSql(parts: readonly Part[], types: ReadonlyMap<string, ColumnType>, typing: Typing): string {
  const valueOf = ({ name, value, type }: PartColumn) => {
    const found = types.get(sqlName(name)) ?? { type: 'VARCHAR', numbers: 'VARCHAR' }
    const wanted = typing.areNumbers ? found.numbers : found.type
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
