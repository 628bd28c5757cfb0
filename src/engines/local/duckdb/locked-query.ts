import type { RollcallError } from '../../../base/rollcall-error.ts'
import { sqlName } from '../../../base/column-name.ts'
import { emailIndexIn, findEmailColumn } from '../../../sources/email-column.ts'
import type { FileRows } from '../../../sources/source.ts'
import { requireChild } from '../child/here.ts'
import { columnsNamed } from './columns-named.ts'
import { columnsOrdered } from './columns-ordered.ts'
import { NO_TYPE, NUMBER } from './column-types.ts'
import { createHiddenInput } from './hidden-input.ts'
import { createInput } from './input-view.ts'
import type { Input, InputColumn, Typing } from './input-view.ts'
import { judgeQuery } from './judged-query.ts'
import { notText } from './parquet-table.ts'
import { checkQuery } from './query-check.ts'
import type { CheckedQuery } from './query-check.ts'
import type { Session } from './session.ts'
import { exactPath, literal, literals } from './sql.ts'
import type { ReadOptions } from './read-options.ts'
import type { Unread } from './unread.ts'

export type QueriedRows = FileRows & { readonly query: string }

export interface LockOptions extends ReadOptions {
  /** Where the session's own result may be written. */
  readonly outputDir: string | null
  /** Columns that the query sees as they are, while all others are constants; null shows it all. */
  readonly openColumns?: readonly string[] | null
}

/** The table `input`, the query that may read it, and which of the columns that this reads are constants in it. */
export interface LockedInput extends Input {
  readonly query: CheckedQuery
  readonly hidden: readonly string[]
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
  const query = await checkQuery(session, rows.query)
  const { statement: tree } = query
  const { openColumns = null } = options
  // Whether a name is data, and so what may be seen, depends on all names.
  const columns = { ...columnsNamed(tree), areAllNamed: openColumns !== null }
  const create = async () => createInput(session, rows, { ...options, ...columns, ...columnsOrdered(tree) })
  const input =
    openColumns === null
      ? Object.assign(await create(), { hidden: [], query })
      : { ...(await hidden(session, create, openColumns, columns.wanted)), query }
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

/** Of a hidden table, only the columns that are open have types of their own. */
async function hidden(
  session: Session,
  create: () => Promise<Input>,
  openColumns: readonly string[],
  wanted: ReadonlySet<string> | null,
): Promise<Omit<LockedInput, 'query'>> {
  const { made, hidden: names, show } = await createHiddenInput(session, create, openColumns, wanted)
  const masked = new Set(names)
  const described = (await session.run('DESCRIBE input')).map(([name, type]) => ({
    name: String(name),
    type: String(type),
  }))
  const columnsOf = (typing: Typing): InputColumn[] => {
    const known = new Map(made.columnsOf(typing).map((column) => [sqlName(column.name), column]))
    return described.map(({ name, type }) => {
      const column = masked.has(name) ? undefined : known.get(sqlName(name))
      const { isSpelled, isLoose, isOpen } = column ?? MASKED
      // Numbers that are written in different lengths have lost their spelling in it.
      const isKept = column === undefined || (type === NUMBER && isSpelled) || type === NO_TYPE
      return {
        name,
        type: isKept ? type : column.type,
        isSpelled,
        isLoose: isLoose || type === NUMBER,
        isOpen,
      }
    })
  }
  return {
    unread: made.unread,
    problemOf: made.problemOf,
    typings: made.typings,
    columnsOf,
    show: (typing) => show(new Map(columnsOf(typing).map(({ name, type }) => [name, type]))),
    readAll: () => Promise.resolve(false),
    hidden: names,
  }
}

const MASKED = { isSpelled: true, isLoose: false, isOpen: false }

/** SQL for the address column of the user's query as `v`, the records it is not given, and its parts that go by the order of rows. */
export interface LockedQuery extends Pick<QueryResult, 'byOrder'> {
  readonly values: string
  readonly unread: Unread
}

/** Locks a session for the user's query, which is judged. */
export async function lockedQuery(
  session: Session,
  rows: QueriedRows,
  options: LockOptions,
): Promise<LockedQuery> {
  const input = await lockSession(session, rows, options)
  const { columns, problem, byOrder } = await resultOf(session, rows, input)
  if (problem !== null) throw problem
  const index = findEmailColumn(
    columns.map(({ name }) => name),
    rows.emailColumn,
    "The query's result",
  )
  const type = columns[index]?.type ?? ''
  if (!holdsText(type)) throw notText(rows.emailColumn, type)
  const result = resultSql(rows.query, columns.length)
  return { values: `SELECT CAST(c${index} AS VARCHAR) AS v FROM ${result}`, unread: input.unread, byOrder }
}

export interface ResultColumn {
  readonly name: string
  readonly type: string
}

/** What the user's query gives. */
export interface QueryResult {
  readonly columns: readonly ResultColumn[]
  /** Why the columns that it reads cannot be relied on. */
  readonly problem: RollcallError | null
  /** Its parts that choose members by the order of rows, which files do not give. */
  readonly byOrder: readonly string[]
  /** Whether each of its columns depends on hidden columns of `input`, so that its values are not those that a run finds. */
  readonly isHidden: readonly boolean[]
}

/**
 * Gives the columns of `input` the types that the user's query is bound with, or refuses it. Returns the columns of its result with
 * their names as it gives them: a description would number those that appear twice.
 */
export async function resultOf(
  session: Session,
  rows: QueriedRows,
  input: LockedInput,
): Promise<QueryResult> {
  const judged = await judgeQuery(session, input.query, input)
  const described = await session.run(`DESCRIBE SELECT * FROM query(${literal(rows.query)})`)
  const statements = await session.connection.extractStatements(rows.query)
  const statement = await statements.prepare(0)
  const columns = described.map((row, index) => ({
    name: statement.columnName(index),
    type: String(row[1]),
  }))
  const email = emailIndexIn(
    columns.map(({ name }) => name),
    rows.emailColumn,
  )
  const members = email === null ? [] : [email]
  return {
    columns,
    problem: input.problemOf(judged.reads(members, 'which')),
    byOrder: judged.byOrder(members),
    isHidden: columns.map(
      (_, place) => input.hidden.length > 0 && dependsOnHidden(input, judged.reads([place], 'how often')),
    ),
  }
}

/** A summary or a description tells of types, and so of all columns. */
function dependsOnHidden(input: LockedInput, read: ReadonlySet<string>): boolean {
  const isOfTypes = input.query.json.includes('"type":"SHOW_REF"')
  return input.hidden.some((name) => isOfTypes || read.has(sqlName(name)))
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
