import { expect, onTestFinished, test } from 'vitest'
import { workflowsAmong } from '../../../src/destinations/customer-list/list/sweep-left.ts'
import { openList } from '../../../src/ledger/lists.ts'
import { openLedger } from '../../ledger/support.ts'

test('a list sweeps what its own runs have left, and keeps off the runs of another', async () => {
  const ledger = await openLedger()
  onTestFinished(ledger.close)
  const { db } = ledger.store
  const [one, other] = [await openList(db, '1', 'One'), await openList(db, '1', 'Other')]
  const own = [await ledger.workflow(one.id), await ledger.workflow(one.id)]
  const ids = [...own, await ledger.workflow(other.id)]
  expect((await workflowsAmong(db, ids, { subject: one.id })).toSorted()).toEqual(own)
  expect(await workflowsAmong(db, own.slice(1), { subject: one.id })).toEqual(own.slice(1))
  await db
    .updateTable('workflow')
    .set({ state: 'failed' })
    .where('id', '=', own[0] ?? '')
    .execute()
  expect((await workflowsAmong(db, ids, { state: 'running' })).toSorted()).toEqual(ids.slice(1))
})
