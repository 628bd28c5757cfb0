import { sqlName } from '../../base/column-name.ts'
import {
  ALIKE_FUNCTIONS,
  EQUALITIES,
  flowOf,
  functionOf,
  givenWithin,
  isNode,
  listOf,
  MEMBERSHIPS,
  merged,
  nodesOf,
  NOTHING,
  outputsOf,
  valuesOf,
} from './query-flow.ts'
import type { Flow, Node } from './query-flow.ts'

/** Values that a query compares with each other for equality. */
export interface Compared {
  /** Columns, and names that the query gives, in lower case. */
  readonly names: readonly string[]
  /** Those of them that are columns, or it is not known what they stand for. */
  readonly notGiven: readonly string[]
  /** Texts that stand in the query. */
  readonly texts: readonly string[]
}

/** A text that no type is written as: stands for a use that texts alone have. */
const ANY_TEXT = ''

/**
 * What a query compares for equality with what, from its tree: columns, names that stand for them or for texts, and texts. Where
 * a function takes texts alone, it counts as a comparison too.
 */
export function comparedTexts(tree: unknown): Compared[] {
  const found = new Groups()
  visit(tree, found)
  return found.all()
}

class Groups {
  private readonly comparisons: Flow[] = []
  private isJoinedByName = false
  private readonly meanings = new Map<string, Flow[]>()

  /** Values that are compared with each other. */
  link(flows: readonly Flow[]): void {
    this.comparisons.push(merged(flows))
  }

  /** All names that the query gives may stand for columns of a join by their names. */
  linkGiven(): void {
    this.isJoinedByName = true
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
    const joined = this.isJoinedByName ? [...this.meanings.keys()] : []
    for (const comparison of [...this.comparisons, ...joined.map((name) => ({ names: [name], texts: [] }))]) {
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

/** All of whose operands have one type. */
const ALIKE: ReadonlySet<unknown> = new Set([...MEMBERSHIPS, 'OPERATOR_COALESCE'])
/** Functions that look for values among those of a list. */
const OF_HELD =
  /^(?:contains|(?:list|array)_(?:contains|has|has_all|has_any|position|indexof|intersect)|map_(?:contains|contains_value|extract|extract_value)|element_at)$/
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
  const called = functionOf(node)
  if (EQUALITIES.has(type)) linkValues([node['left'], node['right']], found)
  if (ALIKE.has(type) || ALIKE_FUNCTIONS.has(called) || OF_HELD.test(called))
    linkValues(valuesOf(node), found)
  if (type === 'FUNCTION' && OF_TEXTS.has(called)) {
    const [first] = valuesOf(node)
    found.link([flowOf(first), { names: [], texts: [ANY_TEXT] }])
  }
  if (type === 'CASE_EXPR') found.link([flowOf(node)])
  if (type === 'SUBQUERY' && 'subquery_type' in node && isNode(node['child'])) {
    const outputs = outputsOf(node['subquery'])
    const values = isRow(node['child']) ? valuesOf(node['child']) : [node['child']]
    for (const [place, value] of values.entries()) found.link([flowOf(value), outputs[place] ?? NOTHING])
  }
  if (node['ref_type'] === 'NATURAL') found.linkGiven()
  for (const name of listOf(node['using_columns']))
    found.link([{ names: [sqlName(String(name))], texts: [] }])
  for (const item of nodesOf(node['select_list'])) found.give(item['alias'], flowOf(item))
  for (const [name, flow] of givenWithin(node)) found.give(name, flow)
  giveNames(node, found)
}

/** Values of rows are compared each with those of its place. */
function linkValues(values: readonly unknown[], found: Groups): void {
  const rows = values.filter(isRow).map(valuesOf)
  if (rows.length < values.length) found.link(values.map(flowOf))
  else
    for (const place of rows[0]?.keys() ?? [])
      linkValues(
        rows.map((row) => row[place]),
        found,
      )
}

function isRow(value: unknown): value is Node {
  return isNode(value) && ROWS.has(functionOf(value))
}

const ROWS = new Set(['row', 'struct_pack'])

/** Names by their place: of the columns of a table, of a part of the query, and of the two sides of a set operation. */
function giveNames(node: Node, found: Groups): void {
  const { subquery, query } = node
  const outputs = outputsOf(subquery ?? query ?? node)
  for (const [place, name] of listOf(node['column_name_alias']).entries()) found.give(name, outputs[place])
  for (const [place, name] of listOf(node['aliases']).entries()) found.give(name, outputs[place])
  if (node['type'] === 'TABLE_FUNCTION')
    for (const flow of outputs) for (const name of ['unnest', node['alias']]) found.give(name, flow)
  if (Array.isArray(node['values']))
    for (const [place, flow] of outputs.entries()) found.give(`col${place}`, flow)
  if (isNode(node['left']) && isNode(node['right'])) for (const flow of outputs) found.link([flow])
}
