import { randomBytes } from 'node:crypto'
import { nodesOf } from '../query-flow.ts'
import type { Node } from '../query-flow.ts'
import type { Session } from '../session.ts'
import { literal } from '../sql.ts'
import { NotFollowed, readPlan } from './plan-shape.ts'

/** A query as the engine has bound it: operators with their expressions, all columns and types resolved. */
export interface BoundPlan {
  readonly root: Node
  /** The expression within a mark that says that a cast stands in the query itself; null for any other expression. */
  markedIn(expression: Node): Node | null
}

/**
 * Binds a query without running it. A cast that the engine adds looks like one that stands in the query, and one of a text to a text
 * leaves no trace. So where there are casts in `json`, the tree of the query, a copy is bound in which each of them is marked. It has
 * to be bound in the same way. In the copy, the engine would write 1e3 as 1000.0, which is a DECIMAL: so that is marked too. Error:
 * `NotFollowed`.
 */
export async function bindQuery(session: Session, query: string, json: string): Promise<BoundPlan> {
  const plain = await planOf(session, query)
  if (!json.includes('"OPERATOR_CAST"')) return { root: plain, markedIn: () => null }
  const mark = `m${randomBytes(12).toString('hex')}`
  const tree = withMarks(JSON.parse(withNumbersKept(json)), mark)
  const [sql] = await session.run(
    `SELECT json_deserialize_sql(${literal(withNumbers(JSON.stringify(tree)))})`,
  )
  const marked = await planOf(session, String(sql?.[0]))
  const markedIn = (expression: Node) => insideMark(expression, mark)
  const [one, other] = [marked, plain].map((plan) =>
    JSON.stringify(withoutMarks(plan, { markedIn, numbers: new Map() })),
  )
  if (one !== other) throw new NotFollowed('The query with marks is bound differently.')
  return { root: marked, markedIn }
}

async function planOf(session: Session, query: string): Promise<Node> {
  const options = 'skip_null := true, skip_default := true, optimize := false'
  const [row] = await session.run(`SELECT json_serialize_plan(${literal(query)}, ${options})`)
  return readPlan(String(row?.[0]))
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

/** `struct_extract(struct_pack(mark := CAST(…)), mark)` for each cast, and for each DOUBLE of the query as a cast of its text. */
function withMarks(node: unknown, mark: string): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((child) => withMarks(child, mark))
  const copy: Node = Object.fromEntries(
    Object.entries(node).map(([key, child]) => [key, withMarks(child, mark)]),
  )
  const double = doubleIn(node as Node)
  if (copy['type'] !== 'OPERATOR_CAST' && double === null) return copy
  const isDouble = double !== null
  const own = isDouble ? `${mark}${OF_DOUBLE}` : mark
  const row = callOf('struct_pack', [{ ...(isDouble ? castOf(double) : copy), alias: own }])
  return { ...callOf('struct_extract', [row, textNode(own)]), alias: copy['alias'] }
}

/** Added to the mark of a DOUBLE. */
const OF_DOUBLE = 'd'

/** The digits of a DOUBLE that stands in a query; null for anything else. */
function doubleIn({ type, value }: Node): string | null {
  const { type: ofValue, value: own } = Object(type === 'VALUE_CONSTANT' ? value : null) as Node
  const { number } = Object(own) as Node
  return Object(ofValue).id === 'DOUBLE' && typeof number === 'string' ? number : null
}

function castOf(text: string): Node {
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    query_location: 0,
    child: textNode(text),
    cast_type: { id: 'DOUBLE', type_info: null },
    try_cast: false,
  }
}

function textNode(text: string): Node {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    query_location: 0,
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: text },
  }
}

function callOf(name: string, children: readonly unknown[]): Node {
  return {
    class: 'FUNCTION',
    type: 'FUNCTION',
    alias: '',
    query_location: 0,
    function_name: name,
    schema: '',
    children,
    filter: null,
    order_bys: { type: 'ORDER_MODIFIER', orders: [] },
    distinct: false,
    is_operator: false,
    export_state: false,
    catalog: '',
  }
}

function insideMark(expression: Node, mark: string): Node | null {
  if (expression['name'] !== 'struct_extract') return null
  const [row, name] = Array.isArray(expression['children']) ? (expression['children'] as Node[]) : []
  const own: unknown = Object(name?.['value']).value
  const isDouble = own === `${mark}${OF_DOUBLE}`
  if ((own !== mark && !isDouble) || row?.['name'] !== 'struct_pack') return null
  const [inside] = Array.isArray(row['children']) ? (row['children'] as Node[]) : []
  return isDouble ? doubleNode(inside) : (inside ?? null)
}

/** A DOUBLE as it stands in a plan without marks. */
function doubleNode(cast: unknown): Node {
  const digits: unknown = Object(Object(Object(cast).child).value).value
  const value = { type: { id: 'DOUBLE' }, is_null: false, value: Number(digits) }
  return { expression_class: 'BOUND_CONSTANT', type: 'VALUE_CONSTANT', value }
}

/** What differs between two texts of one query: where its parts stand, and what is named after them. */
const OF_THE_TEXT = new Set(['query_location', 'alias', 'names', 'input_table_names', 'bound_columns'])
/** Numbers that tables are given as they are met. */
const NUMBERS = /^(?:table|group|aggregate|groupings|window|unnest|mark|cte)_index$/

interface Reading {
  readonly markedIn: BoundPlan['markedIn']
  /** Numbers of tables, by those that the engine gave them. */
  readonly numbers: Map<unknown, number>
}

function withoutMarks(node: unknown, reading: Reading): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map((child) => withoutMarks(child, reading))
  const inside = reading.markedIn(node as Node) ?? insideNothing(node as Node, reading)
  if (inside !== null) return withoutMarks(inside, reading)
  const { numbers } = reading
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, child]): [string, unknown][] => {
      if (OF_THE_TEXT.has(key)) return []
      if (!NUMBERS.test(key)) return [[key, withoutMarks(child, reading)]]
      if (!numbers.has(child)) numbers.set(child, numbers.size)
      return [[key, numbers.get(child)]]
    }),
  )
}

/** What lies below a projection that changes nothing, such as the engine adds to a list of values that has a name; else null. */
function insideNothing({ type, children, expressions }: Node, { markedIn }: Reading): Node | null {
  const [child] = nodesOf(children)
  if (type !== 'LOGICAL_PROJECTION' || child === undefined) return null
  const below =
    child['type'] === 'LOGICAL_PROJECTION'
      ? child['expressions']
      : child['type'] === 'LOGICAL_EXPRESSION_GET'
        ? child['expr_types']
        : null
  const own = nodesOf(expressions).map((expression) => markedIn(expression) ?? expression)
  const isSame = own.every(
    ({ expression_class: kind, index = 0 }, place) => kind === 'BOUND_REF' && index === place,
  )
  return isSame && Array.isArray(below) && below.length === own.length ? child : null
}
