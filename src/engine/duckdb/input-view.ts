import { openAmong } from '../../audience/mask-rows.ts'
import type { RollcallError } from '../../base/rollcall-error.ts'
import { sqlName } from '../../base/column-name.ts'
import { isEmailName } from '../../source/email-column.ts'
import type { FileRows } from '../../source/source.ts'
import { NO_TYPE } from './column-types.ts'
import type { Part, PartColumn, PartsOptions } from './input-parts.ts'
import { readInput } from './input-rows.ts'
import type { InputRows } from './input-rows.ts'
import { inputTypes } from './input-types.ts'
import type { ColumnType, ColumnTyping, InputTypesOptions } from './input-types.ts'
import { checkOrder } from './ordered-texts.ts'
import { checkPlaces } from './placed-columns.ts'
import type { Session } from './session.ts'
import { identifier } from './sql.ts'
import type { Unread } from './unread.ts'

/** The table `input` of a session. */
export interface Input {
  /** Records of the files that could not be read and are not in it. */
  readonly unread: Unread
  /** Why the columns that the query reads cannot be relied on. */
  readonly problem: RollcallError | null
  /** Gives the columns other types that fit as well, for a query that cannot be bound; false when there are no more. */
  retype(): Promise<boolean>
  /** Reads the columns that were not read as well, for a query that asks for one in a way that was not seen; false when there are none. */
  readAll(): Promise<boolean>
}

export type InputOptions = PartsOptions &
  InputTypesOptions & {
    /** Columns whose values may be told of in an error; null for all. */
    readonly openColumns: readonly string[] | null
  }

interface Typing extends ColumnTyping {
  /** The type of a column without any value. */
  readonly empty: string
}

/** In the order in which they are tried. */
const typings: readonly Typing[] = [
  { areAlike: true, areNumbers: false, empty: NO_TYPE },
  { areAlike: true, areNumbers: true, empty: NO_TYPE },
  { areAlike: false, areNumbers: true, empty: NO_TYPE },
  ...['DOUBLE', 'TIMESTAMP', 'DATE', 'VARCHAR'].map((empty) => ({
    areAlike: false,
    areNumbers: true,
    empty,
  })),
]

/**
 * Makes the view `input` over the rows of all files, as they are read without a query. Of each column, all values are texts, or all have
 * a type that is written as they are, so that different texts are never equal. The column of addresses is text, unless all files are
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
    get problem() {
      return input.problem
    },
    retype: () => input.retype(),
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
): Promise<Pick<Input, 'unread' | 'problem' | 'retype'>> {
  const input = await readInput(session, rows, options)
  const columns = await inputTypes(session, input, rows.emailColumn, options)
  const create = async (typing: Typing): Promise<unknown> =>
    session.run(`CREATE OR REPLACE VIEW input AS ${viewSql(input.parts, columns, typing)}`)
  const [first, ...others] = typings
  const checked = typesToCheck(input, columns, first as Typing, rows, options)
  await checkOrder(session, input.parts, checked, options)
  await checkPlaces(session, input.parts, checked, options)
  await create(first as Typing)
  return {
    unread: input.unread,
    problem: input.problem,
    async retype() {
      const next = others.shift()
      if (next !== undefined) await create(next)
      return next !== undefined
    },
  }
}

/** With all that it was made of. */
async function dropInput(session: Session): Promise<void> {
  await session.run('DROP VIEW input')
  for (const table of await tablesOf(session)) await session.run(`DROP TABLE ${table}`)
}

/** The types of columns by their names in lower case, of those that a person may be told of and that hold no addresses. */
function typesToCheck(
  { parts }: InputRows,
  types: ReadonlyMap<string, ColumnType>,
  typing: Typing,
  { emailColumn }: FileRows,
  { openColumns }: InputOptions,
): ReadonlyMap<string, string> {
  const columns = parts.flatMap((part) => part.columns).map(({ name }) => ({ name, type: '' }))
  const isOpen = openColumns === null ? null : openAmong(columns, openColumns)
  const checked = columns.filter(
    ({ name }, index) => isOpen?.[index] !== false && !isEmailName(name, emailColumn),
  )
  return new Map(checked.map(({ name }) => [sqlName(name), types.get(sqlName(name))?.(typing) ?? 'VARCHAR']))
}

/** All tables of the session that hold rows, as SQL. */
export async function tablesOf(session: Session): Promise<string[]> {
  const found = await session.run('SELECT database_name, schema_name, table_name FROM duckdb_tables()')
  return found.map((parts) => parts.map((part) => identifier(String(part))).join('.'))
}

function viewSql(parts: readonly Part[], types: ReadonlyMap<string, ColumnType>, typing: Typing): string {
  const valueOf = ({ name, value, type }: PartColumn) => {
    const wanted = types.get(sqlName(name))?.(typing) ?? 'VARCHAR'
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
