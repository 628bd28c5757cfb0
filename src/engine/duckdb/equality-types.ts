import { EQUALITIES, functionOf, isLambda, isNode, listOf, MEMBERSHIPS, nodesOf } from './query-flow.ts'
import type { Node } from './query-flow.ts'
import type { Session } from './session.ts'
import { literal } from './sql.ts'

/**
 * The query as SQL that asks for an order wherever `query` asks for equality; null where it does not.
 *
 * For equality, the engine silently reads a text as the type of the other side, and rounds: the text 0.6 equals the number 1. For an
 * order it binds the same two sides, and fails where one of them is text and the other is not. So this one is bound alone, never run.
 * JSON is a text in it, since the engine rounds JSON in the same way, for an order as well.
 */
export async function withOrders(session: Session, query: string): Promise<string | null> {
  const [row] = await session.run(`SELECT json_serialize_sql(${literal(query)})`)
  const tree: unknown = JSON.parse(withNumbersKept(String(row?.[0])))
  const ordered = orderedNode(tree, new Set(functionsOfValues(tree)))
  if (!ordered.isChanged) return null
  const json = withNumbers(JSON.stringify(ordered.node))
  const [sql] = await session.run(`SELECT json_deserialize_sql(${literal(json)})`)
  return String(sql?.[0])
}

/** Numbers of JSON as objects that hold their texts: the engine takes no number that was rounded, nor 1 for 1.0. */
function withNumbersKept(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (part) =>
    part.startsWith('"') ? part : `{"number":"${part}"}`,
  )
}

/** The quotation marks within a text are escaped, so that it is never taken for such an object. */
function withNumbers(json: string): string {
  return json.replaceAll(/\{"number":"([^"]+)"\}/g, '$1')
}

interface Ordered {
  readonly node: unknown
  readonly isChanged: boolean
}

function orderedNode(node: unknown, lambdas: ReadonlySet<unknown>): Ordered {
  if (typeof node !== 'object' || node === null) return { node, isChanged: false }
  const parts = Object.entries(node).map(([key, child]) => [key, orderedNode(child, lambdas)] as const)
  const areChanged = parts.some(([, { isChanged }]) => isChanged)
  if (Array.isArray(node)) return { node: parts.map(([, part]) => part.node), isChanged: areChanged }
  const copy = Object.fromEntries(parts.map(([key, part]) => [key, part.node]))
  const ordered = lambdas.has(node) ? null : (asOrder(copy) ?? asText(copy))
  return { node: ordered ?? copy, isChanged: areChanged || ordered !== null }
}

const ORDER = 'COMPARE_LESSTHAN'

/** A node that needs its values to be of one type as an order does; null where it does not need them to be. */
function asOrder(node: Node): Node | null {
  const { type } = node
  if (EQUALITIES.has(type)) return { ...node, type: ORDER }
  if (EQUALITIES.has(node['comparison_type'])) return { ...node, comparison_type: ORDER }
  // The first that is not NULL of several values binds as an order does.
  if (MEMBERSHIPS.has(type)) return isNull({ ...node, type: 'OPERATOR_COALESCE', alias: '' }, node['alias'])
  if (functionOf(node) === 'nullif') return asCase(node)
  if (type === 'SELECT_NODE' && isJoinedByName(node['from_table'])) return allNull(node)
  // Of a full join, a column that both sides have is the first that is not NULL.
  if (type === 'JOIN' && isByName(node)) return { ...node, join_type: 'FULL' }
  return null
}

/** `v -> v = 7` looks like `address -> 'city'`, which reads JSON. */
function functionsOfValues(node: unknown): Node[] {
  if (typeof node !== 'object' || node === null) return []
  const [, ...others] = isNode(node) && node['type'] === 'FUNCTION' ? nodesOf(node['children']) : []
  const own = isNode(node) && OF_VALUES.test(functionOf(node)) ? others.filter(isLambda) : []
  return [...own, ...Object.values(node).flatMap(functionsOfValues)]
}

const OF_VALUES = /^(?:(?:list|array)_)?(?:apply|transform|filter|reduce)$/

const GIVES_JSON =
  /^(?:->|(?:to|array_to|row_to)_json|json|json_(?:array|extract|extract_path|merge_patch|object|quote|structure|group_array|group_object|group_structure))$/

/** JSON as the text that it is; null for anything else. */
function asText(node: Node): Node | null {
  if (node['type'] === 'OPERATOR_CAST')
    return isOfJson(node['cast_type']) ? { ...node, cast_type: TEXT } : null
  if (!isLambda(node) && !GIVES_JSON.test(functionOf(node))) return null
  const path = isLambda(node) ? node['expr'] : nodesOf(node['children'])[1]
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: node['alias'],
    query_location: 0,
    child: { ...node, alias: '' },
    cast_type: isOfSeveral(path) ? TEXTS : TEXT,
    try_cast: false,
  }
}

const TEXT = { id: 'VARCHAR', type_info: null }
const TEXTS = {
  id: 'LIST',
  type_info: { type: 'LIST_TYPE_INFO', alias: '', extension_info: null, child_type: TEXT },
}

function isOfJson(type: unknown): boolean {
  const info: unknown = Object(type).type_info
  return String(Object(info).name || Object(info).alias).toLowerCase() === 'json'
}

/** Whether a path of JSON gives a list of values. */
function isOfSeveral(path: unknown): boolean {
  if (!isNode(path)) return false
  return functionOf(path) === 'list_value' || String(Object(path['value']).value).includes('*')
}

function isNull(value: Node, alias: unknown = ''): Node {
  return { class: 'OPERATOR', type: 'OPERATOR_IS_NULL', alias, query_location: 0, children: [value] }
}

/** `CASE WHEN a < b THEN NULL ELSE a END` for `nullif(a, b)`. */
function asCase({ alias, children }: Node): Node {
  const [left, right] = nodesOf(children)
  const common = { alias: '', query_location: 0 }
  const empty = { type: { id: 'NULL', type_info: null }, is_null: true }
  const check = {
    when_expr: { class: 'COMPARISON', type: ORDER, ...common, left, right },
    then_expr: { class: 'CONSTANT', type: 'VALUE_CONSTANT', ...common, value: empty },
  }
  return { class: 'CASE', type: 'CASE_EXPR', ...common, alias, case_checks: [check], else_expr: left }
}

/** Reads all columns, and so those that the two sides of a join share. */
function allNull(select: Node): Node {
  const common = { alias: '', query_location: 0 }
  const star = { class: 'STAR', type: 'STAR', ...common, relation_name: '', columns: true, expr: null }
  const lists = { exclude_list: [], replace_list: [], qualified_exclude_list: [], rename_list: [] }
  const all = isNull({ ...star, ...lists })
  const { where_clause: where } = select
  const both = { class: 'CONJUNCTION', type: 'CONJUNCTION_AND', ...common, children: [where, all] }
  return { ...select, where_clause: isNode(where) ? both : all }
}

function isJoinedByName(from: unknown): boolean {
  if (!isNode(from) || from['type'] !== 'JOIN') return false
  return isByName(from) || isJoinedByName(from['left']) || isJoinedByName(from['right'])
}

function isByName(join: Node): boolean {
  return listOf(join['using_columns']).length > 0 || join['ref_type'] === 'NATURAL'
}
