import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import type { FaultRule } from '../../../simulator/main.ts'
import { openSealer } from '../../../src/access/secret-key.ts'
import { newId } from '../../../src/base/ids.ts'
import { findList } from '../../../src/ledger/lists.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { foldCopy } from '../../../src/destinations/customer-list/list/fold.ts'
import { servicesOn } from '../../../src/platform/open.ts'
import { readStatus } from '../../../src/history/status.ts'
import type { Services } from '../../../src/workflow/services.ts'
import { impatient, membersOf, openBase, openShop, people, quickLimits } from './support.ts'
import type { Base, Shop } from './support.ts'

let base: Base
let services: Services

beforeAll(async () => {
  base = await openBase()
  const sealer = await openSealer({ home: base.home, env: {} })
  services = servicesOn(
    { ...base, limits: quickLimits, env: {}, sealer },
    { db: inWorkspace(base.store.db, PRODUCTION), name: 'status' },
  )
})

afterAll(async () => {
  await services.close()
  await base.close()
})

async function shopOf(): Promise<Shop> {
  const shop = await openShop(base, { limits: { batchesInFlight: 1 } })
  onTestFinished(shop.close)
  return shop
}

const update = (kind: FaultRule['kind'], nth: number): FaultRule => ({
  operation: 'customer_lists/update',
  kind,
  nth,
  times: 1000,
})

/** What the status says of the shop's list. */
async function statusOf(shop: Shop): Promise<{ told: number; unsure: number }> {
  const lists = await readStatus(inWorkspace(base.store.db, PRODUCTION))
  const { told = -1, unsure = -1 } = lists.find(({ list }) => list === shop.list) ?? {}
  return { told, unsure }
}

/** What the next run will find, counted hash by hash. */
async function foldedOf(shop: Shop): Promise<{ told: number; unsure: number }> {
  const list = await findList(base.store.db, AD_ACCOUNTS.owned, shop.list)
  if (list === undefined) throw new Error('no list')
  const engine = services.engine.openRun({ list, id: newId('wf'), lock: null })
  const { signal } = new AbortController()
  const run = { db: base.store.db, engine, signal, log: async () => {} }
  const folded = await foldCopy(run, list)
  await engine.close()
  if (folded === null) return { told: list.told_count, unsure: list.unsure_count }
  return { told: folded.told.members, unsure: folded.unsure.members }
}

test.each([
  ['a batch that was refused', '400-1', { told: 21, unsure: 0 }],
  ['a batch whose answer was lost', 'lost-after', { told: 21, unsure: 7 }],
] as const)(
  'members are those that Pinterest confirmed, also of a run that broke off: %s',
  async (_case, kind, wanted) => {
    const shop = await shopOf()
    shop.simulator.faults.plan({ rules: [update(kind, 3)] })
    expect(await shop.sync(people(42), { limits: impatient })).toMatchObject({ state: 'failed' })
    expect(await statusOf(shop)).toEqual(wanted)
    expect(await foldedOf(shop)).toEqual(wanted)
  },
)

test.each([
  ['a batch that was refused', '400-1', { told: 33, unsure: 0 }],
  ['a batch whose answer was lost', 'lost-after', { told: 26, unsure: 7 }],
] as const)('who is removed is told no more: %s', async (_case, kind, wanted) => {
  const shop = await shopOf()
  await shop.sync(people(40))
  shop.simulator.faults.plan({ rules: [update(kind, 2)] })
  const broken = await shop.sync(people(15), { limits: impatient, inputs: { yes: true } })
  expect(broken).toMatchObject({ state: 'failed' })
  expect(await statusOf(shop)).toEqual(wanted)
  expect(await foldedOf(shop)).toEqual(wanted)
})

test('a removal that waits has removed nobody yet', async () => {
  const shop = await shopOf()
  await shop.sync(people(40))
  const inputs = { sendAdditionsFirst: true }
  expect(await shop.sync(people(20, 30), { inputs })).toMatchObject({ state: 'waiting' })
  expect(await statusOf(shop)).toEqual({ told: 50, unsure: 0 })
  expect(await foldedOf(shop)).toEqual({ told: 50, unsure: 0 })
})

test('of members that an earlier run left unsure, a run that broke off settled its share', async () => {
  const shop = await shopOf()
  shop.simulator.faults.plan({ rules: [update('lost-after', 3)] })
  await shop.sync(people(42), { limits: impatient })
  shop.simulator.faults.plan({ rules: [update('400-1', 2)] })
  await shop.sync(people(42), { limits: impatient })
  const [status, folded] = [await statusOf(shop), await foldedOf(shop)]
  // Which of them were in the batch that was confirmed is in the hash sets only: 7 of the 21 added were unsure.
  expect(status).toEqual({ told: folded.told, unsure: 7 - Math.round((7 * 7) / 21) })
  expect(folded.told).toBe(28)
})

test('of members that leave, those that were unsure are counted as such, as far as is known', async () => {
  const shop = await shopOf()
  shop.simulator.faults.plan({ rules: [update('lost-after', 3)] })
  await shop.sync(people(42), { limits: impatient })
  // 21 are told and 7 unsure; all of the unsure leave, and 7 of the others.
  const { told: before, unsure } = await foldedOf(shop)
  expect({ before, unsure }).toEqual({ before: 21, unsure: 7 })
  const told = membersOf(people(42)).slice(0, 28)
  expect(shop.members()).toEqual(told)
  const stay = people(42).filter((email) => told.slice(0, 14).includes(membersOf([email])[0] ?? ''))
  shop.simulator.faults.plan({ rules: [update('400-1', 2)] })
  const broken = await shop.sync(stay, { limits: impatient, inputs: { yes: true } })
  expect(broken).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
  // One batch of two is confirmed, so half of each.
  expect(await statusOf(shop)).toEqual({ told: 21 - Math.floor(7 / 2), unsure: 7 - Math.floor(7 / 2) })
  const folded = await foldedOf(shop)
  expect(folded.told + folded.unsure).toBe(21)
})
