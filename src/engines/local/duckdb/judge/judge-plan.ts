import { TABLE_FUNCTIONS } from '../functions.ts'
import { isNode, listOf, nodesOf } from '../query-flow.ts'
import type { Node } from '../query-flow.ts'
import type { BoundPlan } from './bound-plan.ts'
import { noFindings } from './findings.ts'
import type { Findings } from './findings.ts'
import { ExpressionJudge } from './judge-expressions.ts'
import type { Scope } from './judge-expressions.ts'
import { anyOf, columnOrigin, given, isSame } from './origins.ts'
import type { Origin } from './origins.ts'
import { NotFollowed } from './plan-shape.ts'
import { SpellingJudge } from './spelling.ts'
import type { JudgedColumn } from './spelling.ts'

/** The table that the columns of `input` with values stand in while a query is judged, in their order. */
export const JUDGED_TABLE = 'judged'

/** One column that an operator gives. */
export interface Output {
  readonly origin: Origin
  /** The table and the place in it by which expressions may refer to it. */
  readonly binding: string
}

/** What a query does with the texts of its rows. Error: `NotFollowed`. */
export function judgePlan(plan: BoundPlan, columns: readonly JudgedColumn[]): PlanJudge {
  const judge = new PlanJudge(plan, columns)
  judge.outputsOf(plan.root)
  return judge
}

/** What a join finds, besides its left side. */
const LEFT_ONLY = new Set<unknown>(['SEMI', 'ANTI'])
const BOTH_SIDES = new Set<unknown>(['INNER', 'LEFT', 'RIGHT', 'FULL', 'SINGLE'])
export class PlanJudge {
  readonly findings: Findings = noFindings()
  /** Columns of each operator. */
  readonly known = new Map<Node, readonly Output[]>()
  /** The operators of which each part that has a name is made, by its index. */
  private readonly parts = new Map<number, readonly Origin[]>()
  /** What the rows that a part of the query is correlated with are made of, innermost last. */
  private readonly correlated: (readonly Origin[])[] = []
  private readonly spelling: SpellingJudge
  private readonly expressions: ExpressionJudge
  private readonly places: readonly number[]
  private readonly harmless: ReadonlySet<Node>

  constructor(plan: BoundPlan, columns: readonly JudgedColumn[]) {
    this.places = columns.flatMap(({ isEmpty }, column) => (isEmpty ? [] : [column]))
    this.spelling = new SpellingJudge(columns, this.findings)
    this.expressions = new ExpressionJudge(plan, this.spelling, this.findings)
    this.harmless = ordersOfResult(plan.root)
  }

  /** The columns that an operator gives, after its own expressions and those below it are judged. */
  outputsOf(node: Node): readonly Output[] {
    const outputs = this.follow(node)
    this.known.set(node, outputs)
    return outputs
  }

  private follow(node: Node): readonly Output[] {
    const { type } = node
    const children = nodesOf(node['children'])
    const below = () => children.flatMap((child) => [...this.outputsOf(child)])
    const expressions = node['expressions']
    switch (type) {
      case 'LOGICAL_GET':
        return this.ofTable(node, below())
      case 'LOGICAL_DUMMY_SCAN':
        return numbered(node['table_index'], [given])
      case 'LOGICAL_CHUNK_GET':
        return numbered(
          node['table_index'],
          listOf(node['chunk_types']).map(() => given),
        )
      case 'LOGICAL_PROJECTION':
        return numbered(node['table_index'], this.all(expressions, below()))
      case 'LOGICAL_FILTER': {
        const outputs = below()
        this.all(expressions, outputs)
        return chosen(outputs, node['projection_map'])
      }
      case 'LOGICAL_AGGREGATE_AND_GROUP_BY':
        return this.ofGroups(node, below())
      case 'LOGICAL_WINDOW': {
        const outputs = below()
        return [...outputs, ...numbered(node['window_index'], this.all(expressions, outputs))]
      }
      case 'LOGICAL_UNNEST': {
        const outputs = below()
        return [...outputs, ...numbered(node['unnest_index'], this.all(expressions, outputs))]
      }
      case 'LOGICAL_ORDER_BY': {
        const outputs = below()
        this.orderAll(node['orders'], outputs, this.harmless.has(node))
        return chosen(outputs, node['projection_map'])
      }
      case 'LOGICAL_DISTINCT': {
        const outputs = below()
        const targets = new Set(nodesOf(node['distinct_targets']).map(placeOf))
        this.all(node['distinct_targets'], outputs)
        // Rows of which one is chosen are alike in these.
        const orders = nodesOf(Object(node['order_by']).orders)
        const choosing = orders.filter(({ expression }) => !targets.has(placeOf(expression)))
        this.orderAll(choosing, outputs, false)
        return outputs
      }
      case 'LOGICAL_LIMIT': {
        const outputs = below()
        for (const key of ['limit_val', 'offset_val'])
          this.all([Object(node[key]).expression].filter(isNode), outputs)
        return outputs
      }
      case 'LOGICAL_CROSS_PRODUCT':
      case 'LOGICAL_POSITIONAL_JOIN':
        return below()
      case 'LOGICAL_COMPARISON_JOIN':
      case 'LOGICAL_ASOF_JOIN':
      case 'LOGICAL_DELIM_JOIN':
      case 'LOGICAL_ANY_JOIN':
        return this.ofJoin(node)
      case 'LOGICAL_DELIM_GET':
        return numbered(node['table_index'], this.ofCorrelated(node))
      case 'LOGICAL_EXPRESSION_GET':
        return this.ofValues(node, below())
      case 'LOGICAL_UNION':
      case 'LOGICAL_EXCEPT':
      case 'LOGICAL_INTERSECT':
        return this.ofSets(node)
      case 'LOGICAL_MATERIALIZED_CTE': {
        const [part, rest] = two(children)
        this.parts.set(indexOf(node['table_index']), originsOf(this.outputsOf(part)))
        return this.outputsOf(rest)
      }
      case 'LOGICAL_RECURSIVE_CTE':
        return this.ofRecursion(node)
      case 'LOGICAL_CTE_REF': {
        const origins = this.parts.get(indexOf(node['cte_index']))
        if (origins === undefined) throw new NotFollowed('A part of the query is not known.')
        return numbered(node['table_index'], origins)
      }
      default:
        throw new NotFollowed(`The operator ${String(type)} is not known.`)
    }
  }

  private all(expressions: unknown, outputs: readonly Output[]): Origin[] {
    return nodesOf(expressions).map((expression) => this.expressions.follow(expression, scopeOf(outputs)))
  }

  private orderAll(orders: unknown, outputs: readonly Output[], isHarmless: boolean): void {
    if (isHarmless)
      this.all(
        nodesOf(orders).map(({ expression }) => expression),
        outputs,
      )
    else this.expressions.orderAll(orders, scopeOf(outputs))
  }

  private ofTable(node: Node, below: readonly Output[]): readonly Output[] {
    const { name, function_data: of, column_indexes: indexes, projected_input: projected } = node
    if (Object(of).table === JUDGED_TABLE) {
      const columns = nodesOf(indexes).map(({ index }) => {
        const column = this.places[indexOf(index)]
        const type = listOf(node['returned_types'])[indexOf(index)]
        if (column === undefined || !isNode(type)) throw new NotFollowed('A column is not known.')
        this.spelling.types.set(column, type)
        return columnOrigin(column)
      })
      return numbered(node['table_index'], columns)
    }
    if (typeof name !== 'string' || !TABLE_FUNCTIONS.has(name))
      throw new NotFollowed(`The table function ${String(name)} is not known.`)
    const made = listOf(node['returned_types']).map(() =>
      below.length === 0 ? given : anyOf(originsOf(below)),
    )
    const passed = listOf(projected).map((place) => {
      const output = below[Number(place)]
      if (output === undefined) throw new NotFollowed('A column of a table function is not known.')
      return output.origin
    })
    return numbered(node['table_index'], [...made, ...passed])
  }

  private ofGroups(node: Node, outputs: readonly Output[]): readonly Output[] {
    const { groups, expressions, group_index: group, aggregate_index: aggregate } = node
    const functions = listOf(node['grouping_functions']).map(() => given)
    return [
      ...numbered(group, this.all(groups, outputs)),
      ...numbered(aggregate, this.all(expressions, outputs)),
      ...numbered(node['groupings_index'], functions),
    ]
  }

  private ofJoin(node: Node): readonly Output[] {
    const { join_type: kind, mark_index: mark, conditions, condition } = node
    const [left, right] = two(nodesOf(node['children']))
    const ofLeft = this.outputsOf(left)
    const targets = this.all(node['duplicate_eliminated_columns'], ofLeft)
    const isCorrelated = node['type'] === 'LOGICAL_DELIM_JOIN'
    if (isCorrelated) this.correlated.push(targets)
    const ofRight = this.outputsOf(right)
    if (isCorrelated) this.correlated.pop()
    for (const one of nodesOf(conditions)) {
      if (one['comparison'] === undefined) throw new NotFollowed('A condition of a join is not known.')
      this.expressions.compare(
        one['left'],
        one['comparison'],
        one['right'],
        scopeOf(ofLeft),
        scopeOf(ofRight),
      )
    }
    this.all([condition].filter(isNode), [...ofLeft, ...ofRight])
    if (kind === 'MARK') return [...ofLeft, ...numbered(mark, [given])]
    if (LEFT_ONLY.has(kind)) return ofLeft
    if (!BOTH_SIDES.has(kind)) throw new NotFollowed(`The join ${String(kind)} is not known.`)
    return [...ofLeft, ...ofRight]
  }

  private ofCorrelated(node: Node): readonly Origin[] {
    const origins = this.correlated.at(-1)
    if (origins === undefined || origins.length !== listOf(node['chunk_types']).length)
      throw new NotFollowed('What a part of the query is correlated with is not known.')
    return origins
  }

  private ofValues(node: Node, outputs: readonly Output[]): readonly Output[] {
    const rows = listOf(node['expressions']).map((row) => this.all(row, outputs))
    const columns = listOf(node['expr_types']).map((_, place) =>
      anyOf(rows.map((row) => row[place] ?? given)),
    )
    return numbered(node['table_index'], columns)
  }

  /** Of two queries with the same columns. */
  private ofSets(node: Node): readonly Output[] {
    const sides = nodesOf(node['children']).map((child) => originsOf(this.outputsOf(child)))
    const [first = []] = sides
    if (sides.some((side) => side.length !== first.length))
      throw new NotFollowed('The columns of two queries differ.')
    for (const side of sides)
      for (const [place, origin] of side.entries()) this.spelling.checkAlike(first[place] ?? given, origin)
    return numbered(
      node['table_index'],
      first.map((_, place) => anyOf(sides.map((side) => side[place] ?? given))),
    )
  }

  /** A part that reads itself: what it is made of grows until nothing comes to it. */
  private ofRecursion(node: Node): readonly Output[] {
    if (listOf(node['key_targets']).length > 0 || listOf(node['payload_aggregates']).length > 0)
      throw new NotFollowed('A part that reads itself by a key is not known.')
    const [first, again] = two(nodesOf(node['children']))
    const index = indexOf(node['table_index'])
    let origins = originsOf(this.outputsOf(first))
    for (;;) {
      this.parts.set(index, origins)
      const more = originsOf(this.outputsOf(again))
      for (const [place, origin] of more.entries()) this.spelling.checkAlike(origins[place] ?? given, origin)
      const all = origins.map((origin, place) => anyOf([origin, more[place] ?? given]))
      const isWhole = all.every((origin, place) => isSame(origin, origins[place] ?? given))
      origins = all
      if (isWhole) return numbered(index, origins)
    }
  }
}

/** The orders that only decide in which order the whole result is given. */
function ordersOfResult(root: Node): ReadonlySet<Node> {
  const found = new Set<Node>()
  for (let node: Node | undefined = root; node !== undefined;) {
    const { type } = node
    const [child, rest]: Node[] = nodesOf(node['children'])
    if (type === 'LOGICAL_ORDER_BY') found.add(node)
    const isOn = type === 'LOGICAL_DISTINCT' && node['distinct_type'] === 'DISTINCT_ON'
    if (type === 'LOGICAL_MATERIALIZED_CTE') node = rest
    else if (PASSED_OVER.has(type) && !isOn) node = child
    else return found
  }
  return found
}

const PASSED_OVER = new Set<unknown>(['LOGICAL_PROJECTION', 'LOGICAL_ORDER_BY', 'LOGICAL_DISTINCT'])

/** The place of a column that an expression is; all others are unlike each other. */
function placeOf(expression: unknown): unknown {
  const { expression_class: kind, index } = Object(expression) as Node
  return kind === 'BOUND_REF' ? indexOf(index) : expression
}

/** An index that is 0 is left out of a plan. */
export function indexOf(index: unknown): number {
  return typeof index === 'number' ? index : 0
}

function numbered(table: unknown, origins: readonly Origin[]): Output[] {
  return origins.map((origin, column) => ({ origin, binding: `${indexOf(table)}.${column}` }))
}

function originsOf(outputs: readonly Output[]): Origin[] {
  return outputs.map(({ origin }) => origin)
}

function chosen(outputs: readonly Output[], map: unknown): readonly Output[] {
  const places = listOf(map).map(Number)
  if (places.length === 0) return outputs
  return places.map((place) => {
    const output = outputs[place]
    if (output === undefined) throw new NotFollowed('A column of an operator is not known.')
    return output
  })
}

function scopeOf(outputs: readonly Output[]): Scope {
  return (reference) => {
    const output = outputs[placeIn(outputs, reference)]
    if (output === undefined) throw new NotFollowed('What an expression refers to is not known.')
    return output.origin
  }
}

/** The place that an expression refers to; -1 where there is none. */
export function placeIn(
  outputs: readonly Output[],
  { expression_class: kind, index, binding }: Node,
): number {
  if (kind === 'BOUND_REF') return indexOf(index)
  const { table_index: table, column_index: column } = Object(binding) as Node
  return outputs.findIndex((output) => output.binding === `${indexOf(table)}.${indexOf(column)}`)
}

function two(nodes: readonly Node[]): [Node, Node] {
  const [one, other] = nodes
  if (one === undefined || other === undefined || nodes.length > 2)
    throw new NotFollowed('An operator does not have two parts.')
  return [one, other]
}
