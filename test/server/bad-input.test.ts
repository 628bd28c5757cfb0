import { sql } from 'kysely'
import { Client as PgClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { z } from 'zod'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService, setUp } from './support.ts'
import type { Client, Service } from './support.ts'
import { defectsIn, fresh, refusalOf } from './refusals.ts'
import type { Failure } from './refusals.ts'

/** Bad input gets a clear error and loses nothing. */

queriesRunHere()

let service: Service
let world: World
let admin: Client

beforeAll(async () => {
  service = await openService({ limits: { requestBytesMax: 100_000 } })
  world = await openWorld(service)
  admin = world.admin
})

afterAll(() => service.close())

const refusal = (method: string, path: string, body: unknown, code?: string): Promise<string> =>
  refusalOf(admin, method, path, body, code)

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

test('a body that is too large is refused', async () => {
  const said = await refusal('POST', '/credentials', { name: 'x'.repeat(100_001) }, 'request_too_large')
  expect(said).toContain('100,000')
})

test('nothing here was a defect', () => {
  expect(defectsIn(service.log())).toEqual([])
})
