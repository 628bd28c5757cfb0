import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { EVERY_OPTION } from './every-route.ts'
import { authorize, openService } from './support.ts'
import type { Client, Service } from './support.ts'

queriesRunHere()

/** Two people change the same things, each with what they read last: nobody's edit is lost, and nothing goes that is in use. */

const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const [SEED, RUNS] = isFullSweep ? [Date.now(), 500] : [20_261, 25]

let service: Service
let people: readonly [Client, Client]
let source: SourceDatabase

beforeAll(async () => {
  // Many credentials are made of one token.
  service = await openService({ simulator: { previousRefreshToken: 'stays-valid' } })
  people = [
    await service.as(['datagrid_administrator'], EVERY_OPTION),
    await service.as(['datagrid_administrator'], EVERY_OPTION),
  ]
  source = await createSourceDatabase()
  refreshToken = (await authorize(service.simulator)).refreshToken
})

afterAll(async () => {
  await service.close()
  await source.drop()
})

let refreshToken: string

const kinds = [
  'credentials',
  'data-sources',
  'destinations',
  'queries',
  'orchestrations',
  'alerts',
  'users',
  'api-keys',
] as const
type Kind = (typeof kinds)[number]

/** What one is made with: the kinds that it uses from then on. */
const uses: Readonly<Partial<Record<Kind, Readonly<Record<string, Kind>>>>> = {
  destinations: { credentialId: 'credentials' },
  queries: { dataSourceId: 'data-sources' },
  orchestrations: { queryId: 'queries', destinationId: 'destinations' },
}

/** One thing, as it must be. */
interface Thing {
  readonly kind: Kind
  readonly id: string
  readonly users: Set<Thing>
  version: number
  name: string
  isThere: boolean
  /** The version that each person read last. */
  readonly read: [number, number]
}

interface View {
  readonly id: string
  readonly version: number
  readonly name: string
}

let made = 0
const freshName = (): string => `thing ${(made += 1)}`

function bodyOf(kind: Kind, name: string): object {
  const { id: appId, secret: appSecret } = service.simulator.app
  const bodies: Readonly<Record<Kind, object>> = {
    credentials: { appId, appSecret, refreshToken },
    'data-sources': { kind: 'postgres', url: source.url },
    destinations: { adAccountId: AD_ACCOUNTS.owned },
    queries: { draft: { sql: "SELECT 'ana@example.com' AS email" } },
    orchestrations: { listName: name },
    alerts: { events: ['workflow_failed'], target: { to: ['ops@example.com'] } },
    users: { email: `user${made}@example.com`, policies: ['analyst'] },
    'api-keys': { policies: ['analyst'] },
  }
  return { name, ...bodies[kind] }
}

/** Some answers hold the thing itself within. */
function viewIn(body: object): View {
  const { alert, apiKey } = body as { alert?: View; apiKey?: View }
  return alert ?? apiKey ?? (body as View)
}

interface Step {
  readonly who: 0 | 1
  readonly what:
    | 'create'
    | 'read'
    | 'edit'
    | 'edit at once'
    | 'rename to one that is taken'
    | 'delete'
    | 'delete while it gets used'
  readonly kind: Kind
  readonly nth: number
}

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom(0 as const, 1 as const),
  what: fc.constantFrom(
    'create' as const,
    'create' as const,
    'read' as const,
    'edit' as const,
    'edit' as const,
    'edit at once' as const,
    'rename to one that is taken' as const,
    'delete' as const,
    'delete while it gets used' as const,
  ),
  kind: fc.constantFrom(...kinds),
  nth: fc.nat(5),
})

/** A step as a command, so that a history that fails shrinks to the steps that matter. One that does not apply does nothing. */
function taken(one: Step): fc.AsyncCommand<Model, null> {
  return {
    check: () => true,
    run: async (model) => model.take(one),
    toString: () =>
      `${one.who === 0 ? 'the first' : 'the second'} does "${one.what}" to ${one.kind} ${one.nth}`,
  }
}

/** Long enough that a history is about as long as people work side by side. */
const STEPS_MAX = 100

/** What is left of the test's time says what failed, with the shortest history that was found by then. */
const TIMEOUT_MS = 1_200_000
const SHRUNK_WITHIN_MS = TIMEOUT_MS - 60_000

class Model {
  readonly #things: Thing[] = []

  async take({ who, what, kind, nth }: Step): Promise<void> {
    if (what === 'create') return this.#create(people[who], kind, nth)
    const all = this.#things.filter((one) => one.kind === kind)
    const thing = all[nth % Math.max(1, all.length)]
    if (thing === undefined) return
    if (what === 'read') await this.#read(who, thing)
    if (what === 'edit') await this.#edit(who, thing, { name: freshName() })
    if (what === 'edit at once') await this.#editAtOnce(thing)
    if (what === 'rename to one that is taken') await this.#rename(who, thing, all)
    // A key is revoked, and stays under its name.
    if (what === 'delete' && kind !== 'api-keys') await this.#remove(people[who], thing)
    if (what === 'delete while it gets used') await this.#removeWhileUsed(thing, nth)
  }

  /** Everything is as it must be. */
  async check(): Promise<void> {
    for (const thing of this.#things) await this.#checkOne(thing)
  }

  async #checkOne(thing: Thing): Promise<void> {
    const { status, body } = await people[0].request<View>('GET', pathOf(thing))
    assert.equal(status, thing.isThere ? 200 : 404, thing.name)
    if (thing.isThere) assert.partialDeepStrictEqual(body, { name: thing.name, version: thing.version })
  }

  async #create(client: Client, kind: Kind, nth: number): Promise<void> {
    const parents = this.#parentsOf(kind, nth)
    if (parents === null) return
    const { status, body } = await client.request<object>('POST', `/${kind}`, this.#requestOf(kind, parents))
    assert.equal(status, 201, JSON.stringify(body))
    await this.#add(client, kind, viewIn(body), Object.values(parents))
  }

  #requestOf(kind: Kind, parents: Readonly<Record<string, Thing>>): object {
    const ids = Object.entries(parents).map(([field, { id }]) => [field, id])
    return { ...bodyOf(kind, freshName()), ...Object.fromEntries(ids) }
  }

  async #add(
    client: Client,
    kind: Kind,
    { id, name, version }: View,
    parents: readonly Thing[],
  ): Promise<void> {
    const thing: Thing = {
      kind,
      id,
      users: new Set(),
      version,
      name,
      isThere: true,
      read: [version, version],
    }
    if (kind === 'queries') {
      const active = await client.ok<View>('POST', `/queries/${id}/activate`, { version })
      assert.equal(active.version, version + 1)
      thing.version = active.version
    }
    this.#things.push(thing)
    for (const parent of parents) parent.users.add(thing)
  }

  #parentsOf(kind: Kind, nth: number): Readonly<Record<string, Thing>> | null {
    const found = Object.entries(uses[kind] ?? {}).map(([field, parent]) => {
      const all = this.#things.filter((one) => one.kind === parent && one.isThere)
      return [field, all[nth % Math.max(1, all.length)]] as const
    })
    if (found.some(([, parent]) => parent === undefined)) return null
    return Object.fromEntries(found) as Record<string, Thing>
  }

  async #read(who: 0 | 1, thing: Thing): Promise<void> {
    await this.#checkOne(thing)
    thing.read[who] = thing.version
  }

  async #edit(who: 0 | 1, thing: Thing, change: { readonly name: string }): Promise<void> {
    const sent = { ...change, version: thing.read[who] }
    const { status, body } = await people[who].request<object>('PATCH', pathOf(thing), sent)
    if (!thing.isThere) assert.equal(status, 404)
    else if (thing.read[who] !== thing.version) {
      assert.equal(status, 409)
      assert.partialDeepStrictEqual(body, { error: { code: 'changed_meanwhile' } })
    } else {
      assert.equal(status, 200, JSON.stringify(body))
      assert.partialDeepStrictEqual(viewIn(body), { ...change, version: thing.version + 1 })
      thing.version += 1
      thing.name = change.name
      thing.read[who] = thing.version
    }
    await this.#checkOne(thing)
  }

  async #editAtOnce(thing: Thing): Promise<void> {
    if (!thing.isThere) return
    const names = [freshName(), freshName()] as const
    const answers = await Promise.all(
      people.map((client, who) =>
        client.request<object>('PATCH', pathOf(thing), { name: names[who], version: thing.version }),
      ),
    )
    const won = answers.findIndex(({ status }) => status === 200)
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 409]))
    thing.version += 1
    thing.name = names[won] ?? ''
    thing.read[won as 0 | 1] = thing.version
    await this.#checkOne(thing)
  }

  async #rename(who: 0 | 1, thing: Thing, all: readonly Thing[]): Promise<void> {
    const other = all.find((one) => one !== thing && one.isThere)
    // The name of a user is not what they sign in with, so that two may have it.
    if (!thing.isThere || other === undefined || thing.kind === 'users') return
    const sent = { name: other.name, version: thing.version }
    const { status, body } = await people[who].request('PATCH', pathOf(thing), sent)
    assert.equal(status, 409)
    assert.partialDeepStrictEqual(body, { error: { code: 'name_taken' } })
    await this.#checkOne(thing)
  }

  async #remove(client: Client, thing: Thing): Promise<void> {
    const { status, body } = await client.request('DELETE', pathOf(thing))
    if (!thing.isThere) assert.equal(status, 404)
    else if (thing.users.size > 0) {
      assert.equal(status, 409)
      assert.partialDeepStrictEqual(body, { error: { code: 'in_use' } })
      for (const user of [...thing.users].slice(0, 5))
        assert.ok(JSON.stringify(body).includes(user.name), user.name)
    } else {
      assert.equal(status, 204, JSON.stringify(body))
      this.#gone(thing)
    }
    await this.#checkOne(thing)
  }

  #gone(thing: Thing): void {
    thing.isThere = false
    for (const other of this.#things) other.users.delete(thing)
  }

  /** Either of the two may be first; the other is told. */
  async #removeWhileUsed(thing: Thing, nth: number): Promise<void> {
    const user = kinds.find((kind) => Object.values(uses[kind] ?? {}).includes(thing.kind))
    if (user === undefined || !thing.isThere || thing.users.size > 0) return
    const parents = this.#parentsOf(user, nth)
    if (parents === null) return
    const field = Object.entries(uses[user] ?? {}).find(([, kind]) => kind === thing.kind)?.[0] ?? ''
    const used = { ...parents, [field]: thing }
    const [created, deleted] = await Promise.all([
      people[0].request<object>('POST', `/${user}`, this.#requestOf(user, used)),
      people[1].request('DELETE', pathOf(thing)),
    ])
    const outcome = `${created.status} ${deleted.status}`
    const told = JSON.stringify([created.body, deleted.body])
    assert.ok(['201 409', '404 204', '422 204'].includes(outcome), told)
    if (deleted.status === 204) this.#gone(thing)
    else await this.#add(people[0], user, viewIn(created.body), Object.values(used))
    await this.#checkOne(thing)
  }
}

function pathOf({ kind, id }: Thing): string {
  return `/${kind}/${id}`
}

test('whatever they do, in turn or at once', { timeout: TIMEOUT_MS }, async () => {
  const histories = fc.commands([step.map(taken)], { maxCommands: STEPS_MAX, size: 'max' })
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const model = new Model()
      for (const kind of kinds) await model.take({ who: 0, what: 'create', kind, nth: 0 })
      await fc.asyncModelRun(() => ({ model, real: null }), history)
      await model.check()
    }),
    { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: SHRUNK_WITHIN_MS, markInterruptAsFailure: true },
  )
  expect(service.log()).not.toContain('a defect stopped')
})
