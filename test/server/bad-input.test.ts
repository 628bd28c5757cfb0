import { copyFile, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { Client as PgClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inChildren, queriesRunHere } from '../support/queries-here.ts'
import { z } from 'zod'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService, setUp } from './support.ts'
import type { Client, Service } from './support.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'

queriesRunHere()

/** Bad input gets a clear error and loses nothing. */

/** No machine is so busy that a query which ends by itself takes longer. */
const PREVIEW_TIMEOUT_MS = 180_000

let service: Service
let world: World
let admin: Client
let secretRuns: readonly string[]
let source: SourceDatabase
let sourceClient: PgClient

beforeAll(async () => {
  service = await openService({
    limits: { previewTimeoutMs: PREVIEW_TIMEOUT_MS, requestBytesMax: 100_000 },
  })
  const { dir, secretKeyFile } = service.platform.home
  await symlink(dir, join(service.inputDir, 'link'))
  await copyFile(secretKeyFile, join(dir, 'key.csv'))
  world = await openWorld(service, async (make, client) => {
    admin = client
    return (secretRuns = await runEach(make))
  })
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

test.each([
  ['SELECT email FROM customers WHERE n = $1', 'the parameter $1'],
  ['SELEC email FROM customers', 'SELECT, WITH, VALUES or TABLE'],
  ['SELECT email FROM customers /* to do', 'comment is opened and never closed'],
])('a draft that no database could run is not activated: %s', async (text, words) => {
  const id = await queryOn(await databaseSource(), text)
  const { version } = await admin.ok<{ version: number }>('GET', `/queries/${id}`)
  expect(await refusal('POST', `/queries/${id}/activate`, { version }, 'query_failed')).toContain(words)
})

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
      const kind = id.startsWith('data-sources.') && schema !== body ? { kind: 'files' } : {}
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
  ['POST', '/orchestrations', { limits: { additionPercentMax: -1 } }, 'limits.additionPercentMax: '],
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
    const parts = {
      query: { dataSourceId: await world.make.dataSource(), draft: { sql: 'SELECT 1' } },
      orchestration: {
        queryId: await world.make.query('active'),
        destinationId: await world.make.destination(),
      },
    }
    const bodies = [
      ...of,
      ['/queries', () => ({ name, ...parts.query })] as const,
      ['/orchestrations', () => ({ name, listName: 'a list', ...parts.orchestration })] as const,
      ['/orchestrations', () => ({ name: fresh(), listName: name, ...parts.orchestration })] as const,
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
    const said = await refusal('POST', '/data-sources', { ...body, name: `\t ${name} ` }, 'name_taken')
    expect(said).toContain('with this name already exists')
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

describe('a schedule', () => {
  test.each([
    ['0 0 30 2 *', 'UTC', 'never runs'],
    ['0 0 31 4,6,9,11 *', 'UTC', 'never runs'],
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
    const waiting = async (): Promise<number> => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
      return rows.length
    }
    await expect.poll(waiting).toBe(1)
    // PostgreSQL undoes one of the two: most often the one that has waited longer.
    const ended = await other.query(`update query set name = 'x' where id = $1`, [first]).then(
      () => 'commit',
      () => 'rollback',
    )
    await other.query(ended)
    const { status, body } = await request
    const code = status === 200 ? 'saved' : body.error.code
    expect([ended, status, code]).toEqual(
      ended === 'commit' ? ['commit', 409, 'changed_meanwhile'] : ['rollback', 200, 'saved'],
    )
  } finally {
    await other.end()
  }
})

describe('files of Rollcall itself', () => {
  test('are refused when a data source is saved or changed that leads to them', async () => {
    const body = { kind: 'files', name: fresh(), folder: '/x', files: ['x.csv'] }
    const { id } = await admin.ok<{ id: string }>('POST', '/data-sources', body)
    for (const place of secretPlaces()) {
      const saved = { kind: 'files', name: fresh(), ...place }
      expect(await refusal('POST', '/data-sources', saved, 'source_not_found')).toContain('not read')
      const change = { version: 1, ...place }
      expect(await refusal('PATCH', `/data-sources/${id}`, change, 'source_not_found')).toContain('not read')
    }
  })

  test.each(['preview', 'count'])('are not read by a %s, wherever the data source points', async (what) => {
    for (const place of secretPlaces()) {
      const id = await sourceOf(place)
      const query = await queryOn(id, 'SELECT * FROM input')
      const said = await refusal('POST', `/queries/${query}/${what}`, {}, 'source_not_found')
      expect(said).toContain('not read')
      expect(await admin.fails('GET', `/data-sources/${id}/tables`)).toBe('source_not_found')
    }
  })

  test('are not read by a run', async () => {
    const key = await readFile(service.platform.home.secretKeyFile, 'utf8')
    for (const workflow of secretRuns) {
      const text = JSON.stringify(await admin.ok('GET', `/workflows/${workflow}`))
      expect(text).toContain('"source_not_found"')
      expect(text).not.toContain(key.trim().slice(0, 20))
    }
  })
})

/** Data sources that lead to secrets, one way or another. */
function secretPlaces(): readonly { readonly folder: string; readonly files: readonly string[] }[] {
  const { dir } = service.platform.home
  return [
    { folder: dir, files: ['key.csv'] },
    { folder: dir, files: ['*'] },
    { folder: '/', files: [`${dir.slice(1)}/key.csv`] },
    { folder: join(service.inputDir, 'link'), files: ['key.csv'] },
    { folder: `${service.inputDir}/../home`, files: ['key.csv'] },
    { folder: '/proc/self', files: ['environ'] },
    { folder: '/', files: ['proc/self/environ'] },
  ]
}

/** As one that was saved before such places were refused, or to which a link leads since. */
async function sourceOf(place: object): Promise<string> {
  const body = { kind: 'files', name: fresh(), folder: '/x', files: ['x.csv'] }
  const { id } = await admin.ok<{ id: string }>('POST', '/data-sources', body)
  await leadTo(id, place)
  return id
}

async function leadTo(id: string, place: object): Promise<void> {
  const settings = JSON.stringify(place)
  await allWorkspaces(service.platform.store.db)
    .updateTable('data_source')
    .set({ settings })
    .where('id', '=', id)
    .execute()
}

/** Workflows that would send from each of them. */
async function runEach(make: World['make']): Promise<string[]> {
  const run: string[] = []
  const harmless = { folder: service.inputDir, files: ['world.csv'] }
  for (const place of secretPlaces()) {
    const dataSourceId = await sourceOf(harmless)
    const queryId = await queryOn(dataSourceId, 'SELECT * FROM input')
    await admin.ok('POST', `/queries/${queryId}/activate`, { version: 1 })
    await leadTo(dataSourceId, place)
    const path = `/orchestrations/${await make.orchestration({ queryId })}/run`
    run.push((await admin.ok<{ workflow: string }>('POST', path)).workflow)
  }
  return run
}

test('a body that is too large is refused', async () => {
  const said = await refusal('POST', '/credentials', { name: 'x'.repeat(100_001) }, 'request_too_large')
  expect(said).toContain('100,000')
})

test('nothing here was a defect', () => {
  expect(defects()).toEqual([])
})
