import { sqlName } from '../../../base/column-name.ts'
import { MASK, maskColumns, openAmong } from '../../../members/mask-rows.ts'
import { NO_TYPE } from './column-types.ts'
import { tablesOf } from './input-view.ts'
import type { Session } from './session.ts'
import { identifier, literal } from './sql.ts'

/** Where the rows are until their open columns are copied. */
const BELOW = 'below'

/**
 * Makes the table `input` for a person who may not see personal data: every column that is not open is the same text in all rows,
 * so that nothing that is computed from it can tell a value, its type, whether there is one, or how many there are. Names that are
 * data, as those of a file without a header, become numbers. `create` makes `input` with all its values; `wanted` names the columns
 * that the query reads, in lower case, or is null for all.
 *
 * A view over the rows would not do: what the engine knows of a column, such as its least value, shows through it. So the open
 * columns are copied, and what the others hold has left the session before the query is run. Returns what `create` made,
 * the names of the columns that are hidden, of those that are wanted, and how the table is made anew from what is left.
 */
export async function createHiddenInput<T>(
  session: Session,
  create: () => Promise<T>,
  openColumns: readonly string[],
  wanted: ReadonlySet<string> | null,
): Promise<{
  readonly made: T
  readonly hidden: string[]
  readonly show: (types: ReadonlyMap<string, string>) => Promise<void>
}> {
  const before = new Set(await tablesOf(session))
  await session.run(`CREATE SCHEMA ${BELOW}`)
  await session.run(`SET schema = ${literal(BELOW)}`)
  const made = await create()
  await session.run("SET schema = 'main'")
  const columns = (await session.run(`DESCRIBE ${BELOW}.input`)).map(([name, type]) => ({
    name: String(name),
    type: String(type),
  }))
  const isOpen = openAmong(columns, openColumns)
  const names = maskColumns(columns).map(({ name }) => name)
  const isWanted = (name: string) => wanted === null || wanted.has(sqlName(name))
  // In a table, a column without values would get a type.
  const isCopied = columns.map(
    ({ name, type }, index) => isOpen[index] === true && isWanted(name) && type !== NO_TYPE,
  )
  const copied = columns.flatMap(({ name }, index) =>
    isCopied[index] === true ? [`${identifier(name)} AS c${index}`] : [],
  )
  const loaded = await tablesOf(session)
  // Without an open column, there is a row for each all the same.
  const values = copied.length === 0 ? 'true AS c' : copied.join(', ')
  await session.run(`CREATE TABLE main.open_columns AS SELECT ${values} FROM ${BELOW}.input`)
  await session.run(`DROP SCHEMA ${BELOW} CASCADE`)
  for (const table of loaded) if (!before.has(table)) await session.run(`DROP TABLE IF EXISTS ${table}`)
  const show = async (types: ReadonlyMap<string, string>) => {
    const shown = names.flatMap((name, index) => {
      const as = `AS ${identifier(name)}`
      if (isOpen[index] !== true) return [`${literal(MASK)} ${as}`]
      const type = types.get(name)
      if (isCopied[index] === true)
        return [`${type === undefined ? `c${index}` : `CAST(c${index} AS ${type})`} ${as}`]
      // Without its values, a column is there only where it has none.
      return isWanted(name) ? [`NULL ${as}`] : []
    })
    if (shown.length === 0) shown.push('NULL AS c')
    await session.run(
      `CREATE OR REPLACE VIEW main.input AS SELECT ${shown.join(', ')} FROM main.open_columns`,
    )
  }
  await show(new Map())
  return { made, hidden: names.filter((name, index) => isOpen[index] !== true && isWanted(name)), show }
}
