import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { columnsNamed } from '../../src/engines/local/duckdb/columns-named.ts'
import { columnsOrdered } from '../../src/engines/local/duckdb/columns-ordered.ts'
import { bindQuery } from '../../src/engines/local/duckdb/judge/bound-plan.ts'
import { columnsLive } from '../../src/engines/local/duckdb/judge/columns-live.ts'
import { JUDGED_TABLE, judgePlan } from '../../src/engines/local/duckdb/judge/judge-plan.ts'
import { checkQuery } from '../../src/engines/local/duckdb/query-check.ts'
import { withSession } from '../../src/engines/local/duckdb/session.ts'
import { ask } from './ask.ts'
import { Workbench } from './workbench.ts'

/**
 * Random conditions over columns of numbers, dates and texts, in random forms of SQL, against a model of what a person means by them:
 * the rows are the same, or the query is refused. ROLLCALL_SWEEP=full asks 5,000 of them, ROLLCALL_SEEDS=N those of that seed.
 */

queriesRunHere()

const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const seed = process.env['ROLLCALL_SEEDS']

type Value = string | null

/** A condition on a value that stands in it as `v`, and whether a value meets it; null where it cannot tell. */
interface Condition {
  readonly sql: (v: string) => string
  readonly isMet: (value: string) => boolean | null
  /** A value that the condition compares for equality, as SQL. */
  readonly equal?: string | undefined
}

const PLAIN = /^[-+]?\d+(?:\.\d+)?$/
const ISO = /^\d{4}-\d\d?-\d\d?$/

/** The order of two values as numbers or dates; null where one of them is none. */
function byValue(one: string, other: string): number | null {
  if (PLAIN.test(one) && PLAIN.test(other)) return Number(one) - Number(other)
  if (ISO.test(one) && ISO.test(other)) return byLetters(padded(one), padded(other))
  return null
}

const padded = (date: string) =>
  date
    .split('-')
    .map((part) => part.padStart(2, '0'))
    .join('-')

const byLetters = (one: string, other: string) => (one < other ? -1 : Number(one > other))

const holds: Record<string, (order: number) => boolean> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
}
const orders = fc.constantFrom('<', '<=', '>', '>=')
const equalities = fc.constantFrom('=', '<>')

const contents = [
  ['7', '10', '-1', '150', '0'],
  ['7', '10.5', '0.6', '1.5', '150'],
  ['7', '007', '7.0', '+7', '10'],
  ['1.50', '7.00', '10.25'],
  ['9', '150', 'n/a', '60'],
  ['2024-01-05', '2023-12-31', '2024-02-01'],
  ['2024-01-05', '2024-1-5', '05.01.2024'],
  ['Bonn', 'Aachen', 'ulm', '7'],
  ['true', 'false', 't'],
]
const texts = fc.constantFrom(...new Set(contents.flat()), '50', '2024-01-10', 'K', '')
const numbers = fc.constantFrom('7', '10', '0', '1', '0.6', '10.5', '7.0', '50')
const dates = fc.constantFrom('2024-01-05', '2023-06-01')

const literal = (text: string) => `'${text}'`

const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.tuple(equalities, texts).map(([operator, text]) => ({
    sql: (v: string) => `${v} ${operator} ${literal(text)}`,
    isMet: (value: string) => holds[operator]?.(byLetters(value, text)) ?? null,
    equal: operator === '=' ? literal(text) : undefined,
  })),
  fc.tuple(fc.oneof(equalities, orders), numbers).map(([operator, number]) => ({
    sql: (v: string) => `${v} ${operator} ${number}`,
    isMet: (value: string) => {
      const order = byValue(value, number)
      return order === null ? null : (holds[operator]?.(order) ?? null)
    },
    equal: operator === '=' ? number : undefined,
  })),
  fc.tuple(fc.oneof(equalities, orders), dates).map(([operator, date]) => ({
    sql: (v: string) => `${v} ${operator} DATE ${literal(date)}`,
    isMet: (value: string) => {
      const order = ISO.test(value) ? byValue(value, date) : null
      return order === null ? null : (holds[operator]?.(order) ?? null)
    },
    equal: operator === '=' ? `DATE ${literal(date)}` : undefined,
  })),
  // A text stands for its place among numbers or dates, and for its letters beside any others.
  fc.tuple(orders, texts).map(([operator, text]) => ({
    sql: (v: string) => `${v} ${operator} ${literal(text)}`,
    isMet: (value: string) => {
      const isOfLetters = !PLAIN.test(text) && !ISO.test(text)
      const order = byValue(value, text) ?? (isOfLetters ? byLetters(value, text) : null)
      return order === null ? null : (holds[operator]?.(order) ?? null)
    },
  })),
  fc.tuple(texts, texts).map(([one, other]) => ({
    sql: (v: string) => `${v} IN (${literal(one)}, ${literal(other)})`,
    isMet: (value: string) => value === one || value === other,
  })),
  fc.tuple(numbers, numbers).map(([one, other]) => ({
    sql: (v: string) => `${v} NOT IN (${one}, ${other})`,
    isMet: (value: string) => {
      const found = new Set([one, other].map((number) => byValue(value, number)))
      return found.has(null) ? null : !found.has(0)
    },
  })),
  texts.map((text) => ({
    sql: (v: string) => `left(${v}, 2) = ${literal(text.slice(0, 2))}`,
    isMet: (value: string) => value.slice(0, 2) === text.slice(0, 2),
  })),
  texts.map((text) => ({
    sql: (v: string) => `contains(${v}, ${literal(text)})`,
    isMet: (value: string) => value.includes(text),
  })),
  fc.tuple(orders, texts).map(([operator, text]) => ({
    sql: (v: string) => `CAST(${v} AS VARCHAR) ${operator} ${literal(text)}`,
    isMet: (value: string) => holds[operator]?.(byLetters(value, text)) ?? null,
  })),
  fc.tuple(orders, numbers).map(([operator, number]) => ({
    sql: (v: string) => `replace(${v}, 'x', '') ${operator} ${literal(number)}`,
    isMet: (value: string) => {
      const order = byValue(value, number)
      return order === null ? null : (holds[operator]?.(order) ?? null)
    },
  })),
)

const where = (condition: string, from = 'input') => `SELECT email FROM ${from} WHERE ${condition}`

/** Ways to write one condition. */
const forms: readonly ((condition: Condition) => string)[] = [
  ({ sql }) => where(sql('x')),
  ({ sql }) => where(sql('x')),
  ({ sql }) => where(`(${sql('x')}) AND true`),
  ({ sql }) => where(`NOT NOT (${sql('x')})`),
  ({ sql }) => where(sql('i.x'), 'input i'),
  ({ sql }) => where(sql('try(x)')),
  ({ sql }) => where(sql('[x][1]')),
  ({ sql }) => where(sql("({'k': x}).k")),
  ({ sql }) => where(sql('MAP {1: x}[1]')),
  ({ sql }) => where(sql('coalesce(x, NULL)')),
  ({ sql }) => where(sql('CASE WHEN email IS NOT NULL THEN x END')),
  ({ sql }) => where(sql("COLUMNS('^x$')")),
  ({ sql }) => where(sql('(SELECT x)')),
  ({ sql }) => where(`CASE WHEN ${sql('x')} THEN true ELSE false END`),
  ({ sql }) => where(`list_filter([x], v -> ${sql('v')}) <> []`),
  ({ sql }) => where(`EXISTS (SELECT 1 FROM (SELECT x AS k) WHERE ${sql('k')})`),
  ({ sql }) => `WITH c(e, k) AS (SELECT email, x FROM input) SELECT e AS email FROM c WHERE ${sql('k')}`,
  ({ sql }) => `WITH c AS MATERIALIZED (FROM input) SELECT email FROM c WHERE ${sql('x')}`,
  ({ sql }) => `SELECT e AS email FROM input t(e, k) WHERE ${sql('k')}`,
  ({ sql }) => where(sql('value'), '(UNPIVOT input ON x)'),
  ({ sql }) => where(sql('k'), 'input, unnest([x]) u(k)'),
  ({ sql }) => where(sql('k'), 'input, LATERAL (SELECT x AS k)'),
  ({ sql }) => `SELECT email FROM input GROUP BY email HAVING ${sql('any_value(x)')}`,
  ({ sql }) => `SELECT email FROM input GROUP BY email HAVING ${sql('arbitrary(x)')}`,
  ({ sql }) => `SELECT email FROM input QUALIFY ${sql('first_value(x) OVER (PARTITION BY email)')}`,
  ({ sql }) => `SELECT i.email FROM input i JOIN input o ON i.email = o.email AND ${sql('o.x')}`,
  ({ sql }) =>
    `WITH RECURSIVE r AS (SELECT email, x, 1 AS i FROM input UNION ALL SELECT email, x, i + 1 FROM r WHERE i < 2) SELECT DISTINCT email FROM r WHERE ${sql('x')}`,
  ({ sql, equal }) =>
    equal === undefined ? where(sql('x')) : `SELECT email FROM input JOIN (SELECT ${equal} AS k) ON x = k`,
  ({ sql, equal }) =>
    equal === undefined ? where(sql('x')) : `SELECT email FROM input JOIN (SELECT ${equal} AS x) USING (x)`,
  ({ sql, equal }) =>
    equal === undefined ? where(sql('x')) : `SELECT email FROM input NATURAL JOIN (SELECT ${equal} AS x)`,
  ({ sql, equal }) => where(equal === undefined ? sql('x') : `x IN (SELECT ${equal})`),
  ({ sql, equal }) => where(equal === undefined ? sql('x') : `x = ANY([${equal}])`),
  ({ sql, equal }) => where(equal === undefined ? sql('x') : `list_contains([${equal}], x)`),
  ({ sql, equal }) => where(equal === undefined ? sql('x') : `(x, 1) = (${equal}, 1)`),
  ({ sql, equal }) => where(equal === undefined ? sql('x') : `CASE x WHEN ${equal} THEN true ELSE false END`),
  ({ sql, equal }) => where(equal === undefined ? sql('x') : `x IS NOT DISTINCT FROM ${equal}`),
]

const columns = fc.constantFrom(...contents).chain((values) =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom<Value>(...values) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
)

const fileOf = (values: readonly Value[]) =>
  `email,x\n${values.map((value, index) => `${'abcd'[index]}@b.test,${value ?? ''}\n`).join('')}`

async function outcome(values: readonly Value[], query: string): Promise<string> {
  try {
    const found = await ask({ 'in.csv': fileOf(values) }, query)
    return found.map((address) => address.charAt(0)).join('')
  } catch (error) {
    return String(Object(error).code)
  }
}

it('a query finds what a person means by it, or is refused', async () => {
  let answered = 0
  const isRight = fc.asyncProperty(
    columns,
    conditions,
    fc.constantFrom(...forms),
    async (values, condition, form) => {
      const query = form(condition)
      const found = await outcome(values, query)
      if (found === 'query_failed') return
      answered += 1
      const met = values.map((value) => (value === null ? false : condition.isMet(value)))
      const shown = `${query}: ${JSON.stringify(values)}`
      expect(met, `${shown} is refused`).not.toContain(null)
      expect(found, shown).toBe(['a', 'b', 'c', 'd'].filter((_, index) => met[index] === true).join(''))
    },
  )
  const numRuns = isFullSweep ? 5000 : 80
  await expect(
    fc.assert(isRight, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }),
  ).resolves.toBeUndefined()
  expect(answered / numRuns).toBeGreaterThan(0.4)
}, 7_200_000)

it.each([
  ['x', ['9', '10', '-1']],
  ['x DESC', ['9', '10.5', '-1']],
  ['x', ['2024-01-05', '2023-12-31']],
  ['x', ['Bonn', 'Aachen', 'ulm']],
])('%s', async (order, values) => {
  const places = values.toSorted((one, other) => byValue(one, other) ?? byLetters(one, other))
  const first = values.indexOf((order === 'x' ? places[0] : places.at(-1)) ?? '')
  expect(await outcome(values, `SELECT email FROM input ORDER BY ${order} LIMIT 1`)).toBe('abcd'[first])
})

/** Ways to put values of `x` in order. */
const ordering: readonly string[] = [
  ...['x', 'try(x)', '[x][1]', "({'k': x}).k", 'coalesce(x, NULL)', '(x, email)', "COLUMNS('^x$')"].map(
    (v) => `SELECT email FROM input ORDER BY ${v} LIMIT 1`,
  ),
  'SELECT max(x) AS email FROM input',
  'SELECT arg_max(email, x) AS email FROM input',
  'SELECT first(email ORDER BY x) AS email FROM input',
  'SELECT quantile_disc(x, 0.5) AS email FROM input',
  'SELECT email FROM input QUALIFY row_number() OVER (ORDER BY x) = 1',
  'SELECT DISTINCT ON (email) email FROM input ORDER BY email, x',
  'SELECT email FROM (SELECT email, x AS k FROM input ORDER BY k) LIMIT 1',
  "SELECT email FROM input WHERE list_sort([x, '5'])[1] = x OR greatest(x, '5') = x OR list_aggr([x], 'max') = x",
  "SELECT email FROM input QUALIFY count(*) FILTER (x > '5') OVER (PARTITION BY email) > 0",
  'WITH c(e, k) AS (SELECT email, x FROM input) SELECT e AS email FROM c ORDER BY k LIMIT 1',
  'SELECT map_keys(histogram(x))[1] AS email FROM input',
]

const NAMES = ['email', 'x', 'y']

/** The columns that are not among those that are known. */
function missing(known: ReadonlySet<string>, places: Iterable<number>): (string | undefined)[] {
  return known.has('*')
    ? []
    : Array.from(places, (place) => NAMES[place]).filter((name = '') => !known.has(name))
}

it('what the tree of a query says before it is bound covers what its plan says', async () => {
  await using bench = await Workbench.open()
  const { signal } = new AbortController()
  const column = { isEmpty: false, isSpelled: true, isLoose: false }
  let bound = 0
  await withSession({ limits: defaultLimits, tempDir: bench.dir, signal }, async (session) => {
    const isCovered = async (type: string, sql: string) => {
      await session.run(`CREATE OR REPLACE TABLE ${JUDGED_TABLE} (c0 VARCHAR, c1 ${type}, c2 VARCHAR)`)
      await session.run(
        `CREATE OR REPLACE VIEW input AS SELECT c0 AS email, c1 AS x, c2 AS y FROM ${JUDGED_TABLE}`,
      )
      const query = await checkQuery(session, sql)
      const plan = await bindQuery(session, query.sql, query.json).catch(() => null)
      if (plan === null) return
      bound += 1
      const judge = judgePlan(plan, [column, column, column])
      const { ordered } = columnsOrdered(query.statement)
      const { wanted } = columnsNamed(query.statement)
      const { placed, compared } = judge.findings
      const inOrder = new Set(placed)
      for (const one of compared) for (const place of one.columns) inOrder.add(place)
      const read = columnsLive(plan.root, judge, [0], 'which')
      const missed = {
        ordered: missing(ordered, inOrder),
        wanted: wanted === null ? [] : missing(wanted, read),
      }
      expect([sql, missed]).toEqual([sql, { ordered: [], wanted: [] }])
    }
    for (const sql of ordering) await isCovered('VARCHAR', sql)
    const types = fc.constantFrom('VARCHAR', 'BIGINT', 'DOUBLE', 'DATE')
    await fc.assert(
      fc.asyncProperty(types, conditions, fc.constantFrom(...forms), (type, condition, form) =>
        isCovered(type, form(condition)),
      ),
      { numRuns: isFullSweep ? 5000 : 100, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    )
  })
  expect(bound).toBeGreaterThan(80)
}, 7_200_000)
