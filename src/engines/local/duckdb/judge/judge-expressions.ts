import { EQUALITIES, FLIPPED, isNode, MEMBERSHIPS, nodesOf, ORDERS } from '../query-flow.ts'
import type { Node, Order } from '../query-flow.ts'
import type { BoundPlan } from './bound-plan.ts'
import { holdsTexts, leavesOf, nameOf, readAs, readsTruth, writesTexts } from './bound-types.ts'
import type { BoundType } from './bound-types.ts'
import type { Findings } from './findings.ts'
import { isNull, ofConstant } from './constants.ts'
import { APPLYING, CALCULATING, COMPOSING, kindOf, SEARCHING } from '../functions.ts'
import type { FunctionKind } from '../functions.ts'
import { anyOf, areTexts, computedFrom, given, isOfColumns, lettersOf } from './origins.ts'
import type { Origin } from './origins.ts'
import { NotFollowed } from './plan-shape.ts'
import { numberOf, RoundingJudge } from './rounding.ts'
import type { Side } from './rounding.ts'
import type { SpellingJudge } from './spelling.ts'

/** What an expression may refer to: an output of the operator below it. */
export type Scope = (reference: Node) => Origin

/** Of operators, those that give a truth value or nothing of what they are given. */
const TESTS = new Set<unknown>([
  'OPERATOR_NOT',
  'OPERATOR_IS_NULL',
  'OPERATOR_IS_NOT_NULL',
  'GROUPING_FUNCTION',
])
const PASSING_OPERATORS = new Set<unknown>(['OPERATOR_COALESCE', 'OPERATOR_TRY'])
const WINDOWS = new Map<unknown, FunctionKind>([
  ...['ROW_NUMBER', 'RANK', 'RANK_DENSE', 'PERCENT_RANK', 'CUME_DIST', 'NTILE', 'FILL'].map(
    (name): [string, FunctionKind] => [`WINDOW_${name}`, 'computes'],
  ),
  ...['FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE', 'LEAD', 'LAG'].map((name): [string, FunctionKind] => [
    `WINDOW_${name}`,
    'passes',
  ]),
])

/** How an expression stands in the one above it. */
interface Standing {
  /** Whether a text of the query stands there for a place in an order. */
  readonly isPlace?: boolean
  /** Whether it is made a part of a text. */
  readonly isComposed?: boolean
  /** Whether it is reckoned with, or what it is compared with is looked at as well: then it may be rounded. */
  readonly mayRound?: boolean
  readonly beside?: Origin
}

/** Follows the values of expressions, and notes what is done with texts on the way. */
export class ExpressionJudge {
  private readonly plan: BoundPlan
  private readonly spelling: SpellingJudge
  private readonly findings: Findings
  private readonly rounding: RoundingJudge

  constructor(plan: BoundPlan, spelling: SpellingJudge, findings: Findings) {
    this.plan = plan
    this.rounding = new RoundingJudge(findings)
    this.spelling = spelling
    this.findings = findings
  }

  /** Where the values of an expression come from. Error: `NotFollowed`. */
  follow(node: unknown, scope: Scope, standing: Standing = {}): Origin {
    if (!isNode(node)) return given
    const origin = this.followAny(node, scope, standing)
    // Only texts are ever computed texts.
    return origin.isComputed && !holdsTexts(this.typeOf(node))
      ? { ...origin, isComputed: false, isGiven: true }
      : origin
  }

  private followAny(node: Node, scope: Scope, standing: Standing): Origin {
    const marked = this.plan.markedIn(node)
    if (marked !== null) return this.followMarked(marked, scope)
    const all = (nodes: readonly unknown[]) => nodes.map((child) => this.follow(child, scope))
    const { expression_class: kind, type } = node
    switch (kind) {
      case 'BOUND_REF':
      case 'BOUND_COLUMN_REF':
        return scope(node)
      case 'BOUND_CONSTANT':
        return ofConstant(node['value'])
      case 'BOUND_CAST':
        return this.ofCast(node, scope, standing)
      case 'BOUND_COMPARISON':
        return this.compare(node['left'], type, node['right'], scope, scope)
      case 'BOUND_BETWEEN':
        return computedFrom([
          this.compare(node['input'], 'COMPARE_GREATERTHANOREQUALTO', node['lower'], scope, scope),
          this.compare(node['input'], 'COMPARE_LESSTHANOREQUALTO', node['upper'], scope, scope),
        ])
      case 'BOUND_CONJUNCTION':
        return computedFrom(all(nodesOf(node['children'])))
      case 'BOUND_OPERATOR':
        return this.ofOperator(node, scope)
      case 'BOUND_CASE': {
        const checks = nodesOf(node['case_checks'])
        all(checks.map((check) => check['when_expr']))
        return anyOf(this.together([...checks.map((check) => check['then_expr']), node['else_expr']], scope))
      }
      case 'BOUND_FUNCTION':
        return this.ofFunction(node, scope)
      case 'BOUND_AGGREGATE':
        return this.ofAggregate(node, scope)
      case 'BOUND_WINDOW':
        return this.ofWindow(node, scope)
      case 'BOUND_UNNEST':
        return this.follow(node['child'], scope)
      default:
        throw new NotFollowed(`Expressions of the class ${String(kind)} are not known.`)
    }
  }

  /** Notes that the rows are chosen by the order of values of a type. */
  order(origin: Origin, type: unknown): void {
    if (!holdsTexts(type)) return
    if (this.isUnknown(origin)) this.findings.computed.push(origin)
    for (const column of origin.columns) this.findings.placed.add(column)
  }

  /** The same for all items of an ORDER BY. */
  orderAll(orders: unknown, scope: Scope): Origin[] {
    return nodesOf(orders).map(({ expression }) => {
      const origin = this.follow(expression, scope)
      this.order(origin, this.typeOf(expression))
      return origin
    })
  }

  /** Two sides of a comparison, each with what it may refer to. */
  compare(left: unknown, comparison: unknown, right: unknown, ofLeft: Scope, ofRight: Scope): Origin {
    const operator = ORDERS.get(comparison)
    if (operator === undefined && !EQUALITIES.has(comparison))
      throw new NotFollowed(`The comparison ${String(comparison)} is not known.`)
    const [one, other] = this.sides(left, right, ofLeft, ofRight, operator !== undefined)
    this.rounding.compare(this.sideOf(left, one), this.sideOf(right, other))
    if (operator !== undefined) {
      const type = holdsTexts(this.typeOf(left)) ? this.typeOf(left) : this.typeOf(right)
      if (holdsTexts(type)) this.comparePlaces(one, operator, other, type)
    }
    return computedFrom([one, other])
  }

  private comparePlaces(one: Origin, operator: Order, other: Origin, type: unknown): void {
    const { compared } = this.findings
    if (this.isUnknown(one) || this.isUnknown(other)) this.findings.computed.push(anyOf([one, other]))
    else if (arePlaces(other, one)) compared.push({ columns: one.columns, operator, texts: other.texts })
    else if (arePlaces(one, other))
      compared.push({ columns: other.columns, operator: FLIPPED[operator], texts: one.texts })
    else for (const side of [one, other]) this.order(side, type)
  }

  /** Whether nothing is known of the letters of some values: they are computed, or lie in lists or rows of Parquet. */
  private isUnknown({ isComputed, columns }: Origin): boolean {
    return isComputed || [...columns].some((column) => isHolder(this.spelling.types.get(column)))
  }

  /** A text of the query is judged by what it stands beside, so that this is followed first. */
  private sides(
    left: unknown,
    right: unknown,
    ofLeft: Scope,
    ofRight: Scope,
    isPlace: boolean,
  ): [Origin, Origin] {
    const standing = { isPlace, mayRound: true }
    if (isCast(left)) {
      const other = this.follow(right, ofRight, standing)
      return [this.follow(left, ofLeft, { ...standing, beside: other }), other]
    }
    const one = this.follow(left, ofLeft, standing)
    return [one, this.follow(right, ofRight, { ...standing, beside: one })]
  }

  private followMarked(node: Node, scope: Scope): Origin {
    // A cast of a text to a text leaves nothing but what it was of.
    if (node['expression_class'] !== 'BOUND_CAST') {
      const origin = this.follow(node, scope)
      return isPlainText(this.typeOf(node)) ? lettersOf(origin) : origin
    }
    const origin = this.follow(node['child'], scope)
    const [from, to] = [this.typeOf(node['child']), node['return_type']]
    this.spelling.checkCast(origin, from, to)
    return isPlainText(to) ? lettersOf(origin) : computedFrom([origin])
  }

  private ofCast(node: Node, scope: Scope, standing: Standing): Origin {
    const { isPlace = false, isComposed = false, mayRound = false, beside = given } = standing
    const { child, return_type: to } = node
    const origin = this.follow(child, scope)
    const from = this.typeOf(child)
    if (this.spelling.isSpelled(origin) && !holdsTexts(from) && readsTruth(from, to))
      this.findings.read.push({ from: origin, beside, type: leavesOf(to)[0] ?? BOOLEAN })
    if (!isPlace) this.spelling.checkAlike(origin, beside)
    if (!mayRound) this.rounding.checkCast(this.sideOf(node, origin))
    const types = readAs(from, to)
    if (types.length === 0) {
      this.spelling.checkCast(origin, from, to)
      if (!writesTexts(from, to)) return origin
      if (!isComposed && !isOfColumns(origin)) this.findings.written.push(origin)
      return computedFrom([origin])
    }
    for (const type of types)
      if (areTexts(origin))
        for (const text of origin.texts) this.findings.readTexts.push({ text, type, isPlace, beside })
      else if (!isNull(child)) this.findings.read.push({ from: origin, beside, type })
    return computedFrom([origin])
  }

  private ofOperator(node: Node, scope: Scope): Origin {
    const { type } = node
    const nodes = nodesOf(node['children'])
    const origins = this.together(nodes, scope, { mayRound: MEMBERSHIPS.has(type) })
    if (MEMBERSHIPS.has(type)) {
      const [value, ...others] = nodes.map((child, place) => this.sideOf(child, origins[place] ?? given))
      if (value !== undefined) for (const other of others) this.rounding.compare(value, other)
    }
    if (TESTS.has(type) || MEMBERSHIPS.has(type)) return computedFrom(origins)
    if (PASSING_OPERATORS.has(type)) return anyOf(origins)
    throw new NotFollowed(`The operator ${String(type)} is not known.`)
  }

  /** Values that have one type: a text of the query is judged by what it stands beside, so that this is followed first. */
  private together(nodes: readonly unknown[], scope: Scope, standing: Standing = {}): Origin[] {
    const first = nodes.map((node) => (isCast(node) ? null : this.follow(node, scope)))
    const known = first.filter((origin) => origin !== null)
    return nodes.map((node, place) => {
      const origin = first[place] ?? this.follow(node, scope, { ...standing, beside: anyOf(known) })
      if (!known.includes(origin)) known.push(origin)
      return origin
    })
  }

  private ofFunction(node: Node, scope: Scope): Origin {
    const name = String(node['name'])
    const nodes = nodesOf(node['children'])
    const { lambda_expr: lambda, bind_data: bound } = Object(node['function_data']) as Node
    const applied = String(Object(Object(bound).aggr_expr).name)
    const isComposed = COMPOSING.has(name) || (APPLYING.has(name) && COMPOSING.has(applied))
    const kind = APPLYING.has(name) ? kindApplied(applied) : knownKind(name)
    const mayRound = !COMPARED.has(kind) && !SEARCHING.has(name)
    const origins = this.together(nodes, scope, { isPlace: CALCULATING.has(name), isComposed, mayRound })
    const [, forms = given] = origins
    if (name === 'strftime' && areTexts(forms) && [...forms.texts].every((form) => ISO_FORM.test(form)))
      return lettersOf(anyOf(origins))
    if (isNode(lambda)) return this.ofLambda(name, lambda, origins)
    this.spelling.checkFunction(name, kind, origins, this.typeOf(node))
    return this.apply(kind, nodes, origins)
  }

  /** A function of each value of a list may refer to any of them, to what it is called with besides, and to what it gave before. */
  private ofLambda(name: string, lambda: Node, origins: readonly Origin[]): Origin {
    const values = anyOf(origins)
    const result = this.follow(lambda, () => values)
    if (name.endsWith('filter')) return values
    if (/(?:apply|transform)$/.test(name)) return result
    const all = anyOf([values, result])
    return anyOf([all, this.follow(lambda, () => all)])
  }

  private apply(kind: FunctionKind, nodes: readonly Node[], origins: readonly Origin[]): Origin {
    const [first = given] = origins
    const order = (places: readonly number[]) => {
      for (const place of places) this.order(origins[place] ?? given, this.typeOf(nodes[place]))
    }
    switch (kind) {
      case 'passes':
        return anyOf(origins)
      case 'keeps':
        return origins.length === 1 ? first : computedFrom(origins)
      case 'letters':
        return lettersOf(anyOf(origins))
      case 'computes':
        return computedFrom(origins)
      case 'orders-first':
        order([0])
        return first
      case 'orders-second':
        order([1])
        return first
      case 'orders':
      default:
        order([...nodes.keys()])
        return anyOf(origins)
    }
  }

  private ofAggregate(node: Node, scope: Scope): Origin {
    this.follow(node['filter'], scope)
    this.orderAll(Object(node['order_bys']).orders, scope)
    return this.ofFunction(node, scope)
  }

  private ofWindow(node: Node, scope: Scope): Origin {
    const { type, partitions, orders, arg_orders: ofArguments } = node
    for (const part of nodesOf(partitions)) this.follow(part, scope)
    for (const key of ['filters', 'start_expr', 'end_expr', 'offset_expr']) this.follow(node[key], scope)
    this.orderAll(orders, scope)
    this.orderAll(ofArguments, scope)
    if (type === 'WINDOW_AGGREGATE') return this.ofFunction(node, scope)
    const kind = WINDOWS.get(type)
    if (kind === undefined) throw new NotFollowed(`The window ${String(type)} is not known.`)
    const nodes = [...nodesOf(node['children']), ...[node['default_expr']].filter(isNode)]
    return this.apply(
      kind,
      nodes,
      nodes.map((child) => this.follow(child, scope)),
    )
  }

  private sideOf(node: unknown, origin: Origin): Side {
    if (!isNode(node)) return { origin, from: undefined, to: null, number: null }
    const marked = this.plan.markedIn(node)
    const isOfEngine = marked === null && isCast(node)
    const inside = marked ?? node
    const value = isCast(inside) && isNode(inside['child']) ? inside['child'] : inside
    return {
      origin,
      from: this.typeOf(isOfEngine ? value : node),
      to: isOfEngine ? node['return_type'] : null,
      number: numberOf(value),
    }
  }

  /** The type of the value of an expression. */
  private typeOf(node: unknown): unknown {
    if (!isNode(node)) return undefined
    const marked = this.plan.markedIn(node)
    if (marked !== null) return this.typeOf(marked)
    const { expression_class: kind, return_type: type, value, type: operator, children } = node
    if (kind === 'BOUND_CONSTANT') return Object(value).type as unknown
    if (isNode(type)) return type
    if (kind === 'BOUND_COMPARISON' || kind === 'BOUND_BETWEEN' || kind === 'BOUND_CONJUNCTION')
      return BOOLEAN
    if (TESTS.has(operator) || MEMBERSHIPS.has(operator)) return BOOLEAN
    if (PASSING_OPERATORS.has(operator)) return this.typeOf(nodesOf(children)[0])
    return undefined
  }
}

const BOOLEAN: BoundType = { id: 'BOOLEAN' }

/** What functions give or put in order, instead of reckoning with it. */
const COMPARED = new Set<FunctionKind>(['passes', 'keeps', 'orders'])

function isPlainText(type: unknown): boolean {
  return leavesOf(type).some(({ id, type_info: info }) => id === 'VARCHAR' && !isNode(info))
}

function isCast(node: unknown): boolean {
  return isNode(node) && node['expression_class'] === 'BOUND_CAST'
}

/** A function that is applied to a list puts nothing but the list in order. */
function kindApplied(name: string): FunctionKind {
  const kind = knownKind(name)
  return kind.startsWith('orders') ? 'orders-first' : kind
}

function knownKind(name: string): FunctionKind {
  const kind = kindOf(name)
  if (kind === null) throw new NotFollowed(`The function ${name} is not known.`)
  return kind
}

/** Whether values of a column hold texts and are more than that. */
function isHolder(type: BoundType | undefined): boolean {
  return type !== undefined && holdsTexts(type) && type['id'] !== 'BLOB' && nameOf(type) !== nameOf(TEXT)
}

const TEXT: BoundType = { id: 'VARCHAR' }

/** Forms of dates whose letters have the order of the dates. */
const ISO_FORM = /^%Y(?:-?%m(?:-?%d(?:[ T]%H(?::?%M(?::?%S)?)?)?)?)?$/

/** Whether some values are texts of the query beside columns as they stand. */
function arePlaces(texts: Origin, values: Origin): boolean {
  return areTexts(texts) && !values.isComputed && values.columns.size > 0
}
