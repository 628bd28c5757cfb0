import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { localActor } from '../../src/access/activity.ts'
import { createApiKey, revokeApiKey } from '../../src/access/api-keys.ts'
import { createSession } from '../../src/access/sessions.ts'
import type { Access } from '../../src/access/access.ts'
import { createUser, deleteUser, disableUser, setPassword } from '../../src/access/users.ts'
import { SESSION_COOKIE } from '../../src/server/authenticate.ts'
import { openFeed } from '../../src/server/feed.ts'
import { createLog } from '../../src/server/log.ts'
import { startServer } from '../../src/server/serve.ts'
import type { RunningServer } from '../../src/server/serve.ts'
import { EVERY_OPTION, keyWith, openWorld } from './every-route.ts'
import type { As, World } from './every-route.ts'
import { publish } from '../../src/store/events.ts'
import { createSourceDatabase } from '../support/database.ts'
import { openService } from './support.ts'
import type { Service } from './support.ts'
import { defectsIn } from './refusals.ts'
import { contextOf } from './served.ts'

const PASSWORD = 'the right password 7'
const TRIES_MAX = 4

let service: Service
let world: World
let server: RunningServer
let url: string
/** The same service, whose streams give no sign of life meanwhile. */
let slowServer: RunningServer
let slowUrl: string
let log = ''
/** Streams that are open. */
let watching = 0
const closing = new AbortController()
const agent = new Agent({ connections: 1 })

beforeAll(async () => {
  service = await openService({
    limits: {
      signInFailuresMax: TRIES_MAX,
      requestBytesMax: 100_000,
      previewTimeoutMs: 20_000,
      streamPingMs: 50,
    },
  })
  world = await openWorld(service)
  const { platform } = service
  const feed = await openFeed(platform.store, closing.signal)
  const context = contextOf(service, {
    log: createLog('debug', { write: (line) => (log += line) }),
    feed: {
      watch: (onEvent) => {
        const unwatch = feed.watch(onEvent)
        watching += 1
        return () => {
          watching -= 1
          unwatch()
        }
      },
    },
    closing: closing.signal,
  })
  const address = { host: '127.0.0.1', port: 0 }
  server = await startServer(context, address)
  url = `http://127.0.0.1:${server.port}/api/v1`
  const slow = { ...platform.limits, streamPingMs: 10 * 60_000 }
  slowServer = await startServer({ ...context, platform: { ...platform, limits: slow } }, address)
  slowUrl = `http://127.0.0.1:${slowServer.port}/api/v1`
  const rights = {
    policies: ['datagrid_administrator'] as const,
    options: EVERY_OPTION,
    password: PASSWORD,
  }
  for (const name of ['someone', 'another', 'third'])
    await createUser({ ...platform, actor: localActor }, { email: `${name}@example.com`, name, ...rights })
  await platform.store.db.updateTable('app_user').set({ must_change_password: false }).execute()
})

afterAll(async () => {
  closing.abort()
  await agent.close()
  await server.close()
  await slowServer.close()
  await service.close()
})

const OWN_PAGE = { 'sec-fetch-site': 'same-origin', origin: 'https://rollcall.example.com' }

interface Got {
  readonly status: number
  readonly body: { readonly error?: { readonly code: string; readonly message: string } }
  readonly cookie: string | undefined
}

async function send(method: 'GET' | 'POST', path: string, headers: As, body?: unknown): Promise<Got> {
  const answer = await request(url + path, {
    method,
    dispatcher: agent,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await answer.body.text()
  return {
    status: answer.statusCode,
    body: (text === '' ? {} : JSON.parse(text)) as Got['body'],
    cookie: [answer.headers['set-cookie'] ?? []].flat().find((one) => one.startsWith(SESSION_COOKIE)),
  }
}

function signIn(email: string, password: string, headers: As = OWN_PAGE): Promise<Got> {
  return send('POST', '/sign-in', headers, { email, password })
}

async function cookieOf(email: string): Promise<string> {
  const { status, cookie } = await signIn(email, PASSWORD)
  expect(status).toBe(200)
  return cookie?.split(';')[0] ?? ''
}

describe('a sign-in', () => {
  test('gives a cookie that no script and no other site can use, and that ends with it', async () => {
    const { cookie = '' } = await signIn('someone@example.com', PASSWORD)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/', 'Max-Age='])
      expect(cookie).toContain(attribute)
    const headers = { ...OWN_PAGE, cookie: cookie.split(';')[0] ?? '' }
    expect((await send('GET', '/me', headers)).status).toBe(200)
    const out = await send('POST', '/sign-out', headers)
    expect(out.status).toBe(204)
    expect(out.cookie).toContain('Max-Age=0')
    expect((await send('GET', '/me', headers)).status).toBe(401)
  })

  test('by the page of another site is refused, and so is what it asks with the cookie', async () => {
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.com' }
    expect((await signIn('someone@example.com', PASSWORD, elsewhere)).status).toBe(403)
    const cookie = await cookieOf('someone@example.com')
    const before = await service.platform.store.db.selectFrom('api_key').select('id').execute()
    const body = { name: 'forged', policies: ['datagrid_administrator'] }
    for (const headers of [elsewhere, { origin: 'https://evil.example.com' }, {}])
      expect((await send('POST', '/api-keys', { ...headers, cookie }, body)).body.error?.code).toBe(
        'access_denied',
      )
    // What a form of another page can send.
    const form = await request(`${url}/api-keys`, {
      method: 'POST',
      headers: { ...elsewhere, cookie, 'content-type': 'text/plain' },
      body: JSON.stringify(body),
    })
    await form.body.dump()
    expect(form.statusCode).toBe(403)
    expect(await service.platform.store.db.selectFrom('api_key').select('id').execute()).toEqual(before)
  })

  test('is blocked after too many wrong passwords, also for the right one, until an administrator lets it', async () => {
    const wrong = await Promise.all(
      Array.from({ length: TRIES_MAX + 3 }, () => signIn('another@example.com', 'a wrong password 7')),
    )
    expect(wrong.filter(({ status }) => status === 401)).toHaveLength(TRIES_MAX)
    expect(wrong.filter(({ status }) => status === 429)).toHaveLength(3)
    const right = await signIn('another@example.com', PASSWORD)
    expect(right.body.error?.code).toBe('too_many_attempts')
    expect(right.cookie).toBeUndefined()
    // Somebody else is not held back.
    await cookieOf('third@example.com')
    const { items } = await world.admin.ok<{ items: { id: string; email: string }[] }>(
      'GET',
      '/users?search=another',
    )
    await world.admin.ok('POST', `/users/${items[0]?.id ?? ''}/unblock`)
    await cookieOf('another@example.com')
  })

  test('says the same of somebody who is not there as of a wrong password', async () => {
    const there = await signIn('third@example.com', 'a wrong password 7')
    const not = await signIn('nobody@example.com', 'a wrong password 7')
    expect([not.status, not.body.error?.message]).toEqual([there.status, there.body.error?.message])
  })
})

describe('a body', () => {
  test.each([
    ['whose length is told', null],
    ['that comes in pieces', 'pieces'],
  ])('that is too large is refused, and the next request is served: %s', async (_, how) => {
    const text = JSON.stringify({ name: 'x'.repeat(2_000_000) })
    const pieces = function* (): Generator<string> {
      for (let at = 0; at < text.length; at += 10_000) yield text.slice(at, at + 10_000)
    }
    // The server may end the connection while the rest is still on its way.
    const status = await request(`${url}/credentials`, {
      method: 'POST',
      headers: { ...world.asAdmin, 'content-type': 'application/json' },
      body: how === null ? text : Readable.from(pieces()),
    }).then(
      async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      },
      (error: { code: string }) => error.code,
    )
    expect([413, 'UND_ERR_SOCKET', 'EPIPE', 'ECONNRESET']).toContain(status)
    expect((await send('GET', '/me', world.asAdmin)).status).toBe(200)
  })

  test('that never ends does not end the service', async () => {
    const away = new AbortController()
    const hanging = request(`${url}/credentials`, {
      method: 'POST',
      headers: { ...world.asAdmin, 'content-type': 'application/json', 'content-length': '1000' },
      body: Readable.from(
        (async function* () {
          yield '{"name":'
          setImmediate(() => away.abort())
          await new Promise(() => undefined)
        })(),
      ),
      signal: away.signal,
    })
    await expect(hanging).rejects.toThrow(/abort/i)
    expect((await send('GET', '/me', world.asAdmin)).status).toBe(200)
  })
})

describe('who goes away', () => {
  test('in the middle of a preview ends it in the database too, and leaves no defect in the log', async () => {
    const warehouse = await createSourceDatabase()
    onTestFinished(() => warehouse.drop())
    const { db } = service.platform.store
    const source = { kind: 'postgres', name: 'warehouse', url: warehouse.url }
    const { id: dataSourceId } = await world.admin.ok<{ id: string }>('POST', '/data-sources', source)
    const draft = { sql: 'SELECT pg_sleep(600)::text AS email' }
    const query = { name: 'endless', dataSourceId, draft }
    const { id } = await world.admin.ok<{ id: string }>('POST', '/queries', query)
    const away = new AbortController()
    const asked = request(`${url}/queries/${id}/preview`, {
      method: 'POST',
      headers: { ...world.asAdmin, 'content-type': 'application/json' },
      body: '{}',
      signal: away.signal,
    })
    const running = async (): Promise<number> => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = ${new URL(warehouse.url).pathname.slice(1)} and wait_event = 'PgSleep'`.execute(db)
      return rows.length
    }
    await expect.poll(running).toBe(1)
    away.abort()
    await expect(asked).rejects.toThrow(/abort/i)
    await expect.poll(running).toBe(0)
    await expect.poll(() => log.includes('"operation":"queries.preview","status":499')).toBe(true)
    expect(defectsIn(log)).toEqual([])
  })

  test('from a stream frees what watched for them', async () => {
    for (let round = 0; round < 20; round += 1) {
      const stream = await request(`${url}/notifications/stream`, { headers: world.asAdmin })
      stream.body.on('error', () => undefined)
      stream.body.destroy()
    }
    await expect.poll(() => watching).toBe(0)
    expect(defectsIn(log)).toEqual([])
  })

  test('by signing out ends their stream, and so does a revoked key', async () => {
    const email = 'listener@example.com'
    const user = { email, name: 'Listener', policies: ['marketer'], options: [], password: null } as const
    const { id: userId } = await createUser({ ...service.platform, actor: localActor }, user)
    const { db } = service.platform.store
    const of = { userId, originIp: null, userAgent: null }
    const { token, session } = await createSession(db, service.platform.limits, of)
    const key = await createApiKey(
      { ...service.platform, actor: localActor },
      { name: 'listens', policies: ['marketer'], options: [], expiresAt: null },
    )
    const cookie = { cookie: `${SESSION_COOKIE}=${token}`, 'sec-fetch-site': 'same-origin' }
    const bearer = { authorization: `Bearer ${key.token}` }
    const [one, other] = await Promise.all(
      [cookie, bearer].map((headers) => request(`${url}/notifications/stream`, { headers })),
    )
    await expect.poll(() => watching).toBe(2)
    let heard = ''
    other?.body.on('data', (piece: Buffer) => (heard += piece.toString()))
    const signsOfLife = (): number => heard.split('event: alive').length - 1
    await db.deleteFrom('session').where('id', '=', session.id).execute()
    expect(await one?.body.text()).toContain('event: gap')
    // The other goes on: what it hears from now on is more than what was on its way.
    await expect.poll(signsOfLife).toBeGreaterThan(signsOfLife() + 1)
    await revokeApiKey({ ...service.platform, actor: localActor }, key.apiKey.id)
    await expect.poll(() => other?.body.readableEnded).toBe(true)
    await expect.poll(() => watching).toBe(0)
  })

  test.each([
    ['disabled', (access: Access, id: string) => disableUser(access, id)],
    ['deleted', (access: Access, id: string) => deleteUser(access, id)],
    ['given a new password', (access: Access, id: string) => setPassword(access, id, 'set by somebody else')],
  ])('by being %s loses the stream at once', async (what, act) => {
    const access = { ...service.platform, actor: localActor }
    const email = `${what.replaceAll(' ', '.')}@example.com`
    const { id } = await createUser(access, {
      email,
      name: what,
      policies: ['marketer'],
      options: [],
      password: PASSWORD,
    })
    await service.platform.store.db.updateTable('app_user').set({ must_change_password: false }).execute()
    const cookie = { ...OWN_PAGE, cookie: await cookieOf(email) }
    const stream = await request(`${slowUrl}/notifications/stream`, { headers: cookie })
    await expect.poll(() => watching).toBe(1)
    await act(access, id)
    // Its next sign of life would come in ten minutes.
    expect(await stream.body.text()).toContain('event: gap')
    await expect.poll(() => watching).toBe(0)
  })

  test('by changing the password loses the session from before, and goes on with a new one', async () => {
    const email = 'changes@example.com'
    const access = { ...service.platform, actor: localActor }
    await createUser(access, {
      email,
      name: 'Changes',
      policies: ['marketer'],
      options: [],
      password: PASSWORD,
    })
    const old = { ...OWN_PAGE, cookie: await cookieOf(email) }
    const changed = await send('POST', '/me/password', old, {
      currentPassword: PASSWORD,
      newPassword: 'my own new password',
    })
    expect([changed.status, (await send('GET', '/me', old)).status]).toEqual([204, 401])
    const fresh = { ...OWN_PAGE, cookie: changed.cookie?.split(';')[0] ?? '' }
    expect(await send('GET', '/me', fresh)).toMatchObject({ status: 200, body: { email } })
  })

  test('without having listened to a stream leaves nothing that watches', async () => {
    const head = await request(`${url}/notifications/stream`, { method: 'HEAD', headers: world.asAdmin })
    expect([head.statusCode, head.headers['content-type']]).toEqual([200, 'text/event-stream'])
    await expect.poll(() => watching).toBe(0)
  })
})

test('who listens to a stream and does not read it is told to read again, once', async () => {
  const stream = await request(`${url}/notifications/stream`, { headers: world.asAdmin })
  const { db } = service.platform.store
  const manyEvents = async (from: number): Promise<void> => {
    await sql`select pg_notify('rollcall', jsonb_build_object('type', 'alert', 'id', 'al_' || n)::text)
      from generate_series(${from}::int, ${from + 49_999}::int) n`.execute(db)
  }
  for (let round = 0; round < 4; round += 1) await manyEvents(round * 50_000)
  let text = ''
  let gaps = 0
  for await (const piece of stream.body) {
    text += String(piece)
    if (text.includes('the last one')) break
    // What follows a gap arrives, or is part of a further gap.
    const told = text.split('event: gap').length - 1
    if (told > gaps) await publish(db, { type: 'alert', id: 'the last one' })
    gaps = told
  }
  // The network holds some; of the rest only that there was more.
  expect(text.split('event: gap').length).toBeGreaterThan(2)
  expect(text.split('event: alert').length).toBeLessThan(200_000)
})

test('a download that fails half way breaks off, and does not seem whole', async () => {
  const { db } = service.platform.store
  await sql`insert into activity (principal_kind, principal_name, action, object_type, user_agent)
    select 'local', 'many', 'many.made', 'many', repeat('x', 500) from generate_series(1, 30000)`.execute(db)
  const download = await request(`${url}/activity/export`, { headers: world.asAdmin })
  expect(download.statusCode).toBe(200)
  await sql`alter table activity rename to activity_elsewhere`.execute(db)
  try {
    await expect(download.body.text()).rejects.toThrow(/terminated|closed|aborted/i)
  } finally {
    await sql`alter table activity_elsewhere rename to activity`.execute(db)
  }
  expect((await send('GET', '/activity', world.asAdmin)).status).toBe(200)
  const lines = log.split('\n').filter((line) => line.includes('a download was cut off'))
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { operation: 'activity.export', code: 'internal_error', requestId: download.headers['x-request-id'] },
  ])
  expect(lines.join('')).not.toContain('does not exist')
})

test('the origin in the log is that of the connection, whatever a header says', async () => {
  const headers = { ...(await keyWith(service, ['datagrid_operator'])), 'x-forwarded-for': '192.0.2.1' }
  const body = { name: 'from where', events: ['workflow_failed'], target: { to: ['ops@example.com'] } }
  expect((await send('POST', '/alerts', headers, body)).status).toBe(201)
  const { items } = await world.admin.ok<{ items: { originIp: string }[] }>(
    'GET',
    '/activity?search=from%20where',
  )
  expect(items[0]?.originIp).toMatch(/127\.0\.0\.1$/)
})
