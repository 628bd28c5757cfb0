import { Client as PgClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inChildren, queriesRunHere } from '../support/queries-here.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService } from './support.ts'
import type { Client, Service } from './support.ts'
import { defectsIn, fresh, makeQuery, refusalOf } from './refusals.ts'
import type { Failure } from './refusals.ts'

/** Queries that write, reach out, never end or return too much get a clear error and harm nothing. */

queriesRunHere()

/** No machine is so busy that a query which ends by itself takes longer. */
const PREVIEW_TIMEOUT_MS = 180_000

let service: Service
let world: World
let admin: Client
let source: SourceDatabase
let sourceClient: PgClient

beforeAll(async () => {
  service = await openService({ limits: { previewTimeoutMs: PREVIEW_TIMEOUT_MS } })
  world = await openWorld(service)
  admin = world.admin

  source = await createSourceDatabase()
  sourceClient = new PgClient({ connectionString: source.admin })
  await sourceClient.connect()
  await sourceClient.query(`create table customers as select 'person1@example.com' as email, 1 as n`)
})

afterAll(async () => {
  await sourceClient.end()
  await service.close()
  await source.drop()
})

const queryOn = (dataSourceId: string, text: string): Promise<string> => makeQuery(admin, dataSourceId, text)

const refusal = (method: string, path: string, body: unknown, code?: string): Promise<string> =>
  refusalOf(admin, method, path, body, code)

async function databaseSource(): Promise<string> {
  const body = { kind: 'postgres', name: fresh(), url: source.url }
  return (await admin.ok<{ id: string }>('POST', '/data-sources', body)).id
}

test.each([
  ['SELECT email FROM customers WHERE n = $1', 'the parameter $1'],
  ['SELEC email FROM customers', 'SELECT, WITH, VALUES or TABLE'],
  ['SELECT email FROM customers /* to do', 'comment is opened and never closed'],
])('a draft that no database could run is not activated: %s', async (text, words) => {
  const id = await queryOn(await databaseSource(), text)
  const { version } = await admin.ok<{ version: number }>('GET', `/queries/${id}`)
  expect(await refusal('POST', `/queries/${id}/activate`, { version }, 'query_failed')).toContain(words)
})

describe('SQL that writes or reaches out is refused, and nothing changes', () => {
  test.each([
    'DELETE FROM customers',
    'SELECT email FROM customers; DELETE FROM customers',
    'WITH gone AS (DELETE FROM customers RETURNING email) SELECT email FROM gone',
    'CREATE TABLE stolen AS SELECT * FROM customers',
    'SELECT email INTO stolen FROM customers',
    'COPY customers TO PROGRAM $$true$$',
    'SELECT lo_creat(-1)::text AS email',
    "SELECT nextval('pg_catalog.none')",
    'COMMIT',
    'SELECT email FROM customers) AS q; COMMIT; DELETE FROM customers; SELECT (1',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM customers',
    'DO $$ BEGIN DELETE FROM customers; END $$',
    "SELECT set_config('transaction_read_only', 'off', false) AS email; DELETE FROM customers",
  ])('in a database: %s', async (text) => {
    const query = await queryOn(await databaseSource(), text)
    for (const what of ['preview', 'count'])
      expect(await admin.fails('POST', `/queries/${query}/${what}`, {}), what).toBe('query_failed')
    const { rows } = await sourceClient.query<{ tables: number; rows: number }>(
      `select (select count(*)::int from pg_tables where schemaname = 'public') as tables,
        (select count(*)::int from customers) as rows`,
    )
    expect(rows).toEqual([{ tables: 1, rows: 1 }])
  })

  test.each([
    'DELETE FROM input',
    "COPY input TO 'stolen.csv'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "SELECT content FROM read_text('/etc/passwd')",
    "ATTACH 'stolen.db'",
    'INSTALL httpfs',
    "SET memory_limit = '1TB'",
    "SELECT getenv('HOME') AS email",
    'SELECT 1; SELECT 2',
    'CREATE TABLE stolen AS SELECT * FROM input',
    'PRAGMA database_list',
    'CALL duckdb_settings()',
  ])('over files: %s', async (text) => {
    const query = await queryOn(await world.make.dataSource(), text)
    expect(await admin.fails('POST', `/queries/${query}/preview`, {})).toBe('query_failed')
    expect(await admin.fails('POST', `/queries/${query}/count`, {})).toBe('query_failed')
  })
})

/**
 * What a preview or a count says, which end by themselves. What these texts ask for keeps the processor busy for all of the time it
 * is given, which is therefore less than elsewhere, and yet enough for a process to start.
 */
async function tried(query: string, ...asked: readonly ('preview' | 'count')[]): Promise<string[]> {
  const { limits } = service.platform
  Object.assign(limits, { previewTimeoutMs: 2_000 })
  try {
    const said: string[] = []
    for (const what of asked) {
      const { body } = await admin.request<Failure>('POST', `/queries/${query}/${what}`, {})
      said.push(body.error?.message ?? 'done')
    }
    return said
  } finally {
    Object.assign(limits, { previewTimeoutMs: PREVIEW_TIMEOUT_MS })
  }
}

const STOPPED = expect.stringContaining('limit previewTimeoutMs') as string

/** Queries that run in the data source. */
async function active(): Promise<number> {
  const { rows } = await sourceClient.query(
    `select 1 from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state = 'active'`,
  )
  return rows.length
}

describe('a query that never ends is stopped when its time is up', () => {
  test.each([
    'SELECT pg_sleep(600)::text AS email',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i)::text AS email FROM n',
  ])('in a database, which is left alone: %s', async (text) => {
    expect(await tried(await queryOn(await databaseSource(), text), 'preview', 'count')).toEqual([
      STOPPED,
      STOPPED,
    ])
    await expect.poll(active).toBe(0)
  })

  test(
    'over files, and the next one is served',
    inChildren(async () => {
      const text = 'SELECT count(*)::VARCHAR AS email FROM range(1000000) a, range(1000000) b'
      const query = await queryOn(await world.make.dataSource(), text)
      expect(await tried(query, 'preview', 'count')).toEqual([STOPPED, STOPPED])
      const next = await queryOn(await world.make.dataSource(), 'SELECT email FROM input')
      await admin.ok('POST', `/queries/${next}/preview`, {})
    }),
  )
})

describe('a result far larger than what is shown', () => {
  interface Shown {
    readonly rows: readonly unknown[]
    readonly rowCount: number | null
  }

  test.each([
    ['in a database', databaseSource, 'SELECT generate_series(1, 100000000)::text AS email'],
    [
      'in a database, very wide',
      databaseSource,
      `SELECT repeat('x', 5000000) AS email FROM generate_series(1, 3)`,
    ],
    ['over files', () => world.make.dataSource(), 'SELECT range::VARCHAR AS email FROM range(100000000)'],
    [
      'over files, very wide',
      () => world.make.dataSource(),
      `SELECT repeat('x', 5000000) AS email FROM range(3)`,
    ],
  ])(
    '%s is cut to it',
    inChildren(async (_, dataSource, text) => {
      const query = await queryOn(await dataSource(), text)
      const { status, body } = await admin.request<Shown>('POST', `/queries/${query}/preview`, {})
      expect(status, JSON.stringify(body)).toBe(200)
      expect(body.rows.length).toBeLessThanOrEqual(100)
      expect(JSON.stringify(body).length).toBeLessThan(200_000)
      // Counting all of it may take longer than anybody waits.
      const [counted] = await tried(query, 'count')
      expect(['done', STOPPED]).toContainEqual(counted)
    }),
  )
})

test.each([
  ['in a database', databaseSource, 'SELECT email, email FROM customers'],
  [
    'in a database, in other capitals',
    databaseSource,
    'SELECT email AS "EMAIL", email AS "Email" FROM customers',
  ],
  ['over files', () => world.make.dataSource(), 'SELECT email, email FROM input'],
])('two columns "email" are told in the preview and stop a run: %s', async (_, dataSource, text) => {
  const query = await queryOn(await dataSource(), text)
  const preview = await admin.ok<{ emailColumnProblem: string }>('POST', `/queries/${query}/preview`, {})
  expect(preview.emailColumnProblem).toContain('2 columns')
})

test('nothing here was a defect', () => {
  expect(defectsIn(service.log())).toEqual([])
})
