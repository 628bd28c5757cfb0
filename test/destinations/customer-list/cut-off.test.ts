import { request } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Limits } from '../../../src/base/limits.ts'
import { listBatches } from '../../../src/ledger/attempts.ts'
import { changeSetOfWorkflow } from '../../../src/ledger/ledger.ts'
import { getWorkflow, listRunLog } from '../../../src/workflow/workflow-store.ts'
import { createTestDatabase } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { startHalfOpenProxy } from '../../support/half-open-proxy.ts'
import type { HalfOpenProxy } from '../../support/half-open-proxy.ts'
import { openFleet } from './fleet.ts'
import type { Fleet, Machine } from './fleet.ts'
import { isWrite, membersOf, people } from './support.ts'

/**
 * A machine whose way to the database swallows everything, in the middle of a run: nobody closes its connections, and for
 * it Pinterest is as near as ever.
 */

const lockTiming = { checkMs: 30, lostAfterMs: 1_200, takeoverMs: 60_000 }

let database: TestDatabase
let proxy: HalfOpenProxy
let fleet: Fleet
let other: Machine

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

beforeEach(async () => {
  proxy = await startHalfOpenProxy(database.url)
  fleet = await openFleet(database.url)
  other = await fleet.machine()
})

afterEach(async () => {
  await proxy.close()
  await fleet.close()
})

/** How many writes the simulator has answered so far. */
function writes(): number {
  return fleet.simulator.control.calls().filter(isWrite).length
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

interface Case {
  readonly when: string
  /** Whose connections are swallowed, if not all. */
  readonly application?: string
  readonly limits: Partial<Limits>
  readonly lostAfterMs?: number
  readonly isTime: (id: string) => Promise<boolean>
  /** Writes that may follow: those that were under way. */
  readonly writesMax: number
}

// Where batches wait for their turn they are recorded as being sent already, and only the way to the lock is cut off: nothing but
// what the run knows of its lock holds them back.
test.each<Case>([
  { when: 'in the middle of its batches', limits: {}, isTime: async () => writes() >= 4, writesMax: 3 },
  // The last of them waits for longer than this test does: a run that does not stop at once does not stop in time.
  {
    when: 'while batches wait for their turn',
    application: 'rollcall lock',
    limits: { writesPerMinute: 1, batchesInFlight: 8 },
    isTime: async (id) => (await sending(id)) === 8,
    writesMax: 0,
  },
  // All of them have their turn before it gives the lock up, as after a process was stopped: each asks before it goes.
  {
    when: 'while it is not sure of its list any more',
    application: 'rollcall lock',
    limits: { writesPerMinute: 600, batchesInFlight: 8 },
    lostAfterMs: 5_000,
    isTime: async (id) => (await sending(id)) === 8,
    writesMax: 4,
  },
])(
  'cut off $when it stops, and only then another goes on, exactly',
  async ({ application, limits, lostAfterMs = lockTiming.lostAfterMs, isTime, writesMax }) => {
    const cutOff = await fleet.machine({
      databaseUrl: proxy.url,
      lockTiming: { ...lockTiming, lostAfterMs },
    })
    const emails = people(150)
    const id = await other.schedule(await fleet.inputs(emails))
    fleet.simulator.faults.plan({
      rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 30, times: 100_000 }],
    })
    const running = cutOff.work(id, { limits }).catch((error: unknown) => error)
    await Promise.race([
      running.then((end) => expect(end).toBe('not before it is cut off')),
      vi.waitUntil(() => isTime(id), { interval: 2, timeout: 180_000 }),
    ])

    proxy.swallow(application)
    const writesBefore = writes()
    expect(await running).toMatchObject({ code: 'database_unavailable', passing: true })
    await vi.waitUntil(isQuiet, { interval: 2, timeout: 180_000 })
    const writesOfFirst = writes()
    expect(writesOfFirst - writesBefore).toBeLessThanOrEqual(writesMax)

    // The server has noticed nothing, so nobody goes on, and the first one sends nothing more.
    await expect(other.work(id)).rejects.toMatchObject({ code: 'already_running' })
    expect(await getWorkflow(other.store.db, id)).toMatchObject({ state: 'running' })

    await proxy.serverNoticed()
    expect(writes()).toBe(writesOfFirst)
    // The turns that the first one waited for are as far off for everybody.
    await other.store.db.deleteFrom('rate_slot').execute()
    expect(await other.work(id)).toMatchObject({ end: { state: 'succeeded' } })
    expect(fleet.members()).toEqual(membersOf(emails))
    expect(fleet.listIds()).toHaveLength(1)
    const log = (await listRunLog(other.store.db, id)).map(({ text }) => text)
    expect(log.join('\n')).toMatch(/Taken over from worker \S+, which is gone/)
  },
)
