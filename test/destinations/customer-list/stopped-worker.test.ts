import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sql } from 'kysely'
import type { FaultRule } from '../../../simulator/main.ts'
import { getWorkflow, listRunLog } from '../../../src/workflow/workflow-store.ts'
import { chanceOf } from './chance.ts'
import { openWorkerFleet } from './fleet.ts'
import type { Fleet, Machine, WorkerFleet } from './fleet.ts'
import { isFullSweep, isWrite, membersOf, people } from './support.ts'

/**
 * A worker that is stopped, as by a debugger or a hypervisor: nothing of it is closed, it answers nobody, and it goes on one day where
 * it was. ROLLCALL_SWEEP=full does so 30 times.
 */

const rounds = Array.from({ length: isFullSweep ? 30 : 3 }, (_, index) => index + 1)
const limits = {
  batchSize: 5,
  batchesInFlight: 3,
  writesPerMinute: 100_000,
  readsPerMinute: 100_000,
  audienceMembersMin: 1,
  lockWaitMs: 50,
  takeoverMs: 4_000,
}

const everythingSlow: FaultRule = { operation: '*', kind: 'slow', delayMs: 15, times: 1_000_000 }

let workers: WorkerFleet
let fleet: Fleet
let office: Machine

beforeAll(async () => {
  workers = await openWorkerFleet(limits)
  ;({ fleet, office } = workers)
  // Every answer takes its time, so that most moments of a run lie between calls.
  fleet.simulator.faults.plan({ rules: [everythingSlow] })
})

afterAll(() => workers.close())

/** All that the database says of workflows, lists and what was sent. */
async function recorded(): Promise<unknown> {
  const lists = ['customer_list', 'change_set', 'batch', 'attempt', 'attempt_outcome', 'stored_file']
  const tables = ['workflow', 'task', 'run_log', ...lists]
  return Promise.all(
    tables.map(
      async (table) =>
        (await sql`select * from ${sql.table(table)} t order by t::text`.execute(office.store.db)).rows,
    ),
  )
}

/** Connections that hold a lock or try to take one. */
async function lockSessions(): Promise<number> {
  const { rows } = await sql`select pid from pg_stat_activity
    where datname = current_database() and application_name = 'rollcall lock'`.execute(office.store.db)
  return rows.length
}

const universe = people(240)
let present = universe.slice(0, 120)

test.for(rounds)(
  'round %i: stopped in mid-send, it loses its list; woken up, it sends nothing and writes nothing',
  async (round) => {
    const chance = chanceOf(round * 15_485_863)
    present = universe.filter((person) => present.includes(person) !== chance.happens(0.5))
    const [stopped, other] = [await workers.startWorker(0), await workers.startWorker(1)]
    const writesBefore = fleet.simulator.control.calls().filter(isWrite).length
    const writes = (): number => fleet.simulator.control.calls().filter(isWrite).length - writesBefore
    const id = await office.schedule(await fleet.inputs(present))
    const ended = stopped.ask(id).then(
      (state) => state,
      (error: unknown) => String(error),
    )
    const moment = chance.whole(1, 12)
    await vi.waitUntil(() => writes() >= moment, { interval: 1, timeout: 60_000 })
    process.kill(stopped.pid, 'SIGSTOP')

    expect(await other.ask(id)).toBe('succeeded')
    expect(fleet.members()).toEqual(membersOf(present))
    const sent = stopped.relay.writes()
    const before = await recorded()
    process.kill(stopped.pid, 'SIGCONT')
    expect(await ended).toMatch(/database_unavailable/)
    expect(stopped.relay.writes()).toBe(sent)
    expect(await recorded()).toEqual(before)
    expect(fleet.members()).toEqual(membersOf(present))
    const log = (await listRunLog(office.store.db, id)).map(({ text }) => text)
    expect(log.join('\n')).toMatch(/Taken over from worker \S+, which is gone/)
    await other.kill('SIGTERM')
  },
)

test('stopped for a moment only, it goes on itself', async () => {
  present = universe.filter((person) => !present.includes(person))
  const [stopped, other] = [await workers.startWorker(0), await workers.startWorker(1)]
  const writesBefore = fleet.simulator.control.calls().filter(isWrite).length
  const id = await office.schedule(await fleet.inputs(present))
  const ended = stopped.ask(id)
  const writes = (): number => fleet.simulator.control.calls().filter(isWrite).length - writesBefore
  await vi.waitUntil(() => writes() >= 3, { interval: 1, timeout: 60_000 })
  process.kill(stopped.pid, 'SIGSTOP')
  const asked = other.ask(id)
  // It tries to take the list, whose holder says nothing.
  await vi.waitUntil(async () => (await lockSessions()) >= 2, { interval: 1, timeout: 60_000 })
  process.kill(stopped.pid, 'SIGCONT')
  expect(await ended).toBe('succeeded')
  expect(await asked).toBe('nothing')
  expect(await getWorkflow(office.store.db, id)).toMatchObject({ state: 'succeeded' })
  expect(fleet.members()).toEqual(membersOf(present))
})
