import { RollcallError } from '../../base/rollcall-error.ts'
import { requireChild } from '../child/here.ts'
import { findEmailColumn } from '../../source/email-column.ts'
import type { FileRows } from '../../source/source.ts'
import { columnsNamed } from './columns-named.ts'
import { columnsOrdered } from './columns-ordered.ts'
import { comparedTexts } from './compared-texts.ts'
import { OF_TYPES } from './errors.ts'
import { createHiddenInput } from './hidden-input.ts'
import { createInput } from './input-view.ts'
import type { Input } from './input-view.ts'
import { notText } from './parquet-table.ts'
import { withOrders } from './equality-types.ts'
import { checkQuery } from './query-check.ts'
import type { Session } from './session.ts'
import { exactPath, literal, literals } from './sql.ts'
import type { ReadOptions } from './table-records.ts'
import type { Unread } from './unread.ts'

export type QueriedRows = FileRows & { readonly query: string }

export interface LockOptions extends ReadOptions {
  /** Where the session's own result may be written. */
  readonly outputDir: string | null
  /** Columns that the query sees as they are, while all others are constants; null shows it all. */
  readonly openColumns?: readonly string[] | null
}

/** The table `input`, which of the columns that the query reads are constants in it, and the query's tree. */
export interface LockedInput extends Input {
  readonly hidden: readonly string[]
  readonly tree: unknown
}

/**
 * Reads the files into the view `input` and locks a session so that the user's query can reach nothing else.
 *
 * Only a child process may do so. The query is checked first. Then it is to stand as a literal in the table function `query`, which
 * takes one SELECT statement only: no text of it can end the statement around it. From then on no file but the allowed ones can be
 * opened, no setting changed, no extension loaded.
 */
export async function lockSession(
  session: Session,
  rows: QueriedRows,
  options: LockOptions,
): Promise<LockedInput> {
  requireChild('SQL that people wrote runs')
  const tree = await checkQuery(session, rows.query)
  const { openColumns = null } = options
  // Whether a name is data, and so what may be seen, depends on all names.
  const columns = { ...columnsNamed(tree), areAllNamed: openColumns !== null, openColumns }
  // What is hidden from a person must not tell on itself by the types of other columns.
  const mayBeAlike = openColumns === null
  const types = { ...columnsOrdered(tree), compared: comparedTexts(tree), mayBeAlike }
  const create = async () => createInput(session, rows, { ...options, ...columns, ...types })
  const input =
    openColumns === null
      ? Object.assign(await create(), { hidden: [], tree })
      : { ...(await hidden(session, create, openColumns, columns.wanted)), tree }
  // What a person sees of hidden rows lies in the session, so that no file is left to be read.
  const paths = openColumns === null ? rows.tables.flatMap((table) => table.paths) : []
  // The engine compares what it is given to read, and then what it opens.
  await session.run(`SET allowed_paths = ${literals([...new Set([...paths, ...paths.map(exactPath)])])}`)
  if (options.outputDir !== null)
    await session.run(`SET allowed_directories = ${literals([options.outputDir])}`)
  await session.run('SET enable_external_access = false')
  await session.run('SET lock_configuration = true')
  return input
}

/** The columns of a hidden table never change, since the rows that they would be made of have left the session. */
async function hidden(
  session: Session,
  create: () => Promise<Input>,
  openColumns: readonly string[],
  wanted: ReadonlySet<string> | null,
): Promise<Omit<LockedInput, 'tree'>> {
  const input = await createHiddenInput(session, create, openColumns, wanted)
  const { unread, problem } = input.made
  return { unread, problem, retype: never, readAll: never, hidden: input.hidden }
}

const never = (): Promise<boolean> => Promise.resolve(false)

/** Locks a session and returns SQL for the address column of the user's query as `v`, and the records it is not given. */
export async function lockedQuery(
  session: Session,
  rows: QueriedRows,
  options: LockOptions,
): Promise<{ readonly values: string; readonly unread: Unread }> {
  const input = await lockSession(session, rows, options)
  const columns = await resultColumns(session, rows.query, input)
  if (input.problem !== null) throw input.problem
  const index = findEmailColumn(
    columns.map(({ name }) => name),
    rows.emailColumn,
    "The query's result",
  )
  const type = columns[index]?.type ?? ''
  if (!holdsText(type)) throw notText(rows.emailColumn, type)
  const result = resultSql(rows.query, columns.length)
  return { values: `SELECT CAST(c${index} AS VARCHAR) AS v FROM ${result}`, unread: input.unread }
}

export interface ResultColumn {
  readonly name: string
  readonly type: string
}

/**
 * Columns of the user's query, with their names as it gives them: a description would number those that appear twice. Where it does not
 * fit the types of the columns of `input`, others are tried.
 */
export async function resultColumns(session: Session, query: string, input: Input): Promise<ResultColumn[]> {
  const described = await describe(session, query, input)
  const statements = await session.connection.extractStatements(query)
  const statement = await statements.prepare(0)
  return described.map((row, index) => ({ name: statement.columnName(index), type: String(row[1]) }))
}

async function describe(session: Session, query: string, input: Input): Promise<unknown[][]> {
  const run = async () => {
    const columns = await session.run(describeSql(query))
    await checkEqualities(session, query)
    return columns
  }
  try {
    return await run()
  } catch (error) {
    while (OF_TYPES.test(String(error)) && (await input.retype()))
      try {
        return await run()
      } catch {
        // The first error is about the types that the columns really have.
      }
    if (!OF_TYPES.test(String(error)) && (await input.readAll())) return describe(session, query, input)
    throw error
  }
}

function describeSql(query: string): string {
  return `DESCRIBE SELECT * FROM query(${literal(query)})`
}

/** Refuses a query that would read texts as values of another type where it asks whether they are equal. */
async function checkEqualities(session: Session, query: string): Promise<void> {
  try {
    const ordered = await withOrders(session, query)
    if (ordered !== null) await session.run(describeSql(ordered))
  } catch (error) {
    if (OF_TYPES.test(String(error))) throw error
    throw new RollcallError('query_failed', { detail: NOT_FOLLOWED }, { cause: error })
  }
}

const NOT_FOLLOWED =
  'The query is refused. It cannot be checked that it compares numbers with numbers and texts with texts. Write joins with ON instead of USING or NATURAL, and convert what is compared, for example with CAST(column AS DOUBLE) or CAST(column AS VARCHAR).'

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
