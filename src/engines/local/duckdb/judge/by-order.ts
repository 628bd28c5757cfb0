import { isNode, listOf, nodesOf } from '../query-flow.ts'
import type { Node } from '../query-flow.ts'

/** What in a bound plan goes by the order of rows, as far as a query gives them none. Each is named as people write it. */

/** Aggregates that give one of their values, or put them one after the other. */
const CHOOSING = new Set<unknown>('any_value arbitrary first last string_agg group_concat listagg'.split(' '))
/** Aggregates whose order matters as soon as something asks for the place of a value in it. */
const GATHERING = new Set<unknown>(['list', 'array_agg'])
const PLACING = new Set<unknown>(
  `array_extract list_extract list_element element_at list_slice array_slice list_first list_last list_any_value list_position
  array_position list_indexof array_indexof list_resize array_resize array_pop_back array_pop_front array_to_string
  array_to_string_comma_default list_aggregate array_aggregate list_aggr array_aggr aggregate list_zip array_zip`.split(
    /\s+/,
  ),
)

const WINDOWS = new Set<unknown>(
  ['ROW_NUMBER', 'NTILE', 'FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE', 'LEAD', 'LAG', 'FILL'].map(
    (name) => `WINDOW_${name}`,
  ),
)

/** The name of an aggregate whose value depends on the order of its rows; null for any other. `root` is that of the whole plan. */
export function aggregateByOrder(aggregate: Node, root: Node): string | null {
  const { name, order_bys: orders } = aggregate
  if (nodesOf(Object(orders).orders).length > 0) return null
  const isByOrder = CHOOSING.has(name) || (GATHERING.has(name) && asksForPlaces(root))
  return isByOrder ? String(name) : null
}

/** The same of a window: without ORDER BY, all rows of a partition are equals. */
export function windowByOrder(window: Node, root: Node): string | null {
  const { type, orders, arg_orders: ofArguments, start, end } = window
  if (nodesOf(orders).length > 0) return null
  // So the engine binds LIMIT in a subquery that is asked for each row.
  if (type === 'WINDOW_ROW_NUMBER') return end === 'CURRENT_ROW_ROWS' ? LIMIT : 'row_number'
  if (WINDOWS.has(type))
    return nodesOf(ofArguments).length > 0 ? null : String(type).replace('WINDOW_', '').toLowerCase()
  if (type !== 'WINDOW_AGGREGATE') return null
  const isFramed = [start, end].some((edge) => String(edge).endsWith('_ROWS'))
  if (isFramed) return `${String(window['name'])} over ROWS`
  return nodesOf(ofArguments).length > 0 ? null : aggregateByOrder(window, root)
}

export const LIMIT = 'LIMIT'
export const DISTINCT_ON = 'DISTINCT ON'
export const POSITIONAL_JOIN = 'POSITIONAL JOIN'

/** Whether LIMIT or OFFSET takes some rows and leaves others, and nothing puts them in order. */
export function isCutByOrder({ limit_val: limit, offset_val: offset, children }: Node): boolean {
  const [child] = nodesOf(children)
  const isEmpty = isNothing(limit) && Object(limit).type === 'CONSTANT_VALUE'
  const isWhole = isNothing(offset) && Object(limit).type === 'UNSET'
  return child !== undefined && !isEmpty && !isWhole && !isInOrder(child)
}

function isNothing(bound: unknown): boolean {
  const { type, constant_integer: value = 0 } = Object(bound) as Node
  return type === 'UNSET' || (type === 'CONSTANT_VALUE' && value === 0)
}

function isInOrder({ type, children }: Node): boolean {
  if (type === 'LOGICAL_PROJECTION') return nodesOf(children).every(isInOrder)
  return type === 'LOGICAL_ORDER_BY'
}

/** The one row of a subquery that stands for a value: the engine takes the first one, and fails where there are more. */
export function isOneValue({ type, expressions }: Node): boolean {
  const [only, ...others] = nodesOf(expressions)
  if (type !== 'LOGICAL_PROJECTION' || only === undefined || others.length > 0) return false
  return nodesOf(only['case_checks']).some((check) => Object(check['then_expr']).name === 'error')
}

/** Whether anything in a plan asks for the place of a value in a list. */
function asksForPlaces(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(asksForPlaces)
  if (!isNode(node)) return false
  if (node['expression_class'] === 'BOUND_FUNCTION' && PLACING.has(node['name'])) return true
  return Object.values(node).some(asksForPlaces)
}

/** The places that some expressions are, where they are columns as they stand. */
export function plainPlaces(expressions: unknown): ReadonlySet<number> {
  return new Set(
    listOf(expressions).flatMap((expression) => {
      const { expression_class: kind, index = 0 } = Object(expression) as Node
      return kind === 'BOUND_REF' ? [Number(index)] : []
    }),
  )
}
