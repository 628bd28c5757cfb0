import { isNode, listOf, nodesOf } from '../query-flow.ts'
import type { Node } from '../query-flow.ts'
import {
  aggregateByOrder,
  DISTINCT_ON,
  isCutByOrder,
  isOneValue,
  LIMIT,
  plainPlaces,
  POSITIONAL_JOIN,
  windowByOrder,
} from './by-order.ts'
import { indexOf, JUDGED_TABLE, placeIn } from './judge-plan.ts'
import type { PlanJudge } from './judge-plan.ts'

/** What matters of rows: which there are, how often each is there as well, or their order too. */
export type Matter = 'which' | 'how often' | 'order'

/**
 * The columns of `input` that decide which rows a query gives, as far as it matters, and what the columns `results` of its result hold.
 * What only other columns of the result are made of is not among them.
 */
export function columnsLive(
  root: Node,
  judge: PlanJudge,
  results: readonly number[],
  matter: Matter,
): ReadonlySet<number> {
  const live = new Live(root, judge)
  live.need(root, new Set(results), matter)
  return live.columns
}

/**
 * What in a query goes by the order of rows, which files do not give, and decides which rows it gives or what the columns `results` of
 * its result hold. Rows that are alike in all that is needed of them may come in any order.
 */
export function partsByOrder(root: Node, judge: PlanJudge, results: readonly number[]): ReadonlySet<string> {
  const live = new Live(root, judge)
  live.need(root, new Set(results), 'which')
  return live.byOrder
}

class Live {
  readonly columns = new Set<number>()
  readonly byOrder = new Set<string>()
  private readonly judge: PlanJudge
  private readonly root: Node
  /** Operators of which there is one row below. */
  private readonly ofOne = new Set<Node>()
  /** What is needed of each part that has a name, by its index. */
  private readonly parts = new Map<number, Set<number>>()

  constructor(root: Node, judge: PlanJudge) {
    this.judge = judge
    this.root = root
  }

  need(node: Node, outputs: ReadonlySet<number>, matter: Matter): void {
    const children = nodesOf(node['children'])
    const [child, other] = children
    const pass = (needed: ReadonlySet<number>) => {
      if (child !== undefined) this.need(child, needed, PASSED_OVER.has(node['type']) ? matter : 'order')
    }
    const expressions = nodesOf(node['expressions'])
    const below = child === undefined ? 0 : this.countOf(child)
    const ownOf = (from: number) => expressions.filter((_, place) => outputs.has(from + place))
    switch (node['type']) {
      case 'LOGICAL_PROJECTION':
        if (isOneValue(node) && child !== undefined) this.ofOne.add(child)
        return pass(this.refs(ownOf(0), children))
      case 'LOGICAL_FILTER':
      case 'LOGICAL_ORDER_BY': {
        const map = listOf(node['projection_map']).map(Number)
        const kept = map.length === 0 ? outputs : [...outputs].map((place) => map[place] ?? place)
        const isPassed = node['type'] === 'LOGICAL_ORDER_BY' && matter !== 'order'
        const own = isPassed ? [] : [expressions, node['orders']]
        return pass(new Set([...kept, ...this.refs(own, children)]))
      }
      case 'LOGICAL_DISTINCT': {
        const isOn = node['distinct_type'] === 'DISTINCT_ON'
        const own = isOn || matter !== 'which' ? [node['distinct_targets'], node['order_by']] : []
        if (isOn) this.noteChoice(node, outputs)
        return pass(new Set([...outputs, ...this.refs(own, children)]))
      }
      case 'LOGICAL_AGGREGATE_AND_GROUP_BY': {
        const groups = nodesOf(node['groups'])
        for (const aggregate of this.ofOne.has(node) ? [] : ownOf(groups.length)) {
          const name = aggregateByOrder(aggregate, this.root)
          this.note(name, this.refs([aggregate['children']], children), plainPlaces(groups))
        }
        return pass(this.refs([groups, ownOf(groups.length)], children))
      }
      case 'LOGICAL_WINDOW':
      case 'LOGICAL_UNNEST': {
        const isWindow = node['type'] === 'LOGICAL_WINDOW'
        const own = isWindow ? ownOf(below) : expressions
        const needed = new Set([
          ...[...outputs].filter((place) => place < below),
          ...this.refs(own, children),
        ])
        for (const window of isWindow ? own : [])
          this.note(windowByOrder(window, this.root), needed, plainPlaces(window['partitions']))
        return pass(needed)
      }
      case 'LOGICAL_LIMIT':
        if (child !== undefined && !isOneRow(child) && isCutByOrder(node)) this.note(LIMIT, outputs)
        return pass(new Set([...outputs, ...this.refs([node['limit_val'], node['offset_val']], children)]))
      case 'LOGICAL_GET':
        if (Object(node['function_data']).table === JUDGED_TABLE)
          for (const place of outputs) this.add(node, place)
        else for (const each of children) this.needAll(each)
        return
      case 'LOGICAL_MATERIALIZED_CTE':
        if (child === undefined || other === undefined) return
        this.need(other, outputs, matter)
        return this.need(child, this.parts.get(indexOf(node['table_index'])) ?? new Set(), 'order')
      case 'LOGICAL_CTE_REF': {
        const index = indexOf(node['cte_index'])
        this.parts.set(index, new Set([...(this.parts.get(index) ?? []), ...outputs]))
        return
      }
      case 'LOGICAL_UNION':
        for (const each of children) this.need(each, outputs, 'order')
        return
      case 'LOGICAL_COMPARISON_JOIN':
      case 'LOGICAL_ASOF_JOIN':
      case 'LOGICAL_DELIM_JOIN':
      case 'LOGICAL_ANY_JOIN':
      case 'LOGICAL_CROSS_PRODUCT':
      case 'LOGICAL_POSITIONAL_JOIN':
        if (child === undefined || other === undefined) return
        if (node['type'] === 'LOGICAL_POSITIONAL_JOIN') this.note(POSITIONAL_JOIN, outputs)
        return this.needOfJoin(node, child, other, outputs, matter)
      default:
        for (const each of children) this.needAll(each)
    }
  }

  /** Notes that `part` goes by the order of rows, unless those are alike in what is `needed` of them. */
  private note(
    part: string | null,
    needed: ReadonlySet<number>,
    alike: ReadonlySet<number> = new Set<number>(),
  ): void {
    if (part !== null && !needed.isSubsetOf(alike)) this.byOrder.add(part)
  }

  /** Of rows that are alike in some columns one is chosen, the first in an order of others, if there is one. */
  private noteChoice(node: Node, outputs: ReadonlySet<number>): void {
    const targets = plainPlaces(node['distinct_targets'])
    const orders = nodesOf(Object(node['order_by']).orders).map(({ expression }) => expression)
    const isChosen = orders.some((expression) => {
      const places = plainPlaces([expression])
      return places.size === 0 || !places.isSubsetOf(targets)
    })
    if (!isChosen) this.note(DISTINCT_ON, outputs, targets)
  }

  private needOfJoin(
    node: Node,
    left: Node,
    right: Node,
    outputs: ReadonlySet<number>,
    matter: Matter,
  ): void {
    const count = this.countOf(left)
    const isAdding =
      ADDING.has(node['join_type']) || (node['type'] === 'LOGICAL_CROSS_PRODUCT' && isOneRow(right))
    if (isAdding && [...outputs].every((place) => place < count)) return this.need(left, outputs, matter)
    const conditions = nodesOf(node['conditions'])
    const both = this.refs([node['condition']], [left, right])
    const ofLeft = this.refs(
      [conditions.map((one) => one['left']), node['duplicate_eliminated_columns']],
      [left],
    )
    const ofRight = this.refs([conditions.map((one) => one['right'])], [right])
    for (const place of [...outputs, ...both])
      if (place < count) ofLeft.add(place)
      else if (node['join_type'] !== 'MARK') ofRight.add(place - count)
    this.need(left, ofLeft, 'order')
    this.need(right, ofRight, 'order')
  }

  private needAll(node: Node): void {
    this.need(node, new Set(Array.from({ length: this.countOf(node) }, (_, place) => place)), 'order')
  }

  private add(table: Node, place: number): void {
    for (const column of this.judge.known.get(table)?.[place]?.origin.columns ?? []) this.columns.add(column)
  }

  private countOf(node: Node): number {
    return this.judge.known.get(node)?.length ?? 0
  }

  /** The places of the columns of `children` that expressions refer to. What stands in a function of a list names its parts. */
  private refs(value: unknown, children: readonly Node[], found = new Set<number>()): Set<number> {
    if (Array.isArray(value)) for (const each of value) this.refs(each, children, found)
    if (!isNode(value)) return found
    if (value['expression_class'] === 'BOUND_REF' || value['expression_class'] === 'BOUND_COLUMN_REF') {
      const place = placeIn(
        children.flatMap((child) => this.judge.known.get(child) ?? []),
        value,
      )
      if (place >= 0) found.add(place)
    }
    for (const [key, each] of Object.entries(value))
      if (key !== 'function_data') this.refs(each, children, found)
    return found
  }
}

/** Whether an operator gives one row, whatever rows there are, as a subquery does that stands for a value. */
function isOneRow({ type, children, groups }: Node): boolean {
  if (type === 'LOGICAL_PROJECTION') return nodesOf(children).every(isOneRow)
  return type === 'LOGICAL_AGGREGATE_AND_GROUP_BY' && nodesOf(groups).length === 0
}

/** Joins that keep each row of their left side once, and add to it what they find. */
const ADDING = new Set<unknown>(['MARK', 'SINGLE'])

const PASSED_OVER = new Set<unknown>([
  'LOGICAL_PROJECTION',
  'LOGICAL_ORDER_BY',
  'LOGICAL_DISTINCT',
  'LOGICAL_FILTER',
])
