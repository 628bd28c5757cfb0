import { findEmailColumn } from '../../source/email-column.ts'
import type { FileRows } from '../../source/source.ts'
import { createInput } from './input-view.ts'
import { notText } from './parquet-column.ts'
import { checkQuery } from './query-check.ts'
import type { Session } from './session.ts'
import { literal, literals } from './sql.ts'

/** Types whose values are texts; a bare NULL has none. */
const TEXTS = /^(?:VARCHAR|JSON|ENUM\b.*|NULL|"NULL")$/

/**
 * Locks a session so that the user's query can reach nothing but the source's files, and returns SQL for its address column as
 * `v`. `outputDir` is where the session's own result may be written.
 *
 * It is checked first. Then it stands as a literal in the table function `query`, which takes one SELECT statement only: no text of it can end
 * the statement around it. From then on no file but the allowed ones can be opened, no setting changed, no extension loaded.
 */
export async function lockedQuery(
  session: Session,
  rows: FileRows & { readonly query: string },
  options: { readonly lineBytesMax: number; readonly outputDir: string | null },
): Promise<string> {
  await checkQuery(session, rows.query)
  await createInput(session, rows, options.lineBytesMax)
  await session.run(`SET allowed_paths = ${literals(rows.tables.flatMap((table) => table.paths))}`)
  if (options.outputDir !== null)
    await session.run(`SET allowed_directories = ${literals([options.outputDir])}`)
  await session.run('SET enable_external_access = false')
  await session.run('SET lock_configuration = true')
  const columns = await session.run(`DESCRIBE SELECT * FROM query(${literal(rows.query)})`)
  const index = findEmailColumn(
    await resultNames(session, rows.query),
    rows.emailColumn,
    "The query's result",
  )
  const type = String(columns[index]?.[1])
  if (!TEXTS.test(type)) throw notText(rows.emailColumn, type)
  const aliases = columns.map((_, column) => `c${column}`).join(', ')
  return `SELECT CAST(c${index} AS VARCHAR) AS v FROM query(${literal(rows.query)}) AS result(${aliases})`
}

/** Names as the query gives them: a description would number those that appear twice. */
async function resultNames(session: Session, query: string): Promise<string[]> {
  const statements = await session.connection.extractStatements(query)
  const statement = await statements.prepare(0)
  return Array.from({ length: statement.columnCount }, (_, index) => statement.columnName(index))
}
