import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { bindQuery } from '../../src/engines/local/duckdb/judge/bound-plan.ts'
import { columnsLive, partsByOrder } from '../../src/engines/local/duckdb/judge/columns-live.ts'
import { JUDGED_TABLE, judgePlan } from '../../src/engines/local/duckdb/judge/judge-plan.ts'
import { previewFiles } from '../../src/engines/local/duckdb/preview-files.ts'
import type { QueriedRows } from '../../src/engines/local/duckdb/locked-query.ts'
import { checkQuery } from '../../src/engines/local/duckdb/query-check.ts'
import { withSession } from '../../src/engines/local/duckdb/session.ts'
import { orderWarning } from '../../src/members/row-order.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { Workbench } from './workbench.ts'

/** What a query does by the order of rows, which files do not give, is known before it runs; and nothing else is taken for it. */

queriesRunHere()

const QUERIES: readonly [query: string, ...parts: string[]][] = [
  ['SELECT email FROM input LIMIT 5', 'LIMIT'],
  ['SELECT email FROM input OFFSET 2', 'LIMIT'],
  ['SELECT email FROM input LIMIT 10%', 'LIMIT'],
  ['SELECT email FROM input LIMIT (SELECT 3)', 'LIMIT'],
  ['SELECT email FROM input ORDER BY n LIMIT 5 OFFSET 2'],
  ['SELECT email FROM (SELECT email, n FROM input ORDER BY n) LIMIT 3'],
  ['SELECT email FROM (SELECT email, n FROM input ORDER BY n) WHERE n > 1 LIMIT 3', 'LIMIT'],
  ['SELECT email FROM (SELECT email, n FROM input LIMIT 3) ORDER BY n', 'LIMIT'],
  ['WITH c AS (SELECT * FROM input LIMIT 9) SELECT email FROM c UNION SELECT w FROM c', 'LIMIT'],
  ['SELECT email FROM input WHERE n IN (SELECT n FROM input LIMIT 3)', 'LIMIT'],
  ['SELECT (SELECT email FROM input j WHERE i.n = j.n LIMIT 1) AS email FROM input i', 'LIMIT'],
  ['SELECT (SELECT email FROM input j WHERE i.n = j.n ORDER BY w LIMIT 1) AS email FROM input i'],
  ['SELECT email FROM input LIMIT 0'],
  ['SELECT email FROM input OFFSET 0'],
  ['SELECT max(email) AS email FROM input LIMIT 1'],
  ['SELECT email FROM input WHERE EXISTS (SELECT w FROM input WHERE n > 3)'],
  ['SELECT email FROM input WHERE (SELECT count(*) FROM (SELECT w FROM input LIMIT 5)) > 4'],
  ['SELECT email FROM input WHERE n = (SELECT max(n) FROM input)'],
  ["SELECT email FROM input WHERE n = (SELECT n FROM input WHERE w = 'one')"],
  ['SELECT first(email) AS email, count(*) FROM input', 'first'],
  ['SELECT any_value(email) AS email FROM input GROUP BY w', 'any_value'],
  ['SELECT arbitrary(email) AS email, last(w) FROM input GROUP BY n', 'arbitrary'],
  ['SELECT max(email) AS email FROM input GROUP BY w HAVING last(n) > 3', 'last'],
  ['SELECT any_value(email ORDER BY n) AS email FROM input GROUP BY w'],
  ['SELECT email, any_value(w) FROM input GROUP BY email'],
  ['SELECT any_value(email) AS email FROM input GROUP BY email'],
  ["SELECT string_agg(email, '') AS email FROM input GROUP BY w", 'string_agg'],
  ['SELECT (list(email))[1] AS email FROM input GROUP BY w', 'list'],
  ['SELECT list_extract(array_agg(email ORDER BY n), 1) AS email FROM input GROUP BY w'],
  ['SELECT unnest(list(email)) AS email FROM input GROUP BY w'],
  ["SELECT email FROM input GROUP BY email HAVING list_contains(list(w), 'a')"],
  ['SELECT email FROM input QUALIFY row_number() OVER () = 1', 'row_number'],
  ['SELECT email FROM input QUALIFY row_number() OVER (PARTITION BY w) = 1', 'row_number'],
  ['SELECT email FROM input QUALIFY row_number() OVER (PARTITION BY email) = 1'],
  ['SELECT email FROM input WHERE n > 1 QUALIFY row_number() OVER (PARTITION BY email ORDER BY n) = 1'],
  ['SELECT email FROM input QUALIFY rank() OVER () = 1'],
  ['SELECT email FROM input QUALIFY ntile(2) OVER () = 1', 'ntile'],
  ['SELECT email FROM input QUALIFY lag(w) OVER () IS NULL', 'lag'],
  ['SELECT first_value(email) OVER (PARTITION BY w) AS email FROM input', 'first_value'],
  ['SELECT first_value(email ORDER BY n) OVER (PARTITION BY w) AS email FROM input'],
  ['SELECT any_value(email) OVER (PARTITION BY w) AS email FROM input', 'any_value'],
  ['SELECT email FROM input QUALIFY sum(n) OVER () > 3'],
  ['SELECT email FROM input QUALIFY sum(n) OVER (ROWS 2 PRECEDING) > 3', 'sum over ROWS'],
  ['SELECT email, row_number() OVER () AS k FROM input'],
  ['SELECT DISTINCT ON (w) email FROM input', 'DISTINCT ON'],
  ['SELECT DISTINCT ON (w) email FROM input ORDER BY w', 'DISTINCT ON'],
  ['SELECT DISTINCT ON (w) email FROM input ORDER BY w, n'],
  ['SELECT DISTINCT ON (w) email FROM input ORDER BY upper(email)'],
  ['SELECT DISTINCT ON (email) email, w FROM input'],
  ['SELECT DISTINCT email FROM input'],
  ["SELECT email FROM (PIVOT input ON w IN ('a', 'b') USING sum(n) GROUP BY email) WHERE a > 3"],
  ['SELECT email FROM input EXCEPT ALL SELECT w FROM input'],
  ['SELECT a.email FROM input a POSITIONAL JOIN (SELECT n AS k FROM input) WHERE k > 3', 'POSITIONAL JOIN'],
  ['SELECT CAST(email AS VARCHAR) AS email FROM input WHERE CAST(n AS DOUBLE) > 1.5 LIMIT 5', 'LIMIT'],
  ['SELECT any_value(email) AS email FROM input GROUP BY w LIMIT 5', 'LIMIT', 'any_value'],
]

/** Columns that decide which addresses a query gives: `email`, `n` and `w` are 0, 1 and 2. */
const READ: readonly [query: string, ...columns: number[]][] = [
  ["SELECT a.email FROM input a, (SELECT 1 AS k FROM input WHERE w = 'x') b", 0, 2],
  ['SELECT email FROM input, (SELECT max(w) AS m FROM input) b', 0],
  ['SELECT email FROM (SELECT DISTINCT email, w FROM input)', 0],
  [
    'SELECT email FROM (SELECT DISTINCT email, w FROM input) QUALIFY count(*) OVER (PARTITION BY email) > 1',
    0,
    2,
  ],
]

it('is found in the bound plan of a query, as are the columns that decide which addresses there are', async () => {
  await using bench = await Workbench.open()
  const { signal } = new AbortController()
  const column = { isEmpty: false, isSpelled: true, isLoose: false }
  const found: (readonly string[])[] = []
  const read: (readonly unknown[])[] = []
  await withSession({ limits: defaultLimits, tempDir: bench.dir, signal }, async (session) => {
    await session.run(`CREATE TABLE ${JUDGED_TABLE} (c0 VARCHAR, c1 BIGINT, c2 VARCHAR)`)
    await session.run(`CREATE VIEW input AS SELECT c0 AS email, c1 AS n, c2 AS w FROM ${JUDGED_TABLE}`)
    const planOf = async (sql: string) => {
      const query = await checkQuery(session, sql)
      const plan = await bindQuery(session, query.sql, query.json)
      return { root: plan.root, judge: judgePlan(plan, [column, column, column]) }
    }
    for (const [sql] of QUERIES) {
      const { root, judge } = await planOf(sql)
      found.push([sql, ...[...partsByOrder(root, judge, [0])].toSorted()])
    }
    for (const [sql] of READ) {
      const { root, judge } = await planOf(sql)
      read.push([sql, ...[...columnsLive(root, judge, [0], 'which')].toSorted((one, other) => one - other)])
    }
  })
  expect(found).toEqual(QUERIES)
  expect(read).toEqual(READ)
})

it('is told by a preview and by a run, with the lines that are no rows', async () => {
  await using bench = await Workbench.open()
  const { signal } = new AbortController()
  const path = await bench.write('in.csv', 'email,n\na@b.test,1\nb@b.test,2,3\n')
  const query = 'SELECT email FROM input LIMIT 1'
  const options = { query, emailColumn: 'email', limits: defaultLimits, signal, cwd: '/' }
  const { rows } = await openSource({ ...options, from: [path] })
  const place = { limits: defaultLimits, tempDir: bench.dir, signal, rowsMax: 9, openColumns: null }
  expect(await previewFiles(rows as QueriedRows, place)).toMatchObject({ byOrder: ['LIMIT'], unreadable: 1 })
  const prepared = await bench.prepare(rows)
  expect(prepared).toMatchObject({ byOrder: ['LIMIT'], valid: 1, invalid: 1 })
  expect(orderWarning(prepared.byOrder)?.message).toBe(
    'Unordered rows: the query uses LIMIT without ORDER BY. Rows of files have no fixed order, so each run may choose different members.',
  )
  expect(orderWarning([])).toBeNull()
})
