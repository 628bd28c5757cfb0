import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { optionNames } from '../../src/access/permissions.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import { publish } from '../../src/store/events.ts'
import { columns, isAllowed } from './permission-table.ts'
import { keyWith, openWorld } from './every-route.ts'
import type { As, World } from './every-route.ts'
import { clientOf, openService } from './support.ts'
import type { Client, Service } from './support.ts'
import { everythingStored } from './everything-stored.ts'

/** Who sees a destination and all that belongs to it, and who sends to it; and what of personal data. */

queriesRunHere()

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
    const before = await everythingStored(service)
    for (const place of places.filter((one) => !isLet(one)))
      for (const [path, body] of sendingsOf(place)) {
        const { status } = await client.request('POST', path, body)
        // Whoever acts is told that there is nothing; whoever does not is told that first.
        expect(status, `${JSON.stringify(place.settings)} ${path}`).toBe(acts ? 404 : 403)
      }
    expect(await everythingStored(service), 'a refused request changed something').toBe(before)
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
