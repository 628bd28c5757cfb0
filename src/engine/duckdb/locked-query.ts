import { findEmailColumn } from '../../source/email-column.ts'
import type { FileRows } from '../../source/source.ts'
import { createHiddenInput } from './hidden-input.ts'
import { createInput } from './input-view.ts'
import { notText } from './parquet-column.ts'
import { checkQuery } from './query-check.ts'
import type { Session } from './session.ts'
import { exactPath, literal, literals } from './sql.ts'

export type QueriedRows = FileRows & { readonly query: string }

export interface LockOptions {
  readonly lineBytesMax: number
  /** Rows that are read to find the types of the columns; -1 for all. */
  readonly typedRows: number
  /** Where the session's own result may be written. */
  readonly outputDir: string | null
  /** Columns that the query sees as they are, while all others are constants; null shows it all. */
  readonly openColumns?: readonly string[] | null
}

/**
 * Locks a session so that the user's query can reach nothing but the source's files.
 *
 * It is checked first. Then it is to stand as a literal in the table function `query`, which takes one SELECT statement only: no text of it can end
 * the statement around it. From then on no file but the allowed ones can be opened, no setting changed, no extension loaded.
 */
export async function lockSession(session: Session, rows: QueriedRows, options: LockOptions): Promise<void> {
  await checkQuery(session, rows.query)
  if (options.openColumns == null) await createInput(session, rows, options)
  else await createHiddenInput(session, () => createInput(session, rows, options), options.openColumns)
  const paths = rows.tables.flatMap((table) => table.paths)
  // The engine compares what it is given to read, and then what it opens.
  await session.run(`SET allowed_paths = ${literals([...new Set([...paths, ...paths.map(exactPath)])])}`)
  if (options.outputDir !== null)
    await session.run(`SET allowed_directories = ${literals([options.outputDir])}`)
  await session.run('SET enable_external_access = false')
  await session.run('SET lock_configuration = true')
}

/** Locks a session and returns SQL for the address column of the user's query as `v`. */
export async function lockedQuery(
  session: Session,
  rows: QueriedRows,
  options: Omit<LockOptions, 'typedRows'>,
): Promise<string> {
  await lockSession(session, rows, { ...options, typedRows: ALL_ROWS })
  const columns = await resultColumns(session, rows.query)
  const index = findEmailColumn(
    columns.map(({ name }) => name),
    rows.emailColumn,
    "The query's result",
  )
  const type = columns[index]?.type ?? ''
  if (!holdsText(type)) throw notText(rows.emailColumn, type)
  return `SELECT CAST(c${index} AS VARCHAR) AS v FROM ${resultSql(rows.query, columns.length)}`
}

const ALL_ROWS = -1

export interface ResultColumn {
  readonly name: string
  readonly type: string
}

/** Columns of the user's query, with their names as it gives them: a description would number those that appear twice. */
export async function resultColumns(session: Session, query: string): Promise<ResultColumn[]> {
  const described = await session.run(`DESCRIBE SELECT * FROM query(${literal(query)})`)
  const statements = await session.connection.extractStatements(query)
  const statement = await statements.prepare(0)
  return described.map((row, index) => ({ name: statement.columnName(index), type: String(row[1]) }))
}

/** The result of the user's query, to stand after FROM; its columns are `c0`, `c1` … */
export function resultSql(query: string, columnCount: number): string {
  const aliases = Array.from({ length: columnCount }, (_, column) => `c${column}`).join(', ')
  return `query(${literal(query)}) AS result(${aliases})`
}

/** Whether values of a type are texts; a bare NULL has none. */
export function holdsText(type: string): boolean {
  return TEXTS.test(type)
}

const TEXTS = /^(?:VARCHAR|JSON|ENUM\b.*|NULL|"NULL")$/
