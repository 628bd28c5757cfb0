import { sqlName } from '../../../base/column-name.ts'
import { APPLYING, kindOf } from './functions.ts'

/** A node of the tree of a query, as the engine's own parser makes it. */
export type Node = Readonly<Record<string, unknown>>

/** What a value may be, as far as the query says. */
export interface Flow {
  readonly names: readonly string[]
  readonly texts: readonly string[]
}

/** Comparisons of two values for equality. */
export const EQUALITIES: ReadonlySet<unknown> = new Set([
  'COMPARE_EQUAL',
  'COMPARE_NOTEQUAL',
  'COMPARE_DISTINCT_FROM',
  'COMPARE_NOT_DISTINCT_FROM',
])
/** Those of one value with several. */
export const MEMBERSHIPS: ReadonlySet<unknown> = new Set(['COMPARE_IN', 'COMPARE_NOT_IN'])

export type Order = '<' | '<=' | '>' | '>='

/** Comparisons that ask for an order. */
export const ORDERS: ReadonlyMap<unknown, Order> = new Map<unknown, Order>([
  ['COMPARE_LESSTHAN', '<'],
  ['COMPARE_LESSTHANOREQUALTO', '<='],
  ['COMPARE_GREATERTHAN', '>'],
  ['COMPARE_GREATERTHANOREQUALTO', '>='],
])
/** What each asks for with its two sides changed. */
export const FLIPPED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

export const NOTHING: Flow = { names: [], texts: [] }

/** Stands for a column by its place, or for all of them. */
export const ANY_COLUMN = '*'

/** Expressions whose value is one of theirs, or holds it. */
const GATHERING_TYPES: ReadonlySet<unknown> = new Set([
  'ARRAY_CONSTRUCTOR',
  'ARRAY_EXTRACT',
  'ARRAY_SLICE',
  'OPERATOR_COALESCE',
  'OPERATOR_TRY',
  'STRUCT_EXTRACT',
])
function merged(flows: readonly Flow[]): Flow {
  return {
    names: [...new Set(flows.flatMap(({ names }) => names))],
    texts: [...new Set(flows.flatMap(({ texts }) => texts))],
  }
}

/** The columns of a query or of a list of values, as far as their places are known. */
export function outputsOf(node: unknown): Flow[] {
  if (!isNode(node)) return []
  if (isNode(node['node'])) return outputsOf(node['node'])
  if (Array.isArray(node['values']))
    return zipped((node['values'] as unknown[]).map((row) => nodesOf(row).map(flowOf)))
  if (node['type'] === 'TABLE_FUNCTION' && isNode(node['function']))
    return functionOf(node['function']) === 'unnest' ? valuesOf(node['function']).map(flowOf) : []
  if (isNode(node['subquery']) && !('subquery_type' in node)) return outputsOf(node['subquery'])
  const isOfTwo = node['type'] === 'SET_OPERATION_NODE' || node['type'] === 'RECURSIVE_CTE_NODE'
  if (isOfTwo) return zipped([outputsOf(node['left']), outputsOf(node['right'])])
  const items = nodesOf(node['select_list'])
  const star = items.findIndex(({ type }) => type === 'STAR')
  if (star === 0 && items.length === 1) return outputsOf(node['from_table'])
  return items.slice(0, star < 0 ? undefined : star).map(outputOf)
}

function outputOf(item: Node): Flow {
  const { alias } = item
  return typeof alias === 'string' && alias !== '' ? { names: [sqlName(alias)], texts: [] } : flowOf(item)
}

function zipped(rows: readonly (readonly Flow[])[]): Flow[] {
  const places = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: places }, (_, place) => merged(rows.map((row) => row[place] ?? NOTHING)))
}

/** The columns and texts that the value of an expression may be itself. */
export function flowOf(node: unknown): Flow {
  if (!isNode(node)) return NOTHING
  const { type, column_names: column, children } = node
  if (type === 'COLUMN_REF') return { names: [sqlName(String(listOf(column).at(-1)))], texts: [] }
  if (type === 'STAR' || type === 'POSITIONAL_REFERENCE') return { names: [ANY_COLUMN], texts: [] }
  if (type === 'VALUE_CONSTANT') return textOf(node['value'])
  if (type === 'COLLATE') return flowOf(node['child'])
  if (GATHERING_TYPES.has(type)) return merged(nodesOf(children).map(flowOf))
  if (type === 'CASE_EXPR')
    return merged([
      ...nodesOf(node['case_checks']).map((check) => flowOf(check['then_expr'])),
      flowOf(node['else_expr']),
    ])
  if (type === 'SUBQUERY') return outputsOf(node['subquery'])[0] ?? NOTHING
  const called = functionOf(node)
  const kind = APPLYING.has(called) ? 'orders' : kindOf(called)
  if (kind === 'orders-first' || kind === 'orders-second') return flowOf(valuesOf(node)[0])
  // It computes whether two values are alike, and gives back the first.
  if (kind !== 'passes' && kind !== 'orders' && called !== 'nullif') return NOTHING
  // What a function of one value gives for each of them.
  return merged(valuesOf(node).map((value) => flowOf(isLambda(value) ? value['expr'] : value)))
}

/** The function that a node calls, in lower case; none is empty. */
export function functionOf({ function_name: called }: Node): string {
  return typeof called === 'string' ? called.toLowerCase() : ''
}

/** What a function is called with. `spent.max()` looks like a function of a schema, and is one of the column. */
export function valuesOf({ schema, children }: Node): Node[] {
  const isColumn = typeof schema === 'string' && schema !== '' && schema !== 'main'
  const column = { type: 'COLUMN_REF', column_names: [schema] }
  return isColumn ? [column, ...nodesOf(children)] : nodesOf(children)
}

/** `v -> …`; reading JSON with an arrow looks the same. */
function isLambda({ type }: Node): boolean {
  return type === 'LAMBDA'
}

/** Names that a query gives to values within an expression: the fields of a row, and what a function of one value is called with. */
export function givenWithin(node: Node): [name: string, flow: Flow][] {
  const [first, ...others] = valuesOf(node)
  const given = nodesOf(node['children']).flatMap((value): [string, Flow][] =>
    typeof value['alias'] === 'string' && value['alias'] !== '' ? [[value['alias'], flowOf(value)]] : [],
  )
  const flow = merged([first, ...others.filter((value) => !isLambda(value))].map(flowOf))
  for (const { lhs } of others.filter(isLambda))
    for (const name of isNode(lhs) && functionOf(lhs) === 'row' ? valuesOf(lhs) : [lhs])
      for (const each of flowOf(name).names) given.push([each, flow])
  return given
}

function textOf(value: unknown): Flow {
  const { type, value: text } = Object(value) as Node
  return Object(type).id === 'VARCHAR' && typeof text === 'string' ? { names: [], texts: [text] } : NOTHING
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function nodesOf(value: unknown): Node[] {
  return listOf(value).filter(isNode)
}
