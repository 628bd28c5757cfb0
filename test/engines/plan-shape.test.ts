import { beforeAll, describe, expect, it } from 'vitest'
import { DuckDBInstance } from '@duckdb/node-api'
import { judgePlan, JUDGED_TABLE } from '../../src/engines/local/duckdb/judge/judge-plan.ts'
import { NotFollowed, readPlan } from '../../src/engines/local/duckdb/judge/plan-shape.ts'
import { unknownPart } from '../../src/engines/local/duckdb/query-shape.ts'
import { literal } from '../../src/engines/local/duckdb/sql.ts'

/** A plan holds what is known of it, or the query is refused: each place of real plans is given something that is not known. */

/** Together they have every operator and every expression that a plan may hold. */
const QUERIES = [
  "SELECT w || 'x', CAST(n AS DOUBLE) FROM input WHERE n > 5 AND w IN ('a', 'b') OR NOT (n IS NULL) ORDER BY w COLLATE NOCASE LIMIT 3",
  "SELECT CASE WHEN n > 1 THEN w ELSE 'k' END FROM input LIMIT (SELECT 1)",
  'SELECT list(w ORDER BY n) FILTER (n > 1), quantile_cont(n, 0.5), grouping(w) FROM input GROUP BY ROLLUP (w)',
  `SELECT lag(w, 1, 'x') OVER (PARTITION BY n ORDER BY w), first(w ORDER BY n) OVER (),
    count(*) FILTER (n > 1) OVER (ORDER BY n ROWS BETWEEN n PRECEDING AND 2 FOLLOWING) FROM input`,
  "SELECT list_transform([w], v -> v || 'a'), list_aggr([n], 'max'), {'a': [w]}, MAP {1: 'a'} FROM input",
  'SELECT unnest([w]) FROM input',
  'SELECT DISTINCT ON (w) k FROM input, unnest([n]) u(k), range(3) ORDER BY w, n',
  'SELECT a.w FROM input a JOIN input b ON a.n > b.n ASOF JOIN input c ON a.n >= c.n POSITIONAL JOIN input d',
  "SELECT a.w FROM input a LEFT JOIN input b ON a.w LIKE b.w || '%'",
  'SELECT w FROM input a WHERE n IN (SELECT n FROM input b WHERE b.w = a.w)',
  'SELECT w FROM input UNION SELECT w FROM input EXCEPT SELECT w FROM input INTERSECT SELECT w FROM input',
  "WITH c AS MATERIALIZED (FROM input), v(k) AS (VALUES ('a'), ('b')) SELECT w FROM c, v",
  'WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 9) SELECT i FROM r',
  'DESCRIBE input',
]

type Node = Record<string, unknown>
const plans: string[] = []
const trees: string[] = []

beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`CREATE TABLE ${JUDGED_TABLE} (c0 VARCHAR, c1 BIGINT)`)
  await connection.run(`CREATE VIEW input AS SELECT c0 AS w, c1 AS n FROM ${JUDGED_TABLE}`)
  for (const query of QUERIES) {
    const options = 'skip_null := true, skip_default := true, optimize := false'
    const read = await connection.runAndReadAll(`SELECT json_serialize_plan(${literal(query)}, ${options})`)
    plans.push(String(read.getRows()[0]?.[0]))
    const parsed = await connection.runAndReadAll(`SELECT json_serialize_sql(${literal(query)})`)
    trees.push(String(parsed.getRows()[0]?.[0]))
  }
  connection.closeSync()
  instance.closeSync()
})

const column = { isEmpty: false, isSpelled: true, isLoose: false }

function follow(json: string): void {
  judgePlan({ root: readPlan(json), markedIn: () => null }, [column, column])
}

/** Whether a plan is refused. */
function isRefused(json: string): boolean {
  try {
    follow(json)
    return false
  } catch (error) {
    if (!(error instanceof NotFollowed)) throw error
    return true
  }
}

/** Whether the tree of a query is refused. */
function isUnknown(json: string): boolean {
  return unknownPart(statementOf(json)) !== null
}

const statementOf = (json: string): unknown => JSON.parse(json).statements[0]

/** Changes one place after the other; the places where nothing was refused. `change` says what it changed, or null. */
function acceptedAfter(
  change: (node: Node) => string | null,
  texts: readonly string[],
  refuses: (json: string) => boolean,
): string[] {
  const accepted: string[] = []
  const tried = new Set<string>()
  for (const [number, json] of texts.entries())
    for (const [place, at] of placesIn(partsOf(JSON.parse(json))).entries()) {
      if (tried.has(at)) continue
      tried.add(at)
      const all = JSON.parse(json) as Node
      const changed = change(nodesIn(partsOf(all))[place] ?? {})
      if (changed !== null && !refuses(JSON.stringify(all))) accepted.push(`${QUERIES[number]}: ${changed}`)
    }
  return accepted
}

const partsOf = (all: Node): unknown => all['plans'] ?? all['statements']

/** What each object of a plan is: its kind, and what it is to the object around it. */
function placesIn(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((child) => placesIn(child, at))
  const node = value as Node
  const kind = ['expression_class', 'class', 'type', 'name', 'id'].map((key) => String(node[key])).join()
  const own = `${at}: ${kind}`
  return [own, ...childrenOf(node).flatMap(([key, child]) => placesIn(child, `${kind}.${key}`))]
}

function nodesIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap(nodesIn)
  return [value as Node, ...childrenOf(value as Node).flatMap(([, child]) => nodesIn(child))]
}

/** All but what a constant holds, which counts as any text where it is not known. */
function childrenOf(node: Node): [string, unknown][] {
  return Object.entries(node).filter(([key]) => key !== 'value' || !('is_null' in node))
}

/** Gives a property of each node that has it as a text another text. */
const renamed =
  (key: string, where: (node: Node) => boolean = () => true) =>
  (node: Node) => {
    if (typeof node[key] !== 'string' || !where(node)) return null
    const before = node[key]
    node[key] = 'UNKNOWN'
    return before
  }

const isCalled = (node: Node) =>
  ['BOUND_FUNCTION', 'BOUND_AGGREGATE'].includes(String(node['expression_class'])) ||
  node['type'] === 'WINDOW_AGGREGATE'
const isLogical = ({ type }: Node) => String(type).startsWith('LOGICAL_')

describe('a plan with something that is not known is refused:', () => {
  it('as they are, all are followed, and they hold every operator and expression that may be there', () => {
    for (const plan of plans) expect(() => follow(plan)).not.toThrow()
    const found = plans.flatMap((plan) => nodesIn(JSON.parse(plan).plans))
    expect(new Set(found.filter(isLogical).map(({ type }) => type)).size).toBe(25)
    expect(new Set(found.flatMap(({ expression_class: kind }) => kind ?? [])).size).toBe(12)
  })

  it.each<[string, (node: Node) => string | null]>([
    ['a key', (node) => ((node['unknown'] = 1), JSON.stringify(node).slice(0, 80))],
    ['an operator', renamed('type', isLogical)],
    ['a class of expressions', renamed('expression_class')],
    ['a function', renamed('name', isCalled)],
    ['a table function', renamed('name', ({ type, function_data: of }) => type === 'LOGICAL_GET' && !of)],
    ['a comparison', renamed('comparison')],
    ['a comparison of values', renamed('type', (node) => node['expression_class'] === 'BOUND_COMPARISON')],
    ['an operation', renamed('type', (node) => node['expression_class'] === 'BOUND_OPERATOR')],
    [
      'a window',
      renamed(
        'type',
        ({ expression_class: kind, type }) => kind === 'BOUND_WINDOW' && type !== 'WINDOW_AGGREGATE',
      ),
    ],
    ['a join', renamed('join_type')],
    ['a way to be distinct', renamed('distinct_type')],
    ['a limit', renamed('type', (node) => 'constant_percentage' in node)],
    ['a table', renamed('table')],
  ])('%s', (_, change) => {
    expect(acceptedAfter(change, plans, isRefused)).toEqual([])
  })

  it.each(['[]', '{}', '{"plans":[]}', '{"error":true}'])('no plan: %s', (json) => {
    expect(() => readPlan(json)).toThrow(NotFollowed)
  })
})

describe('a query with something in its tree that is not known is refused:', () => {
  it('as they are, all are known', () => {
    for (const tree of trees) expect(unknownPart(statementOf(tree))).toBeNull()
  })

  it.each<[string, (node: Node) => string | null]>([
    ['a key', (node) => ((node['unknown'] = 1), JSON.stringify(node).slice(0, 80))],
    ['a class of expressions', renamed('class')],
    ['a part', renamed('type', (node) => !('class' in node))],
  ])('%s', (_, change) => {
    expect(acceptedAfter(change, trees, isUnknown)).toEqual([])
  })
})
