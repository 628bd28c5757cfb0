import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sql } from 'kysely'
import { getWorkflow, listRunLog } from '../../../src/workflow/workflow-store.ts'
import { chanceOf } from './chance.ts'
import { everythingSlow, manySmallBatches, openWorkerFleet } from './fleet.ts'
import type { Fleet, Machine, Worker, WorkerFleet } from './fleet.ts'
import { isFullSweep, isWrite, membersOf, people } from './support.ts'

/**
 * A worker that is stopped, as by a debugger or a hypervisor: nothing of it is closed, it answers nobody, and it goes on one day where
 * it was. ROLLCALL_SWEEP=full does so 30 times.
 */

const rounds = Array.from({ length: isFullSweep ? 30 : 3 }, (_, index) => index + 1)
const limits = {
  ...manySmallBatches,
  takeoverMs: 4_000,
}

let workers: WorkerFleet
let fleet: Fleet
let office: Machine

beforeAll(async () => {
  workers = await openWorkerFleet(limits)
  ;({ fleet, office } = workers)
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

interface Stopped {
  readonly id: string
  /** Attempts that were recorded, and had not reached the network, when it was stopped. */
  readonly onTheirWay: () => number
  readonly stopped: Worker
  readonly other: Worker
  /** How the stopped one ends, once it is woken up. */
  readonly ended: Promise<string>
}

/** A worker that is stopped after so many writes of a run, and another one that does not know of it yet. */
async function stopAfterWrites(count: number): Promise<Stopped> {
  const [stopped, other] = [await workers.startWorker(0), await workers.startWorker(1)]
  const writes = (): number => fleet.simulator.control.calls().filter(isWrite).length
  const enough = writes() + count
  const id = await office.schedule(await fleet.inputs(present))
  const before = stopped.relay.writes()
  const ended = stopped.ask(id).then(
    (state) => state,
    (error: unknown) => String(error),
  )
  await vi.waitUntil(() => writes() >= enough, { interval: 1, timeout: 180_000 })
  process.kill(stopped.pid, 'SIGSTOP')
  const attempts = await attemptsOf(id)
  const onTheirWay = (): number => Math.max(0, attempts - (stopped.relay.writes() - before))
  return { id, onTheirWay, stopped, other, ended }
}

async function attemptsOf(workflow: string): Promise<number> {
  const rows = await office.store.db
    .selectFrom('attempt')
    .innerJoin('change_set', 'change_set.id', 'attempt.change_set_id')
    .select('change_set.id')
    .where('change_set.workflow_id', '=', workflow)
    .execute()
  return rows.length
}

/**
 * Wakes it up: it loses its list, sends nothing and writes nothing. No process looks whether the list is still its own and sends in one
 * step: when it was stopped between the two, that one request goes out, which was recorded as sent before.
 */
async function wakeInVain({ onTheirWay, stopped, ended }: Stopped): Promise<void> {
  const sent = stopped.relay.writes()
  const sentMax = sent + Math.min(1, onTheirWay())
  const before = await recorded()
  process.kill(stopped.pid, 'SIGCONT')
  expect(await ended).toMatch(/database_unavailable/)
  expect(stopped.relay.writes()).toBeLessThanOrEqual(sentMax)
  expect(await recorded()).toEqual(before)
}

test.for(rounds)(
  'round %i: stopped in mid-send, it loses its list; woken up, it sends nothing and writes nothing',
  async (round) => {
    const chance = chanceOf(round * 15_485_863)
    present = universe.filter((person) => present.includes(person) !== chance.happens(0.5))
    const run = await stopAfterWrites(chance.whole(1, 12))
    const { id, other } = run
    expect(await other.ask(id)).toBe('succeeded')
    expect(fleet.members()).toEqual(membersOf(present))
    await wakeInVain(run)
    expect(fleet.members()).toEqual(membersOf(present))
    const log = (await listRunLog(office.store.db, id)).map(({ text }) => text)
    expect(log.join('\n')).toMatch(/Taken over from worker \S+, which is gone/)
    await other.kill('SIGTERM')
  },
)

test('a run that a person stops meanwhile ends as stopped, by the worker that takes it over and sends nothing', async () => {
  present = universe.filter((person) => !present.includes(person))
  const run = await stopAfterWrites(3)
  const { id, other } = run
  expect(await office.resolve(id, 'stop')).toBeNull()
  // Whose it is has heard nothing.
  expect(await getWorkflow(office.store.db, id)).toMatchObject({ state: 'running', stop_requested: true })
  const sent = other.relay.writes()
  expect(await other.ask(id)).toBe('stopped')
  expect(other.relay.writes()).toBe(sent)
  await wakeInVain(run)
  expect(await getWorkflow(office.store.db, id)).toMatchObject({
    state: 'stopped',
    error: { code: 'stopped' },
  })
  await other.kill('SIGTERM')
})

test('stopped for a moment only, it goes on itself', async () => {
  present = universe.filter((person) => !present.includes(person))
  const { id, stopped, other, ended } = await stopAfterWrites(3)
  const asked = other.ask(id)
  // It tries to take the list, whose holder says nothing.
  await vi.waitUntil(async () => (await lockSessions()) >= 2, { interval: 1, timeout: 180_000 })
  process.kill(stopped.pid, 'SIGCONT')
  expect(await ended).toBe('succeeded')
  expect(await asked).toBe('nothing')
  expect(await getWorkflow(office.store.db, id)).toMatchObject({ state: 'succeeded' })
  expect(fleet.members()).toEqual(membersOf(present))
})
