import { MASK, maskColumns, openAmong } from '../../audience/mask-rows.ts'
import type { Session } from './session.ts'
import { identifier, literal } from './sql.ts'

/** Where the rows themselves are. No query can name it: of tables it may only name `input`. */
const BELOW = 'below'

/**
 * Makes the table `input` for a person who may not see personal data: every column that is not open is the same text in all rows,
 * so that nothing that is computed from it can tell a value, its type, whether there is one, or how many there are. Names that are
 * data, as those of a file without a header, become numbers. `create` makes `input` with all its values.
 */
export async function createHiddenInput(
  session: Session,
  create: () => Promise<void>,
  openColumns: readonly string[],
): Promise<void> {
  await session.run(`CREATE SCHEMA ${BELOW}`)
  await session.run(`SET schema = ${literal(BELOW)}`)
  await create()
  await session.run("SET schema = 'main'")
  const described = await session.run(`DESCRIBE ${BELOW}.input`)
  const columns = described.map(([name]) => ({ name: String(name), type: '' }))
  const isOpen = openAmong(columns, openColumns)
  const names = maskColumns(columns)
  const shown = columns.map(({ name }, index) => {
    const value = isOpen[index] === true ? identifier(name) : literal(MASK)
    return `${value} AS ${identifier(names[index]?.name ?? name)}`
  })
  await session.run(`CREATE VIEW main.input AS SELECT ${shown.join(', ')} FROM ${BELOW}.input`)
}
