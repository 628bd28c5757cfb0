import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { formOf } from '../../../src/destinations/customer-list/outputs.ts'
import { localPrincipal } from '../../../src/access/permissions.ts'
import { workflowSummaries } from '../../../src/history/workflows.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { saidOf } from '../../../src/workflow/task-output.ts'
import { listTasks } from '../../../src/workflow/tasks.ts'
import { impatient, openBase, openShop, people } from './support.ts'
import type { Base, Shop } from './support.ts'

/** A run names the members in its query and those on its list, which are two numbers unless it brought the list in step. */

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

async function shopOf(): Promise<Shop> {
  const shop = await openShop(base, { limits: { batchesInFlight: 1 } })
  onTestFinished(shop.close)
  return shop
}

async function summaryOf(
  workflow: string,
): Promise<{ members: unknown; inQuery: unknown; summary: unknown }> {
  const db = inWorkspace(base.store.db, PRODUCTION)
  const found = (await workflowSummaries(db, localPrincipal, [workflow])).get(workflow)
  return { members: found?.members, inQuery: found?.inQuery, summary: found?.summary }
}

test('the summary of a run counts what its list held afterwards, whatever later runs did', async () => {
  const shop = await shopOf()
  const rules = [{ operation: 'customer_lists/update', kind: '400-1', nth: 3, times: 1000 } as const]
  shop.simulator.faults.plan({ rules })
  const broken = await shop.sync(people(42), { limits: impatient })
  expect(broken.state).toBe('failed')
  const part = { members: 42, inQuery: null, summary: '+21 −0, 21 members' }
  expect(await summaryOf(broken.id)).toEqual(part)
  shop.simulator.faults.plan({ rules: [] })
  const whole = await shop.sync(people(42))
  expect(await summaryOf(whole.id)).toEqual({ members: 42, inQuery: null, summary: '+21 −0, 42 members' })
  const waiting = await shop.sync(people(5))
  expect(waiting.state).toBe('waiting')
  expect(await summaryOf(waiting.id)).toEqual({
    members: 5,
    inQuery: null,
    summary: 'Nothing changed, 42 members',
  })
  const more = await shop.sync(people(43))
  expect(await summaryOf(more.id)).toEqual({ members: 43, inQuery: null, summary: '+1 −0, 43 members' })
  expect(await summaryOf(waiting.id)).toEqual({
    members: 5,
    inQuery: null,
    summary: 'Nothing changed, 42 members',
  })
  expect(await summaryOf(broken.id)).toEqual(part)
})

test('a sample says how many members of the query it holds', async () => {
  const shop = await shopOf()
  const { id: workflow } = await shop.sync([...people(40), ...people(5)], { inputs: { sampleMembers: 10 } })
  expect(await summaryOf(workflow)).toEqual({ members: 10, inQuery: 40, summary: '+10 −0, 10 members' })
  const compare = (await listTasks(base.store.db, workflow)).find(({ name }) => name === 'compare')
  if (compare === undefined) throw new Error('nothing was compared')
  expect(saidOf(formOf('compare'), compare)).toBe('10 of 40 in the query: +10 −0, 5 duplicates')
})
