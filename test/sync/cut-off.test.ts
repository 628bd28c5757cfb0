import { request } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Limits } from '../../src/base/limits.ts'
import { changeSetOfWorkflow, listBatches } from '../../src/ledger/ledger.ts'
import { getWorkflow, listRunLog } from '../../src/workflow/workflow-store.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { startHalfOpenProxy } from '../support/half-open-proxy.ts'
import type { HalfOpenProxy } from '../support/half-open-proxy.ts'
import { openFleet } from './fleet.ts'
import type { Fleet, Machine } from './fleet.ts'
import { isWrite, membersOf, people } from './support.ts'

/**
 * A machine whose way to the database swallows everything, in the middle of a run: nobody closes its connections, and for
 * it Pinterest is as near as ever.
 */

const lockTiming = { checkMs: 30, lostAfterMs: 1_200, takeoverMs: 60_000 }
/** With room for a busy machine. */
const lostMsMax = 2 * lockTiming.lostAfterMs

let database: TestDatabase
let proxy: HalfOpenProxy
let fleet: Fleet
let cutOff: Machine
let other: Machine

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

beforeEach(async () => {
  proxy = await startHalfOpenProxy(database.url)
  fleet = await openFleet(database.url)
  cutOff = await fleet.machine({ databaseUrl: proxy.url, lockTiming })
  other = await fleet.machine()
})

afterEach(async () => {
  await proxy.close()
  await fleet.close()
})

/** When the simulator answered each write so far, by its own clock. */
function writes(): number[] {
  return fleet.simulator.control
    .calls()
    .filter(isWrite)
    .map(({ atMs }) => atMs)
}

/** Whether every request that was on its way has been answered: each change of a list is slowed down as it arrives. */
async function isQuiet(): Promise<boolean> {
  const { control, faults, url } = fleet.simulator
  // What came before has arrived when this is answered.
  await (await request(url)).body.dump()
  const updates = control.calls().filter(({ operation }) => operation === 'customer_lists/update')
  return updates.length >= faults.injected
}

/** How many batches of a workflow are recorded as being sent. */
async function sending(workflowId: string): Promise<number> {
  const { db } = other.store
  const changeSet = await changeSetOfWorkflow(db, workflowId)
  const batches = changeSet === undefined ? [] : await listBatches(db, changeSet.id)
  return batches.filter(({ state }) => state === 'sending').length
}

test.each<[string, string | undefined, Partial<Limits>, (id: string) => Promise<boolean>]>([
  ['in the middle of its batches', undefined, {}, async () => writes().length >= 4],
  // Each batch waits here, recorded as being sent, for the time that it may be sent at: the last of them for longer than this test
  // does. So a run that does not stop at once does not stop in time.
  [
    'while batches wait for their turn',
    'rollcall lock',
    { writesPerMinute: 6, batchesInFlight: 8 },
    async (id) => (await sending(id)) === 8,
  ],
])(
  'cut off %s it stops, and only then another goes on, exactly',
  async (_when, application, limits, isTime) => {
    const emails = people(150)
    const id = await other.schedule(await fleet.inputs(emails))
    fleet.simulator.faults.plan({
      rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 30, times: 100_000 }],
    })
    const running = cutOff.work(id, { limits }).catch((error: unknown) => error)
    await Promise.race([
      running.then((end) => expect(end).toBe('not before it is cut off')),
      vi.waitUntil(() => isTime(id), { interval: 2, timeout: 20_000 }),
    ])

    proxy.swallow(application)
    const cutOffMs = Date.now()
    expect(await running).toMatchObject({ code: 'database_unavailable', passing: true })
    await vi.waitUntil(isQuiet, { interval: 2, timeout: 20_000 })
    const writesOfFirst = writes()
    expect(writesOfFirst.filter((atMs) => atMs > cutOffMs + lostMsMax)).toEqual([])

    // The server has noticed nothing, so nobody goes on, and the first one sends nothing more.
    await expect(other.work(id)).rejects.toMatchObject({ code: 'already_running' })
    expect(await getWorkflow(other.store.db, id)).toMatchObject({ state: 'running' })

    await proxy.serverNoticed()
    expect(writes()).toEqual(writesOfFirst)
    // The turns that the first one waited for are as far off for everybody.
    await other.store.db.deleteFrom('rate_slot').execute()
    expect(await other.work(id)).toMatchObject({ end: { state: 'succeeded' } })
    expect(fleet.members()).toEqual(membersOf(emails))
    expect(fleet.listIds()).toHaveLength(1)
    const log = (await listRunLog(other.store.db, id)).map(({ text }) => text)
    expect(log.join('\n')).toMatch(/Taken over from worker \S+, which is gone/)
  },
)
