import { RollcallError } from '../../../base/rollcall-error.ts'
import { nearestName } from '../../../base/nearest.ts'
import { capital } from '../../../base/words.ts'
import { curlyQuoteProblem } from '../../../sources/curly-quotes.ts'
import { placeIn } from '../../../sources/place-in.ts'
import { ofTheText } from './errors.ts'
import { FUNCTIONS, TABLE_FUNCTIONS, VOLATILE } from './functions.ts'
import { unknownPart } from './query-shape.ts'
import type { Session } from './session.ts'
import { literal } from './sql.ts'

/** A query that may be run. */
export interface CheckedQuery {
  readonly sql: string
  /** Its tree, as the engine's own parser makes it: all of it as JSON, and the statement. */
  readonly json: string
  readonly statement: unknown
}

/** Refuses a query that is not one SELECT statement, or that calls what it has no need of. */
export async function checkQuery(session: Session, query: string): Promise<CheckedQuery> {
  const curly = curlyQuoteProblem(query)
  if (curly !== null) throw refused(capital(curly))
  const [row] = await session.run(`SELECT json_serialize_sql(${literal(query)})`)
  const json = String(row?.[0])
  const tree = JSON.parse(json) as Record<string, unknown>
  if (tree['error'] === true) throw refused(describe(tree, query))
  const statements = tree['statements']
  if (!Array.isArray(statements) || statements.length !== 1) throw refused('Write a single SELECT statement.')
  checkSize(statements[0], session.limits.queryNodesMax)
  const unknown = unknownPart(statements[0])
  if (unknown !== null) throw refused(`Rollcall cannot check this part of it: ${unknown.slice(0, 40)}.`)
  checkNode(statements[0], INPUT)
  return { sql: query, json, statement: statements[0] }
}

function describe(tree: Record<string, unknown>, query: string): string {
  if (tree['error_type'] === 'parser')
    return `It is not valid SQL: ${ofTheText(String(tree['error_message']))}${placeIn(query, Number(tree['position']))}.`
  return 'Write a single SELECT statement.'
}

/** The engine's time for finding out what a query means grows much faster than the query, and nothing interrupts it. */
function checkSize(statement: unknown, nodesMax: number): void {
  if (nodesIn(statement) > nodesMax)
    throw refused(
      `It has more than ${nodesMax.toLocaleString('en-US')} terms, columns and operators (limit queryNodesMax).`,
    )
}

function nodesIn(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0
  let nodes = 'type' in node && typeof node.type === 'string' ? 1 : 0
  for (const child of Object.values(node)) nodes += nodesIn(child)
  return nodes
}

const INPUT: ReadonlySet<string> = new Set(['input'])

/** `tables` are those that may be read: the rows, and what the query itself gives a name to. */
function checkNode(node: unknown, tables: ReadonlySet<string>): void {
  if (Array.isArray(node)) {
    for (const child of node) checkNode(child, tables)
    return
  }
  if (typeof node !== 'object' || node === null) return
  const { type, function: called, function_name: name, identifier, sample } = node as Record<string, unknown>
  if (typeof sample === 'object' && sample !== null)
    throw refused(`It uses SAMPLE or TABLESAMPLE. ${EVERY_RUN}`)
  if (type === 'VALUE_PARAMETER')
    throw refused(`It has the parameter $${String(identifier)}, which has no value. Write the value itself.`)
  if (type === 'BASE_TABLE' || type === 'SHOW_REF') checkTable(node as Record<string, unknown>, tables)
  if (type === 'TABLE_FUNCTION') checkTableFunction(called)
  if (typeof name === 'string' && type !== 'TABLE_FUNCTION' && !FUNCTIONS.has(name.toLowerCase()))
    throw refused(notAllowed(name))
  const { cte_map: given, cte_name: own, ...parts } = node as Record<string, unknown>
  const known = checkNamed(given, tables)
  const all = typeof own === 'string' ? new Set([...known, own.toLowerCase()]) : known
  for (const [part, child] of Object.entries(parts)) checkNode(child, part === FIRST_PART ? known : all)
}

/** Of a part that names itself, this one is run before there are rows of that name. */
const FIRST_PART = 'left'

/**
 * Checks the parts that a query gives names to by WITH, and returns `tables` with their names. Each may read those before it alone:
 * where it names itself or a later one, the engine looks for a table of its own.
 */
function checkNamed(given: unknown, tables: ReadonlySet<string>): ReadonlySet<string> {
  const { map } = Object(given) as { map?: unknown }
  const known = new Set(tables)
  for (const entry of Array.isArray(map) ? map : [given]) {
    checkNode(entry, known)
    const { key } = Object(entry) as { key?: unknown }
    if (typeof key === 'string') known.add(key.toLowerCase())
  }
  return known
}

/** Tables that describe others, such as `duckdb_columns`, tell names that are data, and what lies below the table `input`. */
function checkTable(node: Record<string, unknown>, tables: ReadonlySet<string>): void {
  const { table_name: given } = node
  const name = typeof given === 'string' ? given : ''
  if (node['type'] === 'SHOW_REF' && name === '') return
  const isQualified = Boolean(node['schema_name']) || Boolean(node['catalog_name'])
  if (isQualified || !tables.has(name.toLowerCase()))
    throw refused(`There is no table ${name.slice(0, 40)}. The rows of the files are in the table "input".`)
}

function checkTableFunction(called: unknown): void {
  const { function_name: name } = Object(called) as { function_name?: unknown }
  if (typeof name !== 'string' || !TABLE_FUNCTIONS.has(name.toLowerCase()))
    throw refused(notAllowed(String(name)))
}

const EVERY_RUN =
  "Every run would give different members. For the same half of the members every time, write md5(email) < '8'."

function notAllowed(name: string): string {
  if (VOLATILE.has(name.toLowerCase())) return `The function ${name} is not allowed. ${EVERY_RUN}`
  const nearest = nearestName(name.toLowerCase(), [...FUNCTIONS])
  const meant = nearest === null ? '' : ` Did you mean ${nearest}?`
  return `The function ${name.slice(0, 40)} is not allowed.${meant} The rows of the files are in the table "input".`
}

function refused(detail: string): RollcallError {
  return new RollcallError('query_failed', { detail: `The query is refused. ${detail}` })
}
