import { createHash } from 'node:crypto'
import { copyFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Client as PgClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService, setUp } from './support.ts'
import type { Client, Service } from './support.ts'

/** Bad input gets a clear error and loses nothing. */

const PREVIEW_TIMEOUT_MS = 500

let service: Service
let world: World
let admin: Client
let source: TestDatabase
let sourceClient: PgClient

beforeAll(async () => {
  service = await openService({
    limits: { previewTimeoutMs: PREVIEW_TIMEOUT_MS, requestBytesMax: 100_000, idempotencyKeepMs: 60_000 },
  })
  world = await openWorld(service)
  admin = world.admin
  source = await createTestDatabase({ migrated: false })
  sourceClient = new PgClient({ connectionString: source.url })
  await sourceClient.connect()
  await sourceClient.query(`create table customers as select 'person1@example.com' as email, 1 as n`)
})

afterAll(async () => {
  await sourceClient.end()
  await service.close()
  await source.drop()
})

interface Failure {
  readonly error: { readonly code: string; readonly message: string }
}

/** The message of an answer that must have failed with this code. */
async function refusal(
  method: string,
  path: string,
  body: unknown,
  code = 'request_invalid',
): Promise<string> {
  const { status, body: answer } = await admin.request<Failure>(method, path, body)
  expect(answer.error?.code, `${status} ${JSON.stringify(answer)}`).toBe(code)
  return answer.error.message
}

function defects(): string[] {
  const lines = service.log().split('\n')
  return lines.filter((line) => line.includes('a defect stopped'))
}

let made = 0
const fresh = (): string => `bad input ${(made += 1)}`

async function queryOn(dataSourceId: string, text: string, more: object = {}): Promise<string> {
  const draft = { sql: text, ...more }
  return (await admin.ok<{ id: string }>('POST', '/queries', { name: fresh(), dataSourceId, draft })).id
}

async function databaseSource(): Promise<string> {
  const body = { kind: 'postgres', name: fresh(), url: source.url }
  return (await admin.ok<{ id: string }>('POST', '/data-sources', body)).id
}

describe('an unknown field is refused with the nearest known one', () => {
  test.each([
    ['POST', '/credentials', { nmae: 'x' }, 'name'],
    ['POST', '/data-sources', { kind: 'files', name: 'x', fodler: '/x' }, 'folder'],
    ['POST', '/data-sources', { kind: 'postgres', name: 'x', ulr: 'x' }, 'url'],
    ['POST', '/destinations', { adAcountId: '1' }, 'adAccountId'],
    ['POST', '/destinations', { limits: { taskWaitMS: 1 } }, 'taskWaitMs'],
    ['POST', '/queries', { draft: { slq: 'x' } }, 'sql'],
    ['POST', '/queries', { thresholds: { warnBellow: 1 } }, 'warnBelow'],
    ['POST', '/orchestrations', { limits: { batchSiz: 1 } }, 'batchSize'],
    ['POST', '/alerts', { target: { ulr: 'x' } }, 'url'],
    ['POST', '/users', { polices: [] }, 'policies'],
    ['POST', '/api-keys', { expires: null }, 'expiresAt'],
    ['PATCH', '/queries/none', { version: 1, descripton: 'x' }, 'description'],
    ['GET', '/workflows?stat=failed', undefined, 'state'],
    ['GET', '/activity?objectTyp=query', undefined, 'objectType'],
  ])('%s %s %j', async (method, path, body, meant) => {
    expect(await refusal(method, path, body)).toContain(`Did you mean "${meant}"?`)
  })

  test('in every body there is', async () => {
    for (const { id, method, path, body } of service.routes) {
      const schema = body instanceof z.ZodDiscriminatedUnion ? (body.options[0] as z.ZodType) : body
      if (!(schema instanceof z.ZodObject)) continue
      const kind = schema === body ? {} : { kind: 'files' }
      for (const name of Object.keys(schema.shape)) {
        const typo = `${name}x`
        const said = await refusal(method, path.replaceAll(/\{\w+\}/g, 'none'), {
          ...kind,
          [typo]: 'x',
        })
        expect(said, id).toContain(`no field "${typo}". Did you mean "${name}"?`)
      }
    }
  })

  test('and none is taken for one that every object has', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const body = JSON.parse(`{"name":"x","${name}":{"policies":["datagrid_administrator"]}}`) as unknown
      expect(await refusal('POST', '/api-keys', body)).toContain(`"${name}"`)
      expect(await refusal('GET', `/users?${name}=x`, undefined)).toContain(`"${name}"`)
    }
  })
})

test.each([
  ['POST', '/credentials', { name: 7 }, 'name: '],
  ['POST', '/credentials', { name: null }, 'name: '],
  ['POST', '/credentials', [], 'The request: '],
  ['POST', '/credentials', 'text', 'The request: '],
  ['POST', '/credentials', {}, 'name is missing'],
  ['POST', '/destinations', { adminOnly: 'true' }, 'adminOnly: '],
  ['POST', '/destinations', { limits: { taskWaitMs: '5' } }, 'limits.taskWaitMs: '],
  ['POST', '/destinations', { limits: { taskWaitMs: 0 } }, 'limits.taskWaitMs: '],
  ['POST', '/orchestrations', { limits: { removalPercentMax: 101 } }, 'limits.removalPercentMax: '],
  ['POST', '/orchestrations', { limits: { batchSize: 1.5 } }, 'limits.batchSize: '],
  ['POST', '/users', { policies: ['datagrid_admin'] }, 'policies.0: '],
  ['POST', '/data-sources', { kind: 'file' }, 'kind: '],
  ['POST', '/alerts', { target: 'ops@example.com' }, 'target: '],
  ['PATCH', '/queries/none', { version: '1' }, 'version: '],
  ['PATCH', '/queries/none', { version: 0 }, 'version: '],
  ['PATCH', '/queries/none', { version: 2 ** 31 }, 'version: '],
  ['PATCH', '/queries/none', {}, 'version is missing'],
  ['GET', '/workflows?limit=0', undefined, 'limit: '],
  ['GET', '/workflows?limit=many', undefined, 'limit: '],
  ['GET', '/workflows?state=faild', undefined, 'state: '],
  ['GET', '/workflows?from=2026-02-31', undefined, 'from: '],
  ['GET', '/workflows?from=yesterday', undefined, 'from: '],
  ['GET', '/workflows?cursor=x', undefined, 'cursor '],
  ['GET', '/activity?cursor=-1', undefined, 'cursor '],
  ['POST', '/orchestrations/none/sample', { members: 0 }, 'members: '],
])('a wrong type is told with its place: %s %s %j', async (method, path, body, place) => {
  expect(await refusal(method, path, body)).toContain(place)
})

describe('a name that cannot be one', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['empty', '   '],
    ['over-long', 'x'.repeat(256)],
    ['over-long in characters of two units', '🙂'.repeat(256)],
    ['with a line break', 'two\nlines'],
    ['with a control character', 'bell\u0007'],
    ['with a C1 control character', 'next\u0085line'],
    ['with a line separator', 'line\u2028separator'],
    ['with a NUL', 'a\0b'],
    ['with half a character', 'half \ud800'],
  ]
  const of: readonly (readonly [string, (name: string) => object])[] = [
    ['/credentials', (name) => ({ name, appId: '1', appSecret: 's', refreshToken: 't' })],
    ['/data-sources', (name) => ({ kind: 'files', name, folder: '/x', files: ['x.csv'] })],
    ['/alerts', (name) => ({ name, events: ['workflow_failed'], target: { to: ['ops@example.com'] } })],
    ['/users', (name) => ({ name, email: 'named@example.com', policies: ['analyst'] })],
    ['/api-keys', (name) => ({ name, policies: ['analyst'] })],
  ]

  test.each(wrong)('%s is refused, and nothing is saved', async (_, name) => {
    const made = {
      query: { dataSourceId: await world.make.dataSource(), draft: { sql: 'SELECT 1' } },
      orchestration: {
        queryId: await world.make.query('active'),
        destinationId: await world.make.destination(),
      },
    }
    const bodies = [
      ...of,
      ['/queries', () => ({ name, ...made.query })] as const,
      ['/orchestrations', () => ({ name, listName: 'a list', ...made.orchestration })] as const,
      ['/orchestrations', () => ({ name: fresh(), listName: name, ...made.orchestration })] as const,
    ]
    for (const [path, body] of bodies) {
      const before = await admin.ok('GET', `${path}?limit=200`)
      expect(await refusal('POST', path, body(name)), path).toMatch(/name|character/)
      expect(await admin.ok('GET', `${path}?limit=200`)).toEqual(before)
    }
  })

  test('is not another one for the spaces around it', async () => {
    const name = fresh()
    const body = { kind: 'files', folder: '/x', files: ['x.csv'] }
    await admin.ok('POST', '/data-sources', { ...body, name })
    await refusal('POST', '/data-sources', { ...body, name: `\t ${name} ` }, 'name_taken')
  })
})

test('a text that cannot be stored is refused wherever it is, with its field', async () => {
  const dataSourceId = await world.make.dataSource()
  for (const half of ['\ud800', '\udfff', '\0']) {
    const query = { name: fresh(), dataSourceId, draft: { sql: `SELECT '${half}'` } }
    expect(await refusal('POST', '/queries', query)).toContain(
      '"sql" holds a character that cannot be stored',
    )
    const files = { kind: 'files', name: fresh(), folder: '/x', files: [`${half}.csv`] }
    expect(await refusal('POST', '/data-sources', files)).toContain('cannot be stored')
    expect(await refusal('POST', '/data-sources', { ...files, [half]: 1 })).toContain('cannot be stored')
  }
  expect(await refusal('GET', '/activity/export?objectId=%00', undefined)).toContain('"objectId"')
  expect(await refusal('GET', '/credentials/%00', undefined)).toContain('"id"')
})

test.each([
  'postgres://user:12/hidden@host/database',
  'postgres://user:12?hidden@host/database',
  'postgres://user:12#hidden@host/database',
  'postgres://user:hidden@host:port/database',
  'postgres://user:hidden@[::1/database',
  'postgres://user:hidden@host/%ff',
  'postgres://user:hidden@host/%0a',
  'mysql://user:hidden@host/database',
  'user:hidden@host/database',
])('an address of a database is refused without a word of its password: %s', async (url) => {
  const said = await refusal('POST', '/data-sources', { kind: 'postgres', name: fresh(), url })
  expect(said).not.toContain('hidden')
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

describe('a query that never ends is stopped when its time is up', () => {
  async function stopped(query: string): Promise<void> {
    for (const what of ['preview', 'count']) {
      const startedMs = performance.now()
      const { body } = await admin.request<Failure>('POST', `/queries/${query}/${what}`, {})
      expect(body.error.code).toBe('query_failed')
      expect(body.error.message).toContain('previewTimeoutMs')
      expect(performance.now() - startedMs).toBeLessThan(PREVIEW_TIMEOUT_MS + 5_000)
    }
  }

  test.each([
    'SELECT pg_sleep(600)::text AS email',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i)::text AS email FROM n',
    'SELECT count(*)::text AS email FROM generate_series(1, 100000) a, generate_series(1, 100000) b',
  ])('in a database, which is left alone: %s', async (text) => {
    await stopped(await queryOn(await databaseSource(), text))
    await expect
      .poll(async () => {
        const { rows } = await sourceClient.query(
          `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active'`,
        )
        return rows.length
      })
      .toBe(0)
  })

  test.each([
    'SELECT count(*)::VARCHAR AS email FROM range(1000000) a, range(1000000) b',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i)::VARCHAR AS email FROM n',
  ])('over files: %s', async (text) => {
    await stopped(await queryOn(await world.make.dataSource(), text))
    // The next one is served.
    const next = await queryOn(await world.make.dataSource(), 'SELECT email FROM input')
    await admin.ok('POST', `/queries/${next}/preview`, {})
  })
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
  ])('%s is cut to it', async (_, dataSource, text) => {
    const query = await queryOn(await dataSource(), text)
    const { status, body } = await admin.request<Shown>('POST', `/queries/${query}/preview`, {})
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.rows.length).toBeLessThanOrEqual(100)
    expect(JSON.stringify(body).length).toBeLessThan(200_000)
    const startedMs = performance.now()
    const counted = await admin.request<Failure>('POST', `/queries/${query}/count`, {})
    if (counted.status !== 200) expect(counted.body.error.code).toBe('query_failed')
    expect(performance.now() - startedMs).toBeLessThan(PREVIEW_TIMEOUT_MS + 5_000)
  })
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

describe('a schedule', () => {
  test.each([
    ['0 0 30 2 *', 'UTC', 'never due'],
    ['0 0 31 4,6,9,11 *', 'UTC', 'never due'],
    ['60 * * * *', 'UTC', 'minute'],
    ['* 24 * * *', 'UTC', 'hour'],
    ['* * * * 8', 'UTC', 'day of week'],
    ['* * * *', 'UTC', 'five fields'],
    ['* * * * * *', 'UTC', 'five fields'],
    ['@daily', 'UTC', 'five fields'],
    ['0 0 * * ?', 'UTC', 'not valid'],
    ['0 0 L * *', 'UTC', 'not valid'],
    ['*/0 * * * *', 'UTC', 'not valid'],
    ['5-1 * * * *', 'UTC', 'not valid'],
    ['0 2 * * *', 'Europe/Berlim', 'Did you mean "Europe/Berlin"?'],
    ['0 2 * * *', 'berlin', 'Did you mean "Europe/Berlin"?'],
    ['0 2 * * *', '+02:00', 'no time zone'],
    ['0 2 * * *', '', 'no time zone'],
  ])('"%s" in "%s" is refused, said and saved', async (cron, timeZone, said) => {
    const query = new URLSearchParams({ cron, timeZone }).toString()
    expect(await refusal('GET', `/orchestrations/describe-schedule?${query}`, undefined)).toContain(said)
    const orchestration = await world.make.orchestration()
    const edit = { version: 1, automatic: true, cron, timeZone }
    expect(await refusal('PATCH', `/orchestrations/${orchestration}`, edit)).toContain(said)
    expect(await admin.ok('GET', `/orchestrations/${orchestration}`)).toMatchObject({
      version: 1,
      automatic: false,
    })
  })

  test('of an automatic orchestration is needed', async () => {
    const orchestration = await world.make.orchestration()
    const edit = { version: 1, automatic: true }
    expect(await refusal('PATCH', `/orchestrations/${orchestration}`, edit)).toContain('needs a schedule')
  })
})

test('what is in use is not deleted, and its users are named', async () => {
  const ids = await setUp(service, admin, { name: 'all in use', emails: [] })
  const cases = [
    ['credentials', ids.credential, 'destination'],
    ['destinations', ids.destination, 'orchestration'],
    ['data-sources', ids.dataSource, 'query'],
    ['queries', ids.query, 'orchestration'],
  ] as const
  for (const [folder, id, user] of cases) {
    const said = await refusal('DELETE', `/${folder}/${id}`, undefined, 'in_use')
    expect(said).toContain(`${user} "all in use"`)
    await admin.ok('GET', `/${folder}/${id}`)
  }
  await admin.ok('POST', `/orchestrations/${ids.orchestration}/run`)
  const said = await refusal('DELETE', `/orchestrations/${ids.orchestration}`, undefined, 'in_use')
  expect(said).toContain('running workflow')
})

test('of two people who save at once, the second is told, and nothing is overwritten', async () => {
  const id = await world.make.destination()
  const second = await service.as(['datagrid_operator'])
  await admin.ok('PATCH', `/destinations/${id}`, { version: 1, description: 'of the first' })
  const late = { version: 1, description: 'of the second' }
  const answer = await second.request<Failure>('PATCH', `/destinations/${id}`, late)
  expect(answer.body.error.code).toBe('changed_meanwhile')
  expect(await admin.ok('GET', `/destinations/${id}`)).toMatchObject({
    version: 2,
    description: 'of the first',
  })
})

test('two requests that wait for each other: one is told to repeat, as if somebody had saved', async () => {
  const { db, connection } = service.platform.store
  const [first, second] = [await world.make.query('draft'), await world.make.query('draft')]
  const other = new PgClient(connection)
  await other.connect()
  try {
    await other.query('begin')
    await other.query(`update query set name = 'deadlocked' where id = $1`, [second])
    const request = admin.request<Failure>('PATCH', `/queries/${first}`, { version: 1, name: 'deadlocked' })
    await expect
      .poll(async () => {
        const { rows } = await sql`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
        return rows.length
      })
      .toBe(1)
    // PostgreSQL undoes one of the two.
    const ended = await other.query(`update query set name = 'x' where id = $1`, [first]).then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
    await other.query(ended === 'done' ? 'commit' : 'rollback')
    const { status, body } = await request
    if (ended === 'done') expect([status, body.error.code]).toEqual([409, 'changed_meanwhile'])
    else expect(status).toBe(200)
  } finally {
    await other.end()
  }
})

describe('an Idempotency-Key', () => {
  const bodyOf = (name: string): object => ({ kind: 'files', name, folder: '/x', files: ['x.csv'] })
  const post = (client: Client, body: object, key: string) =>
    client.request<Failure & { id: string }>('POST', '/data-sources', body, { 'idempotency-key': key })

  async function countOf(name: string): Promise<number> {
    const path = `/data-sources?search=${encodeURIComponent(name)}`
    return (await admin.ok<{ items: unknown[] }>('GET', path)).items.length
  }

  test('gives the first answer again, and one object', async () => {
    const name = fresh()
    const [first, again] = [
      await post(admin, bodyOf(name), 'again'),
      await post(admin, bodyOf(name), 'again'),
    ]
    expect(first.status).toBe(201)
    expect([again.status, again.body]).toEqual([201, first.body])
    expect(await countOf(name)).toBe(1)
  })

  test('sent five times at once makes one object', async () => {
    const name = fresh()
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(admin, bodyOf(name), 'at-once')))
    const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id)
    expect(new Set(ids).size).toBe(1)
    for (const { status, body } of answers.filter((one) => one.status !== 201)) {
      expect(status).toBe(400)
      expect(body.error.message).toContain('has not finished')
    }
    expect(await countOf(name)).toBe(1)
  })

  test('runs an orchestration once', async () => {
    const path = `/orchestrations/${await world.make.orchestration()}/run`
    const headers = { 'idempotency-key': 'one-run' }
    const [first, again] = [
      await admin.request('POST', path, undefined, headers),
      await admin.request('POST', path, undefined, headers),
    ]
    expect([first.status, again.status]).toEqual([202, 202])
    expect(again.body).toEqual(first.body)
  })

  test('of another request is refused, and belongs to one person', async () => {
    const [name, key] = [fresh(), fresh().replaceAll(' ', '-')]
    await post(admin, bodyOf(name), key)
    const other = await post(admin, bodyOf(fresh()), key)
    expect(other.body.error.message).toContain('used for another request')
    const elsewhere = await admin.request<Failure>('POST', '/queries', bodyOf(name), {
      'idempotency-key': key,
    })
    expect(elsewhere.status).toBe(400)
    const somebody = await service.as(['datagrid_operator'])
    expect((await post(somebody, bodyOf(fresh()), key)).status).toBe(201)
  })

  test('of a request that failed may be used again', async () => {
    const name = fresh()
    const key = name.replaceAll(' ', '-')
    expect((await post(admin, { ...bodyOf(name), folder: 'relative' }, key)).status).toBe(400)
    expect((await post(admin, bodyOf(name), key)).status).toBe(201)
  })

  test('that is none is refused', async () => {
    for (const key of ['', ' ', 'two words', 'x'.repeat(201), 'é'])
      expect((await post(admin, bodyOf(fresh()), key)).status, key).toBe(400)
  })

  test('keeps nothing that a password or token could be guessed from', async () => {
    const body = {
      name: fresh(),
      email: 'guessed@example.com',
      policies: ['analyst'],
      password: 'guessed password 7',
    }
    const headers = { 'idempotency-key': 'a-new-user' }
    expect((await admin.request('POST', '/users', body, headers)).status).toBe(201)
    const key = { name: fresh(), policies: ['analyst'] }
    const made = await admin.request<{ token: string }>('POST', '/api-keys', key, {
      'idempotency-key': 'a-new-key',
    })
    const rows = await service.platform.store.db.selectFrom('idempotency').selectAll().execute()
    const stored = JSON.stringify(rows)
    expect(stored).not.toContain(made.body.token)
    expect(stored).not.toContain('guessed')
    const parsed = { ...body, options: undefined }
    const guesses = [body, parsed].map((guess) => JSON.stringify(['users.create', '/api/v1/users', guess]))
    for (const guess of guesses)
      expect(stored).not.toContain(createHash('sha256').update(guess).digest('base64url'))
  })
})

describe('the database is gone in the middle', () => {
  /** Ends every connection of the service, as when the server goes down. */
  async function cutAll(): Promise<void> {
    const client = new PgClient(service.platform.store.connection)
    await client.connect()
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
    await client.end()
  }

  test(
    'a request succeeds or says so, nothing is half saved, and the next one works',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 10; round += 1) {
        const names = Array.from({ length: 12 }, () => fresh())
        const requests = names.map((name, index) => {
          const body = { kind: 'files', name, folder: '/x', files: ['x.csv'] }
          const headers: Record<string, string> =
            index % 2 === 0 ? {} : { 'idempotency-key': name.replaceAll(' ', '-') }
          return admin.request<Failure>('POST', '/data-sources', body, headers)
        })
        const [answers] = await Promise.all([Promise.all(requests), cutAll()])
        const { items } = await admin.ok<{ items: { name: string }[] }>('GET', '/data-sources?limit=200')
        const saved = new Set(items.map(({ name }) => name))
        for (const [index, { status, body }] of answers.entries()) {
          expect([201, 503], JSON.stringify(body)).toContain(status)
          if (status === 503) expect(body.error.code).toBe('database_unavailable')
          else expect(saved).toContain(names[index])
        }
        const activity = await admin.ok<{ items: { objectName: string }[] }>(
          'GET',
          '/activity?action=data_source.created&limit=200',
        )
        const logged = new Set(activity.items.map(({ objectName }) => objectName))
        for (const name of names) expect(logged.has(name), name).toBe(saved.has(name))
        for (const name of names.filter((one) => saved.has(one))) {
          const found = items.filter((one) => one.name === name)
          expect(found).toHaveLength(1)
        }
        await clean(names)
      }
      expect(defects()).toEqual([])
    },
  )

  async function clean(names: readonly string[]): Promise<void> {
    await service.platform.store.db.deleteFrom('data_source').where('name', 'in', names).execute()
  }

  test('requests that are in the middle of it are told so, and saved nothing', async () => {
    const { connection, db } = service.platform.store
    const names = Array.from({ length: 5 }, () => fresh())
    const other = new PgClient(connection)
    await other.connect()
    other.on('error', () => undefined)
    try {
      await other.query('begin')
      await other.query('lock table data_source in access exclusive mode')
      const requests = names.map((name) => {
        const body = { kind: 'files', name, folder: '/x', files: ['x.csv'] }
        return admin.request<Failure>('POST', '/data-sources', body)
      })
      await expect
        .poll(async () => {
          const { rows } = await sql`select 1 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
          return rows.length
        })
        .toBe(names.length)
      await cutAll()
      for (const { status, body } of await Promise.all(requests))
        expect([status, body.error.code]).toEqual([503, 'database_unavailable'])
    } finally {
      await other.end().catch(() => undefined)
    }
    const saved = await db.selectFrom('data_source').select('name').where('name', 'in', names).execute()
    expect(saved).toEqual([])
  })

  test('whoever watches is told to read again', async () => {
    const response = await service.fetch(
      new Request('http://rollcall.test/api/v1/notifications/stream', { headers: world.asAdmin }),
    )
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader()
    try {
      expect((await reader.read()).value).toContain('event: gap')
      await cutAll()
      expect((await reader.read()).value).toContain('event: gap')
      const alert = await world.make.alert()
      expect((await reader.read()).value).toContain(alert)
    } finally {
      await reader.cancel()
    }
  })

  test('a download is whole, or breaks off', async () => {
    const { db } = service.platform.store
    await sql`insert into activity (principal_kind, principal_name, action, object_type, user_agent)
      select 'local', 'many', 'many.made', 'many', repeat('x', 500) from generate_series(1, 30000)`.execute(
      db,
    )
    const response = await service.fetch(
      new Request('http://rollcall.test/api/v1/activity/export', { headers: world.asAdmin }),
    )
    expect(response.status).toBe(200)
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader()
    let text = (await reader.read()).value ?? ''
    await cutAll()
    const isWhole = await (async () => {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return true
        text += value
      }
    })().catch(() => false)
    // It may go on over another connection, but then with every line.
    if (isWhole) expect(text.split('many.made')).toHaveLength(30_001)
    await admin.ok('GET', '/activity')
  })
})

describe('files of Rollcall itself', () => {
  test.each(['preview', 'count'])('are not read by a %s, wherever the data source points', async (what) => {
    const { dir } = service.platform.home
    await symlink(dir, join(service.inputDir, `link-${what}`))
    await copyFile(service.platform.home.secretKeyFile, join(dir, 'key.csv'))
    const places = [
      { folder: dir, files: ['key.csv'] },
      { folder: dir, files: ['*'] },
      { folder: '/', files: [`${dir.slice(1)}/key.csv`] },
      { folder: join(service.inputDir, `link-${what}`), files: ['key.csv'] },
      { folder: `${service.inputDir}/../home`, files: ['key.csv'] },
      { folder: '/proc/self', files: ['environ'] },
      { folder: '/', files: ['proc/self/environ'] },
    ]
    for (const place of places) {
      const body = { kind: 'files', name: fresh(), ...place }
      const { id } = await admin.ok<{ id: string }>('POST', '/data-sources', body)
      const query = await queryOn(id, 'SELECT * FROM input')
      const said = await refusal('POST', `/queries/${query}/${what}`, {}, 'source_not_found')
      expect(said).toContain('not read')
      expect(await admin.fails('GET', `/data-sources/${id}/tables`)).toBe('source_not_found')
    }
  })
})

test('a body that is too large is refused', async () => {
  const said = await refusal('POST', '/credentials', { name: 'x'.repeat(100_001) }, 'request_too_large')
  expect(said).toContain('100,000')
})

test('nothing here was a defect', () => {
  expect(defects()).toEqual([])
})
