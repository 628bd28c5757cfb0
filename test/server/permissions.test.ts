import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { localActor } from '../../src/access/activity.ts'
import { createApiKey, revokeApiKey, rotateApiKey } from '../../src/access/api-keys.ts'
import { may, optionNames, permissions, policyNames } from '../../src/access/permissions.ts'
import type { Permission } from '../../src/access/permissions.ts'
import { signIn } from '../../src/access/sign-in.ts'
import { createUser } from '../../src/access/users.ts'
import type { RouteSpec } from '../../src/server/api.ts'
import { also, columns, isAllowed, needs } from './permission-table.ts'
import { ask, bearer, EVERY_OPTION, harmless, keyWith, openWorld } from './every-route.ts'
import { requestOf } from './route-requests.ts'
import type { As, Asked, World } from './every-route.ts'
import { openService } from './support.ts'
import type { Service } from './support.ts'
import { everythingStored } from './everything-stored.ts'

/** Every route, walked as every policy. What is expected stands in `permission-table.ts`. */

queriesRunHere()

let service: Service
let world: World

beforeAll(async () => {
  service = await openService()
  world = await openWorld(service)
})

afterAll(() => service.close())

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
    const before = await everythingStored(service)
    await forEach(all, async ({ name, as, refusal }) => {
      const expected = refusal(route)
      if (expected === null) return
      const { status, text } = await ask(service, as, route, asked)
      expect(`${name}: ${status}`).toBe(`${name}: ${expected}`)
      const { error } = JSON.parse(text) as { error: { code: string; message: string; requestId: string } }
      expect(error.code).toBe(expected === 401 ? 'not_signed_in' : 'access_denied')
      expect(error.requestId).toMatch(/^rq_/)
    })
    expect(await everythingStored(service), 'a refused request changed something').toBe(before)
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
    const before = await everythingStored(service)
    for (const [route, asked] of all) {
      const { status, text } = await ask(service, { ...fromOwnPage, cookie }, route, asked)
      expect(status, `${route.id}: ${text}`).toBe(403)
    }
    expect(await everythingStored(service)).toBe(before)
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
    const before = await everythingStored(service)
    for (const [route, asked] of all)
      for (const headers of elsewhere) {
        const { status, text } = await ask(service, { ...headers, cookie }, route, asked)
        expect(status, `${route.id} ${JSON.stringify(headers)}: ${text}`).toBe(403)
      }
    expect(await everythingStored(service)).toBe(before)
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
