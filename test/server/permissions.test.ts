import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { localActor } from '../../src/access/activity.ts'
import { createApiKey, revokeApiKey, rotateApiKey } from '../../src/access/api-keys.ts'
import { may, optionNames, permissions, policyNames } from '../../src/access/permissions.ts'
import type { OptionName, Permission, PolicyName } from '../../src/access/permissions.ts'
import { signIn } from '../../src/access/sign-in.ts'
import { createUser } from '../../src/access/users.ts'
import type { RouteSpec } from '../../src/server/api.ts'
import { publish } from '../../src/store/events.ts'
import { also, columns, isAllowed, needs } from './permission-table.ts'
import { ask, bearer, EVERY_OPTION, harmless, keyWith, openWorld, requestOf } from './every-route.ts'
import type { As, Asked, World } from './every-route.ts'
import { clientOf, openService } from './support.ts'
import type { Client, Service } from './support.ts'

queriesRunHere()

/** Every route, walked as every policy. What is expected stands in `permission-table.ts`. */

let service: Service
let world: World
let started: readonly Omit<Placed, 'notification'>[]
let places: readonly Placed[]

beforeAll(async () => {
  service = await openService()
  world = await openWorld(service, async (make, admin) => {
    started = await startInEach(make, admin)
    return started.map(({ workflow }) => workflow)
  })
  const { items } = await world.admin.ok<{ items: { id: string; workflow: string }[] }>(
    'GET',
    '/notifications',
  )
  const cards = new Map(items.map(({ id, workflow }) => [workflow, id]))
  places = started.map((place) => Object.assign(place, { notification: cards.get(place.workflow) ?? 'none' }))
})

afterAll(async () => {
  await service.close()
})

describe('the table', () => {
  test.each(permissions)('%s is granted to those policies and with those options', (permission) => {
    expect(columns).toEqual(policyNames)
    for (const policy of columns)
      for (const option of [null, ...optionNames]) {
        const granted = { policies: [policy], options: option === null ? [] : [option] }
        expect(may(granted, permission), `${policy} with ${String(option)}`).toBe(
          isAllowed(policy, option, permission),
        )
      }
  })

  test('every operation is known here, and needs what it should', () => {
    const said = Object.fromEntries(service.routes.map(({ id, permission }) => [id, permission]))
    expect(said).toEqual(needs)
    expect(Object.keys(requestOf).toSorted()).toEqual(Object.keys(needs).toSorted())
  })
})

interface Somebody {
  readonly name: string
  readonly as: As
  /** 401, 403, or null for who is let through. */
  readonly refusal: (route: RouteSpec) => 401 | 403 | null
}

async function everybody(): Promise<Somebody[]> {
  const pairs = columns.flatMap((policy) => [null, ...optionNames].map((option) => [policy, option] as const))
  const known = await Promise.all(
    pairs.map(async ([policy, option]): Promise<Somebody> => {
      const holds = (permission: Permission): boolean => isAllowed(policy, option, permission)
      return {
        name: `${policy} with ${String(option)}`,
        as: await keyWith(service, [policy], option === null ? [] : [option]),
        refusal: (route) => refusalOf(route, holds),
      }
    }),
  )
  const strangers = {
    nobody: {},
    'a key that was revoked': await deadKey('was revoked'),
    'a key that has expired': await deadKey('has expired'),
    'a key whose former token is over': await deadKey('was rotated'),
    'a key that never was': bearer(`rck_${'0'.repeat(19)}_${'a'.repeat(43)}`),
    'a cookie that never was': { ...fromOwnPage, cookie: 'rollcall_session=rcs_made-up' },
  }
  return [
    ...known,
    {
      name: 'a key without any policy',
      as: await keyWith(service, []),
      refusal: (route) => refusalOf(route, () => false),
    },
    ...Object.entries(strangers).map(([name, as]) => ({
      name,
      as,
      refusal: ({ id }: RouteSpec): 401 | null => (needs[id] === 'public' ? null : 401),
    })),
  ]
}

const fromOwnPage = { 'sec-fetch-site': 'same-origin' }

function refusalOf({ id }: RouteSpec, holds: (permission: Permission) => boolean): 403 | null {
  const need = needs[id]
  // No key has a password, so that this is refused whoever asks.
  if (id === 'me.change-password') return 403
  if (need === 'public' || need === 'signed_in') return null
  return need !== undefined && holds(need) && (also[id] ?? []).every(holds) ? null : 403
}

/** A key with all policies that works no more. */
async function deadKey(how: 'was revoked' | 'has expired' | 'was rotated'): Promise<As> {
  const { store, limits } = service.platform
  const access = { store, limits, actor: localActor }
  const { token, apiKey } = await createApiKey(access, {
    name: how,
    policies: ['datagrid_administrator'],
    options: EVERY_OPTION,
    expiresAt: null,
  })
  const past = sql<Date>`now() - interval '1 ms'`
  if (how === 'was revoked') await revokeApiKey(access, apiKey.id)
  if (how === 'was rotated') await rotateApiKey(access, apiKey.id)
  const set = how === 'has expired' ? { expires_at: past } : { previous_until: past }
  await store.db.updateTable('api_key').set(set).where('id', '=', apiKey.id).execute()
  return bearer(token)
}

/** All that is stored, but for when somebody was last seen and which requests are under way. */
async function everythingStored(): Promise<string> {
  const { db } = service.platform.store
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by 1
  `.execute(db)
  const digests = tables.rows.map(
    ({ name }) => sql`select ${name} as name, count(*) as rows,
      md5(string_agg((to_jsonb(t) - 'last_used_at' - 'seen_at')::text, ' ' order by to_jsonb(t)::text)) as digest
      from ${sql.table(name)} t`,
  )
  const found = await sql`${sql.join(digests, sql` union all `)} order by name`.execute(db)
  return JSON.stringify(found.rows, null, 1)
}

/** Some at a time: as many as there are connections to the database. */
async function forEach<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all]
  const take = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: 6 }, take))
}

describe('every route, walked as everybody', () => {
  let all: readonly Somebody[]

  beforeAll(async () => {
    all = await everybody()
  })

  test.each(Object.keys(needs))('%s', async (id) => {
    const route = routeOf(id)
    const asked = await requestFor(id)
    const before = await everythingStored()
    await forEach(all, async ({ name, as, refusal }) => {
      const expected = refusal(route)
      if (expected === null) return
      const { status, text } = await ask(service, as, route, asked)
      expect(`${name}: ${status}`).toBe(`${name}: ${expected}`)
      const { error } = JSON.parse(text) as { error: { code: string; message: string; requestId: string } }
      expect(error.code).toBe(expected === 401 ? 'not_signed_in' : 'access_denied')
      expect(error.requestId).toMatch(/^rq_/)
    })
    expect(await everythingStored(), 'a refused request changed something').toBe(before)
    const nothing = harmless(route, asked)
    await forEach(all, async ({ name, as, refusal }) => {
      if (refusal(route) !== null) return
      const { status, text } = await ask(service, as, route, nothing)
      // A wrong password or ticket is answered so, and nobody was refused for who they are.
      if (id.startsWith('me.sign-in')) return
      expect([401, 403], `${name}: ${status} ${text}`).not.toContain(status)
      expect(status, `${name}: ${text}`).toBeLessThan(500)
    })
    const { status, text } = await ask(service, world.asAdmin, route, asked)
    const succeeds = ASKED_IN_VAIN[id] ?? [route.status ?? (route.answer === null ? 204 : 200)]
    expect(succeeds, `the request that was refused would not have worked: ${text}`).toContain(status)
  })
})

/** What is asked of these routes, made before anything is refused. */
async function askedOf(routes: readonly RouteSpec[]): Promise<(readonly [RouteSpec, Asked])[]> {
  const asked: (readonly [RouteSpec, Asked])[] = []
  for (const route of routes) asked.push([route, await requestFor(route.id)])
  return asked
}

describe('a cookie', () => {
  let cookie: string
  let userId: string

  beforeAll(async () => {
    const access = { ...service.platform, actor: localActor }
    const email = 'first.day@example.com'
    const password = 'only for the first day'
    const user = await createUser(access, {
      email,
      name: 'First day',
      policies: ['datagrid_administrator'],
      options: EVERY_OPTION,
      password,
    })
    userId = user.id
    const { token } = await signIn(service.platform, {
      email,
      password,
      originIp: null,
      countedIp: null,
      userAgent: null,
      mark: null,
    })
    cookie = `rollcall_session=${token}`
  })

  test('of somebody who must choose a password first does nothing else', async () => {
    const open = new Set(['me.get', 'me.change-password', 'me.sign-out'])
    const closed = service.routes.filter(({ id }) => needs[id] !== 'public' && !open.has(id))
    const all = await askedOf(closed)
    const before = await everythingStored()
    for (const [route, asked] of all) {
      const { status, text } = await ask(service, { ...fromOwnPage, cookie }, route, asked)
      expect(status, `${route.id}: ${text}`).toBe(403)
    }
    expect(await everythingStored()).toBe(before)
    const { status } = await ask(service, { cookie }, routeOf('me.get'), { path: '/me' })
    expect(status).toBe(200)
  })

  test('of a person changes nothing when another site sends it', async () => {
    await service.platform.store.db
      .updateTable('app_user')
      .set({ must_change_password: false })
      .where('id', '=', userId)
      .execute()
    const elsewhere: readonly As[] = [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { origin: 'http://rollcall.test.example.com' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://rollcall.test' },
    ]
    const all = await askedOf(service.routes.filter(({ method }) => method !== 'GET'))
    const before = await everythingStored()
    for (const [route, asked] of all)
      for (const headers of elsewhere) {
        const { status, text } = await ask(service, { ...headers, cookie }, route, asked)
        expect(status, `${route.id} ${JSON.stringify(headers)}: ${text}`).toBe(403)
      }
    expect(await everythingStored()).toBe(before)
    for (const headers of [fromOwnPage, { origin: 'http://rollcall.test' }]) {
      const asked = { path: '/alerts', body: {} }
      const { status } = await ask(service, { ...headers, cookie }, routeOf('alerts.create'), asked)
      expect(status).toBe(400)
    }
  })
})

/** Those that a key cannot do, or whose request here is wrong on purpose. */
const ASKED_IN_VAIN: Readonly<Record<string, readonly number[]>> = {
  'me.sign-in': [400, 403],
  'me.sign-in-with-ticket': [400, 403],
  'me.change-password': [403],
  'me.end-session': [404],
}

function routeOf(id: string): RouteSpec {
  const route = service.routes.find((one) => one.id === id)
  if (route === undefined) throw new Error(`there is no route ${id}`)
  return route
}

async function requestFor(id: string): Promise<Asked> {
  const make = requestOf[id]
  if (make === undefined) throw new Error(`nothing is asked of ${id}`)
  return make(world)
}

/** "Configure business user access", by hand: who sees a destination with these settings, and who sends to it. */
function sees(policy: PolicyName, access: readonly OptionName[], settings: Settings): boolean {
  if (settings.adminOnly && !policy.startsWith('datagrid_')) return false
  if (access.includes('restrict_pii_access')) return false
  return !access.includes('allow_limited_pii_access') || settings.limitedPii
}

interface Settings {
  readonly adminOnly: boolean
  readonly limitedPii: boolean
}

interface Placed {
  readonly settings: Settings
  /** Of the destination and the orchestration. */
  readonly name: string
  readonly destination: string
  readonly orchestration: string
  /** It has failed and can be resolved. */
  readonly workflow: string
  readonly notification: string
}

/** A destination of each kind, whose workflow fails, since its query returns too few rows. */
async function startInEach(
  make: World['make'],
  admin: Client,
): Promise<readonly Omit<Placed, 'notification'>[]> {
  const queryId = await make.query('active')
  await admin.ok('PATCH', `/queries/${queryId}`, { version: 2, thresholds: { failBelow: 1_000 } })
  const all = [true, false].flatMap((adminOnly) =>
    [true, false].map((limitedPii) => ({ adminOnly, limitedPii })),
  )
  return Promise.all(
    all.map(async (settings) => {
      const name = `place ${crypto.randomUUID()}`
      const destination = await make.destination({ ...settings, name })
      const orchestration = await make.orchestration({ destinationId: destination, queryId, name })
      const path = `/orchestrations/${orchestration}/run`
      const { workflow } = await admin.ok<{ workflow: string }>('POST', path)
      return { settings, name, destination, orchestration, workflow }
    }),
  )
}

const accesses: readonly (readonly OptionName[])[] = [
  [],
  ['restrict_pii_access'],
  ['allow_limited_pii_access'],
  ['restrict_pii_access', 'allow_limited_pii_access'],
]

/** Headers of somebody with this access, who may read the activity log besides. */
function reader(policy: PolicyName, access: readonly OptionName[]): Promise<As> {
  return keyWith(service, [policy], [...access, 'allow_user_administration'])
}

/** What lists something. */
const LISTS =
  'destinations orchestrations workflows notifications queries lists data-sources alerts activity users'
    .split(' ')
    .map((name) => `/${name}`)

describe('a destination, and all that belongs to it', () => {
  const everyone = columns.flatMap((policy) => accesses.map((access) => [policy, access] as const))

  test.each(everyone)('seen by %s with %j', async (policy, access) => {
    const client = clientOf(service.fetch, await keyWith(service, [policy], access))
    const shown = await shownTo(client)
    for (const { settings, ...ids } of places) {
      const isSeen = sees(policy, access, settings)
      const about = `${JSON.stringify(settings)} is ${isSeen ? '' : 'not '}shown`
      const isAnalyst = !policy.startsWith('marketer')
      expect(shown.has(ids.destination), about).toBe(isSeen)
      expect(shown.has(ids.orchestration), about).toBe(isSeen && isAnalyst)
      expect(shown.has(ids.workflow), about).toBe(isSeen)
      expect(shown.has(ids.notification), about).toBe(isSeen)
      const found = async (path: string): Promise<number> => (await client.request('GET', path)).status
      expect(await found(`/destinations/${ids.destination}`)).toBe(isSeen ? 200 : 404)
      expect(await found(`/orchestrations/${ids.orchestration}`)).toBe(isAnalyst ? (isSeen ? 200 : 404) : 403)
      expect(await found(`/workflows/${ids.workflow}`)).toBe(isSeen ? 200 : 404)
      expect(await found(`/workflows/${ids.workflow}/actions`)).toBe(isSeen ? 200 : 404)
      const rejects = access.length > 0 ? 403 : isSeen ? 200 : 404
      expect(await found(`/workflows/${ids.workflow}/rejects`)).toBe(rejects)
      const { status } = await client.request('POST', `/notifications/${ids.notification}/read`)
      expect(status).toBe(isSeen ? 204 : 404)
    }
  })

  test.each(everyone)('sent to by %s with %j', async (policy, access) => {
    const client = clientOf(service.fetch, await keyWith(service, [policy], access))
    const acts = ['datagrid_administrator', 'datagrid_operator', 'analyst'].includes(policy)
    const isLet = ({ settings }: Placed): boolean => acts && sees(policy, access, settings)
    const before = await everythingStored()
    for (const place of places.filter((one) => !isLet(one)))
      for (const [path, body] of sendingsOf(place)) {
        const { status } = await client.request('POST', path, body)
        // Whoever acts is told that there is nothing; whoever does not is told that first.
        expect(status, `${JSON.stringify(place.settings)} ${path}`).toBe(acts ? 404 : 403)
      }
    expect(await everythingStored(), 'a refused request changed something').toBe(before)
    for (const place of places.filter(isLet))
      for (const [path, body] of sendingsOf(place)) {
        const { status } = await client.request('POST', path, body)
        expect([401, 403, 404, 500], `${JSON.stringify(place.settings)} ${path}`).not.toContain(status)
      }
  })

  test.each(everyone)('named to %s with %j only where it is seen', async (policy, access) => {
    const client = clientOf(service.fetch, await reader(policy, access))
    const textOf = async (path: string): Promise<string> =>
      JSON.stringify((await client.request('GET', path)).body)
    const everything = await Promise.all(
      [...LISTS.map((path) => `${path}?limit=200`), '/configuration', '/activity/export'].map(textOf),
    )
    for (const { settings, name, ...ids } of places) {
      const isSeen = sees(policy, access, settings)
      const { destination, orchestration, workflow } = ids
      const found = await Promise.all(
        [name, destination, orchestration, workflow].flatMap((text) =>
          [...LISTS, '/activity/export'].map((path) => textOf(`${path}?search=${encodeURIComponent(text)}`)),
        ),
      )
      const naming = [...everything, ...found].filter((text) =>
        [name, destination, orchestration, workflow].some((one) => text.includes(one)),
      )
      const [least, most] = isSeen ? [4, Infinity] : [0, 0]
      expect(naming.length, JSON.stringify(settings)).toBeGreaterThanOrEqual(least)
      expect(naming.length, `${JSON.stringify(settings)}: ${naming.join('\n')}`).toBeLessThanOrEqual(most)
    }
  })

  test.each(everyone)('told live to %s with %j only where it is seen', async (policy, access) => {
    const over = new AbortController()
    const client = clientOf(service.fetch, await reader(policy, access))
    const { body } = await client.stream('/notifications/stream', over.signal)
    const { db } = service.platform.store
    let text = ''
    let isTold = false
    for await (const piece of body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(piece).toString()
      // It listens once it has said so.
      if (!isTold && text.includes('event: gap')) {
        isTold = true
        for (const { destination, orchestration, workflow, notification } of places) {
          await publish(db, { type: 'destination', id: destination })
          await publish(db, { type: 'orchestration', id: orchestration })
          await publish(db, { type: 'workflow', id: workflow })
          await publish(db, { type: 'notification', id: notification })
        }
        await publish(db, { type: 'credential', id: 'a credential' })
        await publish(db, { type: 'destination', id: 'a deleted destination' })
        await publish(db, { type: 'alert', id: 'the last one' })
      }
      if (text.includes('the last one')) break
    }
    over.abort()
    const isAnalyst = !policy.startsWith('marketer')
    for (const { settings, destination, orchestration, workflow, notification } of places) {
      const isSeen = sees(policy, access, settings)
      expect(
        [destination, orchestration, workflow, notification].map((id) => text.includes(id)),
        JSON.stringify(settings),
      ).toEqual([isSeen, isSeen && isAnalyst, isSeen, isSeen])
    }
    expect(text.includes('a credential')).toBe(policy.startsWith('datagrid_'))
    const seesAll = places.every(({ settings }) => sees(policy, access, settings))
    expect(text.includes('a deleted destination')).toBe(seesAll)
    // Without its id it says that there is something to read again.
    expect(text).toContain('event: destination')
  })
})

test('what was for administrators only stays with them when its destination is deleted', async () => {
  const { admin, make } = world
  const destination = await make.destination({ adminOnly: true })
  const orchestration = await make.orchestration({ destinationId: destination })
  const { workflow } = await admin.ok<{ workflow: string }>('POST', `/orchestrations/${orchestration}/run`)
  await admin.ok('POST', `/workflows/${workflow}/stop`)
  await admin.ok('DELETE', `/orchestrations/${orchestration}`)
  await admin.ok('DELETE', `/destinations/${destination}`)
  const analyst = clientOf(service.fetch, await keyWith(service, ['analyst']))
  expect((await shownTo(analyst)).has(workflow)).toBe(false)
  expect((await analyst.request('GET', `/workflows/${workflow}`)).status).toBe(404)
  expect((await analyst.request('POST', `/workflows/${workflow}/actions`, { action: 'retry' })).status).toBe(
    404,
  )
  expect((await shownTo(admin)).has(workflow)).toBe(true)
})

test('a query that is in use names only the orchestrations that somebody sees', async () => {
  const { admin, make } = world
  const queryId = await make.query('active')
  const destinationId = await make.destination({ adminOnly: true })
  const hidden = await make.orchestration({ destinationId, queryId, name: 'hidden one' })
  const analyst = clientOf(service.fetch, await keyWith(service, ['analyst']))
  const refusal = async (client: Client): Promise<string> =>
    JSON.stringify((await client.request('DELETE', `/queries/${queryId}`)).body)
  expect(await refusal(admin)).toContain('hidden one')
  expect(await refusal(analyst)).toMatch(/"in_use".*1 that you may not see/)
  await make.orchestration({ queryId, name: 'open one' })
  expect(await refusal(analyst)).toMatch(/"in_use".*open one.* and 1 more/)
  expect(await refusal(analyst)).not.toContain('hidden one')
  expect(await admin.ok('GET', `/queries/${queryId}`)).toMatchObject({ orchestrations: [{ id: hidden }, {}] })
})

test('a list that is in use names the orchestration it belongs to only to people who see that one', async () => {
  const { admin, make } = world
  const [queryId, closed] = [await make.query('active'), await make.destination({ adminOnly: true })]
  const taken = await make.orchestration({
    destinationId: closed,
    queryId,
    name: 'owner of all',
    listName: 'Taken',
  })
  const destinationId = await make.destination({})
  const own = await make.orchestration({ destinationId, queryId, name: 'owner of none' })
  const analyst = clientOf(service.fetch, await keyWith(service, ['analyst']))
  const refusals = async (client: Client): Promise<unknown[]> => {
    const wanted = { name: 'one more', listName: 'Taken' }
    const answers = [
      await client.request('POST', '/orchestrations', { ...wanted, queryId, destinationId }),
      await client.request('POST', `/orchestrations/${own}/copy`, wanted),
      await client.request('PATCH', `/orchestrations/${own}`, { version: 1, listName: 'Taken' }),
      await client.request('POST', '/orchestrations', {
        queryId,
        destinationId,
        name: 'owner of none',
        listName: 'Free',
      }),
    ]
    return answers.map(({ status, body }) => [status, (body['error'] as { message: string }).message])
  }
  expect(await refusals(analyst)).toEqual(takenSayings('an orchestration that your access does not include'))
  expect(await refusals(admin)).toEqual(takenSayings('the orchestration "owner of all"'))
  await admin.ok('DELETE', `/orchestrations/${taken}`)
})

function takenSayings(whose: string): unknown[] {
  const owned = `customer list "Taken" of this ad account is taken: it belongs to ${whose}. Two`
  const named = 'an orchestration with this name already exists.'
  return [owned, owned, owned, named].map((text) => [409, expect.stringContaining(text)])
}

test.each(columns)(
  'the credential of a destination is named to %s with access to credentials alone',
  async (policy) => {
    const { make } = world
    const id = await make.destination({})
    const client = clientOf(service.fetch, await keyWith(service, [policy]))
    const isNamed = isAllowed(policy, null, 'credential:view')
    interface Seen {
      readonly id: string
      readonly credential: object | null
    }
    const one = await client.ok<Seen>('GET', `/destinations/${id}`)
    const { items } = await client.ok<{ items: Seen[] }>('GET', '/destinations?limit=200')
    const listed = items.find((item) => item.id === id)
    expect([one.credential !== null, listed !== undefined && listed.credential !== null]).toEqual([
      isNamed,
      isNamed,
    ])
  },
)

function sendingsOf({ orchestration, workflow }: Placed): readonly (readonly [string, object?])[] {
  return [
    [`/orchestrations/${orchestration}/run`],
    [`/orchestrations/${orchestration}/sample`, { members: 1 }],
    [`/orchestrations/${orchestration}/copy`, { name: 'x', listName: '' }],
    [`/workflows/${workflow}/actions`, { action: 'retry' }],
    [`/workflows/${workflow}/actions`, { action: 'restart' }],
    [`/workflows/${workflow}/stop`],
  ]
}

/** The ids of all that the lists show. */
async function shownTo(client: Client): Promise<ReadonlySet<string>> {
  const lists = ['/destinations', '/orchestrations', '/workflows', '/notifications']
  const answers = await Promise.all(
    lists.map((path) => client.request<{ items?: { id: string }[] }>('GET', `${path}?limit=200`)),
  )
  return new Set(answers.flatMap(({ body }) => (body.items ?? []).map(({ id }) => id)))
}

describe('personal data', () => {
  const restricted: ReadonlySet<OptionName | null> = new Set([
    'restrict_pii_access',
    'allow_limited_pii_access',
  ])

  test.each(columns)('is masked in previews for %s who may not see it', async (policy) => {
    const path = `/queries/${await world.make.query('active')}/preview`
    for (const option of [null, ...optionNames]) {
      const as = await keyWith(service, [policy], option === null ? [] : [option])
      const { status, body } = await clientOf(service.fetch, as).request<{ masked?: boolean }>(
        'POST',
        path,
        {},
      )
      const isMasked = restricted.has(option)
      const expected = isAllowed(policy, option, 'query:run')
        ? [200, isMasked, !isMasked]
        : [403, undefined, false]
      const seen = JSON.stringify(body).includes('person1@example.com')
      expect([status, body.masked, seen], String(option)).toEqual(expected)
    }
  })

  test.each(columns)('is downloaded by %s unless downloads are restricted', async (policy) => {
    const administers: readonly OptionName[] = ['allow_user_administration']
    for (const options of [administers, [...administers, 'restrict_downloads' as const]]) {
      const client = clientOf(service.fetch, await keyWith(service, [policy], options))
      const expected = options.includes('restrict_downloads') ? 403 : 200
      for (const path of [`/workflows/${world.endedWorkflow}/rejects`, '/activity/export'])
        expect((await client.request('GET', path)).status, path).toBe(expected)
      const { rejects } = await client.ok<{ rejects: boolean }>('GET', `/workflows/${world.endedWorkflow}`)
      expect(rejects).toBe(expected === 200)
    }
  })
})
