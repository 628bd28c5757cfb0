import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import type { FaultKind, FaultRule } from '../../../simulator/main.ts'
import { changeSetOfWorkflow } from '../../../src/ledger/ledger.ts'
import { findList, rememberCounters } from '../../../src/ledger/lists.ts'
import { readReceipts } from '../../../src/ledger/receipts.ts'
import { isNewer } from '../../../src/destinations/customer-list/sending/create-list.ts'
import { audiencesFrom, makeList } from './outside.ts'
import { forgetOutcomes, impatient, membersOf, openBase, openShop, people } from './support.ts'
import type { Base, Shop } from './support.ts'

/** A list whose making stayed unanswered: it may be there, may still come, and may not be the one that has its name. */

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

async function shopOf(): Promise<Shop> {
  const shop = await openShop(base)
  onTestFinished(shop.close)
  return shop
}

const create = (kind: FaultKind, nth: number, times = 1): FaultRule => ({
  operation: 'customer_lists/create',
  kind,
  nth,
  times,
})

/** A run that cannot know whether it made the list; truly it did not. */
async function unanswered(shop: Shop, emails: readonly string[], ...more: readonly FaultRule[]) {
  shop.simulator.faults.plan({ rules: [...more, create('lost-before', 1, 1000)] })
  const run = await shop.sync(emails, { limits: impatient })
  expect(run.state).toBe('failed')
  shop.simulator.faults.clear()
  return run
}

test.each([
  ['fewer records', people(3, 900)],
  ['more records', people(9, 900)],
])(
  'a list of the name with %s than were sent is not believed to hold the first batch',
  async (_what, theirs) => {
    const shop = await shopOf()
    const run = await unanswered(shop, people(20))
    await makeList(shop.simulator, shop.list, theirs)
    expect(await shop.resolve(run.id, 'retry')).toMatchObject({ state: 'succeeded' })
    expect(shop.listIds()).toHaveLength(1)
    expect(shop.members()).toEqual(membersOf([...people(20), ...theirs]))
  },
)

test.each(['add', 'remove'] as const)(
  'nor is one of as many records that others changed since: %s',
  async (change) => {
    const shop = await shopOf()
    const run = await unanswered(shop, people(20))
    const theirs = people(change === 'add' ? 6 : 7, 900)
    const id = await makeList(shop.simulator, shop.list, theirs)
    shop.simulator.control.changeElsewhere(id, { [change]: people(1, change === 'add' ? 906 : 950) })
    expect(await shop.resolve(run.id, 'retry')).toMatchObject({ state: 'succeeded' })
    expect(shop.members()).toEqual(membersOf([...people(20), ...people(7, 900)]))
  },
)

test('one with just the records that were sent holds the first batch, which is not sent again', async () => {
  const shop = await shopOf()
  const run = await unanswered(shop, people(20))
  const first = membersOf(people(20)).slice(0, 7)
  await makeList(shop.simulator, shop.list, first)
  const before = shop.writes()
  expect(await shop.resolve(run.id, 'retry')).toMatchObject({ state: 'succeeded' })
  expect(shop.members()).toEqual(membersOf(people(20)))
  // Two more batches, and the audience.
  expect(shop.writes() - before).toBe(3)
})

test.each([
  ['in the same run', [create('lost-before', 1), create('400-1', 2)], []],
  ['in a later run', [create('lost-before', 1, 3)], [create('400-1', 1)]],
])(
  'a refusal after a lost answer, %s, does not withdraw what the lost one may have made',
  async (_when, first, then) => {
    const shop = await shopOf()
    shop.simulator.faults.plan({ rules: first })
    let run = await shop.sync(people(20), { limits: impatient })
    expect(run.state).toBe('failed')
    if (then.length > 0) {
      shop.simulator.faults.plan({ rules: then })
      run = (await shop.resolve(run.id, 'retry', { limits: impatient })) ?? run
    }
    expect(run).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
    shop.simulator.faults.clear()
    // The request whose answer was lost arrives late.
    const id = await makeList(shop.simulator, shop.list, membersOf(people(20)).slice(0, 7))
    const ended = await shop.sync(people(15), { inputs: { yes: true } })
    expect(ended).toMatchObject({ state: 'succeeded', result: { list: { id } } })
    expect(shop.listIds()).toEqual([id])
    expect(shop.members()).toEqual(membersOf(people(15)))
  },
)

test('every further try keeps in mind since when the list may have been made', async () => {
  const shop = await shopOf()
  const intent = async () =>
    (await findList(base.store.db, AD_ACCOUNTS.owned, shop.list))?.create_intent?.newestIdBefore
  const run = await unanswered(shop, people(20))
  const first = await intent()
  expect(first).toMatch(/^\d+$/)
  await makeList(shop.simulator, 'another', people(3, 900))
  shop.simulator.faults.plan({ rules: [create('lost-before', 1, 1000)] })
  expect(await shop.resolve(run.id, 'retry', { limits: impatient })).toMatchObject({ state: 'failed' })
  expect(await intent()).toBe(first)
})

test('an older list of the name is not taken for the one whose making stayed unanswered', async () => {
  const shop = await shopOf()
  const { id } = (await shop.sync(people(20))).result.list
  shop.simulator.control.changeElsewhere(id ?? '', { add: people(1, 900) })
  const warned = await shop.sync(people(20))
  expect(warned.warnings).toEqual(['list_changed_elsewhere'])
  shop.simulator.faults.plan({ rules: [create('lost-before', 1)] })
  expect(await shop.resolve(warned.id, 'rebuild')).toMatchObject({ state: 'succeeded', warnings: [] })
  expect(shop.listIds()).toHaveLength(2)
  expect(shop.members()).toEqual(membersOf(people(20)))
})

test('a making that was surely refused claims no list that others make later', async () => {
  const shop = await shopOf()
  shop.simulator.faults.plan({ rules: [create('400-1', 1)] })
  const refused = await shop.sync(people(20))
  expect(refused).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
  // Nothing of it may have landed.
  const states = (await readReceipts(base.store.db, refused.id)).map(({ state }) => state)
  expect(new Set(states)).toEqual(new Set(['planned']))
  await makeList(shop.simulator, shop.list, people(3, 900))
  expect(await shop.sync(people(20))).toMatchObject({ state: 'failed', code: 'list_not_empty' })
})

test('a list of the name that holds a single record of others is not used unasked', async () => {
  const shop = await shopOf()
  await makeList(shop.simulator, shop.list, people(1, 900))
  expect(await shop.sync(people(20))).toMatchObject({ state: 'failed', code: 'list_not_empty' })
})

test('once a run ended well it is known again what Pinterest counts, and others are noticed', async () => {
  const shop = await shopOf()
  const { id } = (await shop.sync(people(20))).result.list
  const lost: FaultRule = { operation: 'customer_lists/update', kind: 'lost-after', times: 1000 }
  shop.simulator.faults.plan({ rules: [lost] })
  expect(await shop.sync(people(24), { limits: impatient })).toMatchObject({ state: 'failed' })
  shop.simulator.faults.clear()
  expect(await shop.sync(people(24))).toMatchObject({ state: 'succeeded', warnings: [] })
  shop.simulator.control.changeElsewhere(id ?? '', { add: people(1, 900) })
  expect((await shop.sync(people(24))).warnings).toEqual(['list_changed_elsewhere'])
})

test('what a process sent when it died may have landed any number of times, for a new run too', async () => {
  const shop = await shopOf()
  await shop.sync(people(20))
  const { counters } = (await findList(base.store.db, AD_ACCOUNTS.owned, shop.list)) ?? {}
  const lost: FaultRule = { operation: 'customer_lists/update', kind: 'lost-after', times: 1000 }
  shop.simulator.faults.plan({ rules: [lost] })
  const { id } = await shop.sync(people(24), { limits: impatient })
  shop.simulator.faults.clear()
  // As it stood before any answer was given up.
  const { db } = base.store
  const changeSet = await changeSetOfWorkflow(db, id)
  expect(await forgetOutcomes(db, changeSet?.id ?? '')).toBe(1)
  await rememberCounters(db, changeSet?.list_id ?? '', counters ?? null)
  expect(await shop.sync(people(24))).toMatchObject({ state: 'succeeded', warnings: [] })
})

const faulty = (kind: FaultKind): FaultRule => ({ operation: 'customer_lists/update', kind, times: 1000 })

test('what Pinterest counts stays unknown until a run has verified it, also when others changed the list before', async () => {
  const shop = await shopOf()
  const { id } = (await shop.sync(people(20))).result.list
  shop.simulator.control.changeElsewhere(id ?? '', { add: people(1, 900) })
  expect((await shop.sync(people(20))).warnings).toEqual(['list_changed_elsewhere'])
  shop.simulator.faults.plan({ rules: [faulty('lost-after')] })
  expect(await shop.sync(people(24), { limits: impatient })).toMatchObject({ state: 'failed' })
  shop.simulator.faults.plan({ rules: [faulty('400-1')] })
  expect(await shop.sync(people(24))).toMatchObject({ code: 'pinterest_refused' })
  expect(await findList(base.store.db, AD_ACCOUNTS.owned, shop.list)).toMatchObject({ counters: null })
})

test('a stop while the audience is being made asks Pinterest nothing more', async () => {
  const shop = await shopOf()
  const stop = new AbortController()
  shop.simulator.faults.plan({ rules: [{ operation: 'audiences/create', kind: 'hang-after' }] })
  const running = shop.sync(people(20), { signal: stop.signal })
  const asked = () => shop.simulator.control.calls().map(({ operation }) => operation)
  await vi.waitUntil(() => asked().includes('audiences/create'), { interval: 5, timeout: 180_000 })
  const before = asked()
  stop.abort()
  expect(await running).toMatchObject({ state: 'stopped' })
  expect(asked()).toEqual(before)
  // Made a moment later it would not be found yet, and so another would be asked for.
  const list = await findList(base.store.db, AD_ACCOUNTS.owned, shop.list)
  expect(list?.audience_asked_at).not.toBeNull()
  const again = await shop.sync(people(20))
  expect(again).toMatchObject({ state: 'succeeded', result: { audience: { created: false } } })
  expect(await audiencesFrom(shop.simulator, again.result.list.id ?? '')).toBe(1)
})

test.each([
  ['999', '1000', false],
  ['1000', '999', true],
  ['1000', '1000', false],
  ['1001', '1000', true],
  ['1000', '0', true],
])('list %s is newer than %s: %s', (id, than, newer) => {
  expect(isNewer(id, than)).toBe(newer)
})
