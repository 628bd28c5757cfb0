import { sqlName } from '../../../base/column-name.ts'
import { APPLYING, COMPOSING, kindOf } from './functions.ts'
import {
  ANY_COLUMN,
  EQUALITIES,
  FLIPPED,
  flowOf,
  functionOf,
  givenWithin,
  isNode,
  listOf,
  MEMBERSHIPS,
  nodesOf,
  NOTHING,
  ORDERS,
  outputsOf,
  valuesOf,
} from './query-flow.ts'
import type { Flow, Node, Order } from './query-flow.ts'

/** What a query puts in order. All names are in lower case; `*` stands for any column. */
export interface OrderedColumns {
  /** Columns that are put in any order. */
  readonly ordered: ReadonlySet<string>
  /** Columns that are written as texts. */
  readonly spelled: ReadonlySet<string>
  /** Columns whose place beside texts of the query it asks for. */
  readonly orderedTexts: readonly OrderedTexts[]
}

export interface OrderedTexts {
  readonly names: readonly string[]
  readonly operator: Order
  readonly texts: readonly string[]
}

/** Types that no text is needed for. */
const NOT_OF_TEXT =
  /^(?:u?(?:tiny|small|big|huge)?int(?:eger|\d+)?|long|short|double|float\d?|real|decimal|numeric|dec|date|datetime|time.*|interval|bool.*|logical)$/i

/** The columns that a query puts in order, and what for, from its tree. */
export function columnsOrdered(tree: unknown): OrderedColumns {
  const finder = new Finder()
  finder.visit(tree, false)
  return finder.found()
}

/** A value in a part of the query, and whether that part reads the rows themselves, so that a name may stand for a column of them. */
interface Place {
  readonly flow: Flow
  readonly isOfInput: boolean
}

class Finder {
  private readonly given = new Map<string, Place[]>()
  /** The names that each `*` over the rows leaves out. */
  private readonly stars: ReadonlySet<string>[] = []
  private readonly uses: Place[] = []
  private readonly written: Place[] = []
  private readonly comparisons: { readonly left: Place; readonly operator: Order; readonly right: Place }[] =
    []

  visit(node: unknown, isOfInput: boolean): void {
    if (typeof node !== 'object' || node === null) return
    let isOfRows = isOfInput
    if (isNode(node)) {
      if (node['type'] === 'SELECT_NODE' && readsInput(node['from_table'])) isOfRows = true
      this.look(node, isOfRows)
    }
    for (const [key, child] of Object.entries(node)) {
      const isOfItsOwn = key === 'cte_map' || (key === 'subquery' && !('subquery_type' in node))
      this.visit(child, isOfItsOwn ? false : isOfRows)
    }
  }

  found(): OrderedColumns {
    const orderedTexts = this.comparisons.flatMap(({ left, operator, right }) => {
      const [one, other] = [this.resolved(left), this.resolved(right)]
      return [
        { names: one.names, operator, texts: other.texts },
        { names: other.names, operator: FLIPPED[operator], texts: one.texts },
      ]
    })
    const asked = orderedTexts.filter(({ names, texts }) => names.length > 0 && texts.length > 0)
    const namesOf = (uses: readonly Place[]) => uses.flatMap((use) => this.resolved(use).names)
    return {
      ordered: new Set([...namesOf(this.uses), ...asked.flatMap(({ names }) => names)]),
      spelled: new Set(namesOf(this.written)),
      orderedTexts: asked,
    }
  }

  private look(node: Node, isOfInput: boolean): void {
    const { type } = node
    this.lookAtComparison(node, isOfInput)
    this.lookAtEquality(node, isOfInput)
    const called = functionOf(node)
    const values = valuesOf(node)
    const kind = APPLYING.has(called) ? 'orders-first' : kindOf(called)
    if (kind === 'orders-first') this.use(values.slice(0, 1), isOfInput)
    if (kind === 'orders-second') this.use(values.slice(1, 2), isOfInput)
    if (kind === 'orders') this.use(values, isOfInput)
    const makesText = COMPOSING.has(called) || called.startsWith('json')
    const isWritten = makesText || (type === 'OPERATOR_CAST' && !NOT_OF_TEXT.test(typeOf(node)))
    if (isWritten)
      for (const value of [...values, node['child']]) this.written.push({ flow: flowOf(value), isOfInput })
    const ofFunction = isNode(node['order_bys']) ? node['order_bys']['orders'] : undefined
    // Those of a query know its columns.
    if (type !== 'ORDER_MODIFIER') this.use([...ordersOf(node['orders']), ...ordersOf(ofFunction)], isOfInput)
    this.lookAtResult(node, isOfInput)
    this.give(node, isOfInput)
  }

  private lookAtComparison(node: Node, isOfInput: boolean): void {
    const operator = ORDERS.get(node['type'])
    if (operator !== undefined) this.compare(node['left'], operator, node['right'], isOfInput)
    const ofSome = ORDERS.get(node['comparison_type'])
    if (ofSome !== undefined)
      this.compare(node['child'], ofSome, { type: 'SUBQUERY', subquery: node['subquery'] }, isOfInput)
    if (node['type'] !== 'COMPARE_BETWEEN' && node['type'] !== 'COMPARE_NOT_BETWEEN') return
    this.compare(node['input'], '>=', node['lower'], isOfInput)
    this.compare(node['input'], '<=', node['upper'], isOfInput)
  }

  /** What is equal to a number chooses by no order, but is a number as what is put in one. */
  private lookAtEquality(node: Node, isOfInput: boolean): void {
    if (!EQUALITIES.has(node['type']) && !MEMBERSHIPS.has(node['type'])) return
    const sides = [node['left'], node['right'], ...valuesOf(node)]
    if (!sides.some(isNumber)) return
    for (const side of sides) this.uses.push({ flow: flowOf(side), isOfInput })
  }

  private compare(left: unknown, operator: Order, right: unknown, isOfInput: boolean): void {
    const [one, other] = [
      { flow: flowOf(left), isOfInput },
      { flow: flowOf(right), isOfInput },
    ]
    this.comparisons.push({ left: one, operator, right: other })
    // For a place beside texts, the comparison itself is kept.
    if (!isText(other.flow)) this.uses.push(one)
    if (!isText(one.flow)) this.uses.push(other)
  }

  private lookAtResult(node: Node, isOfInput: boolean): void {
    const modifiers = nodesOf(node['modifiers'])
    for (const order of modifiers.flatMap(({ orders }) => ordersOf(orders)))
      for (const flow of flowsOfOrder(order, node)) this.uses.push({ flow, isOfInput })
  }

  private use(values: readonly unknown[], isOfInput: boolean): void {
    for (const value of values) this.uses.push({ flow: flowOf(value), isOfInput })
  }

  /** Names that the query gives to values, and those that it passes on. */
  private give(node: Node, isOfInput: boolean): void {
    for (const item of nodesOf(node['select_list'])) {
      const name = nameOf(item)
      if (name !== null) this.giveName(name, flowOf(item), isOfInput)
      if (item['type'] === 'STAR' && isOfInput) this.stars.push(leftOut(item))
      for (const { key, value } of nodesOf(item['replace_list'])) this.giveName(key, flowOf(value), isOfInput)
      for (const { key, value } of nodesOf(item['rename_list']))
        this.giveName(value, columnFlow(Object(key).column), isOfInput)
    }
    for (const [name, flow] of givenWithin(node)) this.giveName(name, flow, isOfInput)
    // The name of a table stands for whole rows of it.
    if (node['type'] === 'BASE_TABLE') this.giveName(node['alias'] || node['table_name'], ANY, isOfInput)
    // Columns that an UNPIVOT puts under each other have one name after it.
    if (node['type'] === 'PIVOT')
      for (const name of listOf(node['unpivot_names'])) this.giveName(name, unpivoted(node), true)
    const { subquery, query, column_name_alias: columns, aliases, values } = node
    const outputs = outputsOf(subquery ?? query ?? node)
    for (const names of [columns, aliases])
      for (const [place, name] of listOf(names).entries()) this.giveName(name, outputs[place] ?? ANY, true)
    if (node['type'] === 'TABLE_FUNCTION')
      for (const flow of outputs)
        for (const name of ['unnest', node['alias']]) this.giveName(name, flow, true)
    if (Array.isArray(values))
      for (const [place, flow] of outputs.entries()) this.giveName(`col${place}`, flow, true)
  }

  private giveName(name: unknown, flow: Flow, isOfInput: boolean): void {
    const key = sqlName(String(name))
    this.given.set(key, [...(this.given.get(key) ?? []), { flow, isOfInput }])
  }

  /** The columns that a value may be, and the texts: a name that the query gives is no column where the rows are not read. */
  private resolved(place: Place): Flow {
    const [names, texts, seen] = [new Set<string>(), new Set<string>(), new Set<string>()]
    const add = ({ flow, isOfInput }: Place): void => {
      for (const text of flow.texts) texts.add(text)
      for (const name of flow.names) {
        const given = this.given.get(name) ?? []
        if (isOfInput || given.length === 0 || this.stars.some((but) => !but.has(name))) names.add(name)
        if (seen.has(`${isOfInput} ${name}`)) continue
        seen.add(`${isOfInput} ${name}`)
        for (const meaning of given) add(meaning)
      }
    }
    add(place)
    return { names: [...names], texts: [...texts] }
  }
}

/** The columns that an UNPIVOT puts under each other: it names them by texts, or by an expression. */
function unpivoted({ pivots }: Node): Flow {
  const entries = nodesOf(pivots).flatMap(({ entries: each }) => nodesOf(each))
  if (entries.some(({ star_expr: star }) => isNode(star))) return ANY
  const named = entries.flatMap((entry) => nodesOf(entry['values']))
  return { names: named.map(({ value }) => sqlName(String(value))), texts: [] }
}

/** Whether a number stands in the query. */
function isNumber(value: unknown): boolean {
  if (!isNode(value) || value['type'] !== 'VALUE_CONSTANT') return false
  return /INT|DECIMAL|DOUBLE/.test(String(Object(Object(value['value']).type).id))
}

/** The type that a value is cast to. */
function typeOf({ cast_type: type }: Node): string {
  const { id, type_info: info } = Object(type) as Node
  return String(id === 'UNBOUND' ? Object(info).name : id)
}

const ANY: Flow = { names: [ANY_COLUMN], texts: [] }

function columnFlow(name: unknown): Flow {
  return { names: [sqlName(String(name))], texts: [] }
}

function isText({ names, texts }: Flow): boolean {
  return names.length === 0 && texts.length > 0
}

/** Whether a part of the query reads the table of the rows itself. */
function readsInput(from: unknown): boolean {
  if (!isNode(from)) return false
  if (from['type'] === 'BASE_TABLE') return sqlName(String(from['table_name'])) === 'input'
  return readsInput(from['left']) || readsInput(from['right'])
}

function ordersOf(orders: unknown): unknown[] {
  return nodesOf(orders).map(({ expression }) => expression)
}

/** The name that a column of a result has. */
function nameOf(item: Node): string | null {
  const { type, alias, column_names: column } = item
  if (typeof alias === 'string' && alias !== '') return alias
  return type === 'COLUMN_REF' ? String(listOf(column).at(-1)) : null
}

/** What a query orders its result by: a value, or a column of the result by its name or place. */
function flowsOfOrder(order: unknown, query: Node): Flow[] {
  if (!isNode(order)) return []
  const items = nodesOf(query['select_list'])
  const { type, value, column_names: names } = order
  if (type === 'VALUE_CONSTANT') {
    const place = Number(Object(value).value) - 1
    return [items.some((item) => item['type'] === 'STAR') ? ANY : (outputFlows(query)[place] ?? NOTHING)]
  }
  // One with an expression names columns of the rows.
  if (type === 'STAR') return isNode(order['expr']) ? [ANY] : items.map(flowOf)
  const [name] = listOf(names)
  const own = items.find((item) => listOf(names).length === 1 && isNamed(item, name))
  return [flowOf(own ?? order)]
}

function outputFlows(query: Node): Flow[] {
  return query['type'] === 'SELECT_NODE' ? nodesOf(query['select_list']).map(flowOf) : outputsOf(query)
}

function isNamed({ alias }: Node, name: unknown): boolean {
  return typeof alias === 'string' && sqlName(alias) === sqlName(String(name))
}

/** The columns that a `*` does not pass on as they are. */
function leftOut(star: Node): ReadonlySet<string> {
  const {
    exclude_list: excluded,
    qualified_exclude_list: qualified,
    replace_list: replaced,
    rename_list: renamed,
  } = star
  return new Set(
    [
      ...listOf(excluded),
      ...nodesOf(qualified).map(({ column }) => column),
      ...nodesOf(replaced).map(({ key }) => key),
      ...nodesOf(renamed).map(({ key }) => Object(key).column),
    ].map((name) => sqlName(String(name))),
  )
}
