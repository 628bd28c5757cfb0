import { sqlName } from './columns-named.ts'

/** Values that a query compares with each other for equality. */
export interface Compared {
  /** Columns, and names that the query gives, in lower case. */
  readonly names: readonly string[]
  /** Those of them that are columns, or it is not known what they stand for. */
  readonly notGiven: readonly string[]
  /** Texts that stand in the query. */
  readonly texts: readonly string[]
}

/** A column whose place in an order beside a text a query asks for. */
export interface OrderedTexts {
  /** Columns, in lower case, and names that the query gives. */
  readonly names: readonly string[]
  readonly operator: Order
  readonly texts: readonly string[]
}

export type Order = '<' | '<=' | '>' | '>='

/** A text that no type is written as: stands for a use that texts alone have. */
const ANY_TEXT = ''

/** Stands for a column by its place, or for all of them. */
const ANY_COLUMN = '*'

/**
 * What a query compares with what, from its tree: columns, names that stand for them or for texts, and texts. `compared` is for
 * equality; where a function takes texts alone, it counts as a comparison too.
 */
export function comparedTexts(tree: unknown): { compared: Compared[]; orderedTexts: OrderedTexts[] } {
  const found = new Groups()
  visit(tree, found)
  return { compared: found.all(), orderedTexts: found.ordered() }
}

type Node = Readonly<Record<string, unknown>>

/** What a value may be, as far as the query says. */
interface Flow {
  readonly names: readonly string[]
  readonly texts: readonly string[]
}

const NOTHING: Flow = { names: [], texts: [] }

class Groups {
  private readonly comparisons: Flow[] = []
  private readonly orders: { readonly left: Flow; readonly operator: Order; readonly right: Flow }[] = []
  private readonly meanings = new Map<string, Flow[]>()

  /** Values that are compared with each other. */
  link(flows: readonly Flow[]): void {
    this.comparisons.push(merged(flows))
  }

  order(left: unknown, operator: Order, right: unknown): void {
    this.orders.push({ left: flowOf(left), operator, right: flowOf(right) })
  }

  /** A name that the query gives to a value. */
  give(name: unknown, flow: Flow | undefined): void {
    if (typeof name !== 'string' || name === '' || flow === undefined) return
    const key = sqlName(name)
    this.meanings.set(key, [...(this.meanings.get(key) ?? []), flow])
  }

  /** Comparisons that share a name are one. */
  all(): Compared[] {
    let groups: Flow[] = []
    for (const comparison of this.comparisons) {
      const whole = this.withMeanings(comparison)
      const isSame = ({ names }: Flow) => names.some((name) => whole.names.includes(name))
      groups = [...groups.filter((group) => !isSame(group)), merged([whole, ...groups.filter(isSame)])]
    }
    return groups.map(({ names, texts }) => ({
      names,
      notGiven: names.filter((name) => !this.meanings.has(name)),
      texts,
    }))
  }

  ordered(): OrderedTexts[] {
    return this.orders
      .flatMap(({ left, operator, right }) => {
        const [one, other] = [this.withMeanings(left), this.withMeanings(right)]
        return [
          { names: one.names, operator, texts: other.texts },
          { names: other.names, operator: FLIPPED[operator], texts: one.texts },
        ]
      })
      .filter(({ names, texts }) => names.length > 0 && texts.length > 0)
  }

  /** The names, what they stand for, and so on. */
  private withMeanings({ names, texts }: Flow): Flow {
    const all = new Set(names)
    const found = new Set(texts)
    for (const name of all)
      for (const meaning of this.meanings.get(name) ?? []) {
        for (const other of meaning.names) all.add(other)
        for (const text of meaning.texts) found.add(text)
      }
    return { names: [...all], texts: [...found] }
  }
}

function merged(flows: readonly Flow[]): Flow {
  return {
    names: [...new Set(flows.flatMap(({ names }) => names))],
    texts: [...new Set(flows.flatMap(({ texts }) => texts))],
  }
}

const EQUALITIES = new Set([
  'COMPARE_EQUAL',
  'COMPARE_NOTEQUAL',
  'COMPARE_DISTINCT_FROM',
  'COMPARE_NOT_DISTINCT_FROM',
])
const ORDERS = new Map<unknown, Order>([
  ['COMPARE_LESSTHAN', '<'],
  ['COMPARE_LESSTHANOREQUALTO', '<='],
  ['COMPARE_GREATERTHAN', '>'],
  ['COMPARE_GREATERTHANOREQUALTO', '>='],
])
const FLIPPED = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const
/** All of whose operands have one type. */
const ALIKE = new Set(['COMPARE_IN', 'COMPARE_NOT_IN', 'OPERATOR_COALESCE'])
const ALIKE_FUNCTIONS = new Set(['nullif', 'ifnull'])
/** Functions that give back one of their values. */
const PASSING = new Set([
  'any_value',
  'arg_max',
  'arg_min',
  'first',
  'first_value',
  'lag',
  'last',
  'last_value',
  'lead',
  'max',
  'max_by',
  'min',
  'min_by',
  'mode',
])
/** Functions whose first value is a text in any case. */
const OF_TEXTS = new Set([
  '!~~',
  '!~~*',
  '~~',
  '~~*',
  '~~~',
  'ends_with',
  'ilike_escape',
  'length',
  'like_escape',
  'lower',
  'ltrim',
  'regexp_extract',
  'regexp_full_match',
  'regexp_matches',
  'regexp_replace',
  'replace',
  'rtrim',
  'split_part',
  'starts_with',
  'substr',
  'substring',
  'trim',
  'upper',
])

function visit(node: unknown, found: Groups): void {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) look(node as Node, found)
  for (const child of Object.values(node)) visit(child, found)
}

function look(node: Node, found: Groups): void {
  const { type } = node
  const called = String(node['function_name']).toLowerCase()
  if (EQUALITIES.has(String(type))) found.link([flowOf(node['left']), flowOf(node['right'])])
  if (ALIKE.has(String(type)) || ALIKE_FUNCTIONS.has(called))
    found.link(nodesOf(node['children']).map(flowOf))
  const order = ORDERS.get(type)
  if (order !== undefined) found.order(node['left'], order, node['right'])
  if (type === 'COMPARE_BETWEEN' || type === 'COMPARE_NOT_BETWEEN') {
    found.order(node['input'], '>=', node['lower'])
    found.order(node['input'], '<=', node['upper'])
  }
  if (type === 'FUNCTION' && OF_TEXTS.has(called)) {
    const [first] = nodesOf(node['children'])
    found.link([flowOf(first), { names: [], texts: [ANY_TEXT] }])
  }
  if (type === 'CASE_EXPR') found.link([flowOf(node)])
  if (type === 'SUBQUERY' && 'subquery_type' in node && isNode(node['child']))
    found.link([flowOf(node['child']), ...outputsOf(node['subquery']).slice(0, 1)])
  for (const name of listOf(node['using_columns']))
    found.link([{ names: [sqlName(String(name))], texts: [] }])
  for (const item of nodesOf(node['select_list'])) found.give(item['alias'], flowOf(item))
  giveNames(node, found)
}

/** Names by their place: of the columns of a table, of a part of the query, and of the two sides of a set operation. */
function giveNames(node: Node, found: Groups): void {
  const { subquery, query } = node
  const outputs = outputsOf(subquery ?? query ?? node)
  for (const [place, name] of listOf(node['column_name_alias']).entries()) found.give(name, outputs[place])
  for (const [place, name] of listOf(node['aliases']).entries()) found.give(name, outputs[place])
  if (Array.isArray(node['values']))
    for (const [place, flow] of outputs.entries()) found.give(`col${place}`, flow)
  if (isNode(node['left']) && isNode(node['right'])) for (const flow of outputs) found.link([flow])
}

/** The columns of a query or of a list of values, as far as their places are known. */
function outputsOf(node: unknown): Flow[] {
  if (!isNode(node)) return []
  if (isNode(node['node'])) return outputsOf(node['node'])
  if (Array.isArray(node['values']))
    return zipped((node['values'] as unknown[]).map((row) => nodesOf(row).map(flowOf)))
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
function flowOf(node: unknown): Flow {
  if (!isNode(node)) return NOTHING
  const { type, column_names: column, children } = node
  if (type === 'COLUMN_REF') return { names: [sqlName(String(listOf(column).at(-1)))], texts: [] }
  if (type === 'STAR' || type === 'POSITIONAL_REFERENCE') return { names: [ANY_COLUMN], texts: [] }
  if (type === 'VALUE_CONSTANT') return textOf(node['value'])
  if (type === 'OPERATOR_COALESCE') return merged(nodesOf(children).map(flowOf))
  if (type === 'CASE_EXPR')
    return merged([
      ...nodesOf(node['case_checks']).map((check) => flowOf(check['then_expr'])),
      flowOf(node['else_expr']),
    ])
  if (type === 'SUBQUERY') return outputsOf(node['subquery'])[0] ?? NOTHING
  const called = String(node['function_name']).toLowerCase()
  if (ALIKE_FUNCTIONS.has(called)) return merged(nodesOf(children).map(flowOf))
  return PASSING.has(called) ? flowOf(nodesOf(children)[0]) : NOTHING
}

function textOf(value: unknown): Flow {
  const { type, value: text } = Object(value) as Node
  return Object(type).id === 'VARCHAR' && typeof text === 'string' ? { names: [], texts: [text] } : NOTHING
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function nodesOf(value: unknown): Node[] {
  return listOf(value).filter(isNode)
}
