import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { FaultKind, FaultRule } from '../../../simulator/main.ts'
import { getWorkflow } from '../../../src/workflow/workflow-store.ts'
import { impatient, membersOf, openBase, openShop, people } from './support.ts'
import type { Base, Shop } from './support.ts'

/** What a person approved is the change that was shown, and none after it. */

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

const update = (kind: FaultKind, nth = 1): FaultRule => ({
  operation: 'customer_lists/update',
  kind,
  nth,
  times: 1000,
})

test('an approval ends with its workflow: Restart asks again, for the very same removal', async () => {
  const shop = await shopOf()
  await shop.sync(people(100))
  const asked = await shop.sync(people(40))
  expect(asked).toMatchObject({ state: 'waiting', code: 'large_removal' })
  shop.simulator.faults.plan({ rules: [update('400-1')] })
  const failed = await shop.resolve(asked.id, 'approve', { limits: impatient })
  expect(failed).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
  shop.simulator.faults.clear()
  const again = await shop.resolve(asked.id, 'restart')
  expect(again).toMatchObject({ state: 'waiting', code: 'large_removal' })
  const { resolved_with: decided } = (await getWorkflow(base.store.db, asked.id)) ?? {}
  expect(decided).toBe('restart')
  expect(shop.members()).toEqual(membersOf(people(100)))
  expect(await shop.resolve(again?.id ?? '', 'approve')).toMatchObject({ state: 'succeeded' })
  expect(shop.members()).toEqual(membersOf(people(40)))
})

test('members whose answer was lost count among those that a removal is a part of', async () => {
  const shop = await shopOf()
  await shop.sync(people(20))
  shop.simulator.faults.plan({ rules: [update('lost-before')] })
  expect(await shop.sync(people(40), { limits: { ...impatient, batchSize: 20 } })).toMatchObject({
    state: 'failed',
  })
  shop.simulator.faults.clear()
  // 12 of the 20 that were told, and of the 40 that are told or unsure.
  expect(await shop.sync(people(28, 12))).toMatchObject({ state: 'succeeded' })
  expect(shop.members()).toEqual(membersOf(people(28, 12)))
})
