import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { FaultRule } from '../../../simulator/main.ts'
import { listBatches } from '../../../src/ledger/attempts.ts'
import { changeSetOfWorkflow } from '../../../src/ledger/ledger.ts'
import type { Batch } from '../../../src/ledger/batch-state.ts'
import { getWorkflow, listRunLog } from '../../../src/workflow/workflow-store.ts'
import { listTasks } from '../../../src/workflow/tasks.ts'
import { chanceOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { everythingSlow, manySmallBatches, openWorkerFleet } from './fleet.ts'
import type { Fleet, Machine, Worker, WorkerFleet } from './fleet.ts'
import { isFullSweep, isWrite, membersOf, people } from './support.ts'

/**
 * Two workers on two machines are given the same workflow; the one that runs it is killed at any moment, and the other goes on.
 * ROLLCALL_SWEEP=full does so 30 times.
 */

const rounds = Array.from({ length: isFullSweep ? 30 : 4 }, (_, index) => index + 1)
const limits = {
  ...manySmallBatches,
  // A request on its way lands within this time, so a creation is not waited for much longer.
  requestTimeoutMs: 2_000,
  lostProcessesMax: 2,
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

const writesSoFar = (): number => fleet.simulator.control.calls().filter(isWrite).length

async function holderOf(workflowId: string): Promise<string> {
  return (await getWorkflow(office.store.db, workflowId))?.holder ?? ''
}

async function confirmedOf(workflowId: string): Promise<Batch[]> {
  const changeSet = await changeSetOfWorkflow(office.store.db, workflowId)
  const batches = changeSet === undefined ? [] : await listBatches(office.store.db, changeSet.id)
  return batches.filter(({ state }) => state === 'confirmed')
}

const universe = people(300)
let present = universe.slice(0, 150)

/** Records a workflow for other rows than before. Its id, and in how many batches it sends what changes. */
async function schedule(chance: Chance, isRebuilt = false): Promise<{ id: string; batches: number }> {
  const before = new Set(isRebuilt ? [] : present)
  const share = chance.pick([0.3, 0.5])
  present = universe.filter((person) => present.includes(person) !== chance.happens(share))
  const added = present.filter((person) => !before.has(person)).length
  const removed = before.size - (present.length - added)
  const id = await office.schedule(await fleet.inputs(present), {
    started_with: isRebuilt ? 'rebuild' : null,
  })
  return { id, batches: Math.ceil(added / limits.batchSize) + Math.ceil(removed / limits.batchSize) }
}

test('one worker runs it, the other finds nothing left to do', async () => {
  const both = [await workers.startWorker(0), await workers.startWorker(1)]
  const { id } = await schedule(chanceOf(1))
  const answers = await Promise.all(both.map(async (worker) => worker.ask(id)))
  expect(answers.toSorted()).toEqual(['nothing', 'succeeded'])
  expect(fleet.members()).toEqual(membersOf(present))
})

test.for(rounds)(
  'round %i: killed in the middle, its workflow ends exactly under the other',
  async (round) => {
    const chance = chanceOf(round * 104_729)
    const isRebuilt = round % 3 === 0
    const listsBefore = fleet.listIds().length
    const both = [await workers.startWorker(0), await workers.startWorker(1)]
    const writesBefore = writesSoFar()
    const sentBefore = both.map(({ relay }) => relay.writes())
    const { id, batches } = await schedule(chance, isRebuilt)
    const asked = both.map(async (worker) => worker.ask(id).catch(() => 'killed'))
    let hasEnded = false
    const ended = Promise.race(asked).then(() => (hasEnded = true))
    await vi.waitUntil(async () => (await holderOf(id)) !== '', { interval: 2, timeout: 180_000 })
    const moment = writesBefore + chance.whole(0, batches)
    await vi.waitUntil(() => hasEnded || writesSoFar() >= moment, { interval: 1, timeout: 180_000 })
    // A little later, in steps that take as long as this machine needs for what the worker does too.
    for (let steps = chance.whole(0, 3); steps > 0; steps -= 1) await confirmedOf(id)

    const holder = await holderOf(id)
    const [killed, other] = both.toSorted(({ pid }) => (holder.endsWith(`:${pid}`) ? -1 : 1)) as [
      Worker,
      Worker,
    ]
    expect(other.relay.writes(), 'sent while the first one lived').toBe(sentBefore[both.indexOf(other)])
    await killed.kill('SIGKILL')
    const confirmed = await confirmedOf(id)
    const writesOfKilled = killed.relay.writes()

    await ended
    const answers = await Promise.all(asked)
    expect(await getWorkflow(office.store.db, id)).toMatchObject({ state: 'succeeded', error: null })
    expect(fleet.members()).toEqual(membersOf(present))
    expect(fleet.listIds()).toHaveLength(isRebuilt ? listsBefore + 1 : listsBefore)

    // What was confirmed before was not sent again.
    expect(await confirmedOf(id)).toEqual(expect.arrayContaining(confirmed))
    expect(killed.relay.writes()).toBe(writesOfKilled)
    const log = (await listRunLog(office.store.db, id)).map(({ text }) => text)
    const isTakenOver = log.includes(`Taken over from ${holder}, which is gone`)
    // Who was not killed in time had ended it.
    expect(isTakenOver).toBe(answers.includes('killed'))
    await other.kill('SIGTERM')
  },
)

const LATE_MS = 700

test('killed while its list was being made, the other waits for the list instead of making a second', async () => {
  const late: FaultRule = { operation: 'customer_lists/create', kind: 'late', delayMs: LATE_MS }
  // A second list would come as late, and so after the first.
  fleet.simulator.faults.plan({ rules: [late, { ...late, nth: 2 }, everythingSlow] })
  const listsBefore = fleet.listIds().length
  const both = [await workers.startWorker(0), await workers.startWorker(1)]
  const { id } = await schedule(chanceOf(3), true)
  const [killed, other] = both as [Worker, Worker]
  const asked = killed.ask(id).catch(() => 'killed')
  // All of the request has arrived then, and is a long way from its effect.
  const hasArrived = (): boolean => !fleet.simulator.faults.pending().includes(late)
  await vi.waitUntil(hasArrived, { interval: 1, timeout: 180_000 })
  await killed.kill('SIGKILL')
  expect(await asked).toBe('killed')
  expect(fleet.listIds()).toHaveLength(listsBefore)

  expect(await other.ask(id)).toBe('succeeded')
  expect(fleet.listIds()).toHaveLength(listsBefore + 1)
  expect(fleet.members()).toEqual(membersOf(present))
})

test('killed each time at the same place, it is given up, and goes on when a person says so', async () => {
  fleet.simulator.faults.plan({
    rules: [{ operation: 'ad_accounts/get', kind: 'hang-before', times: 1_000 }, everythingSlow],
  })
  const { id } = await schedule(chanceOf(4))
  for (const [index, machine] of ([0, 1] as const).entries()) {
    const worker = await workers.startWorker(machine)
    const asked = worker.ask(id).catch(() => 'killed')
    const calls = (): number => fleet.simulator.faults.injected
    const before = calls()
    await vi.waitUntil(() => calls() > before, { interval: 1, timeout: 180_000 })
    await worker.kill('SIGKILL')
    expect(await asked).toBe('killed')
    // It is counted before the next one begins.
    expect(await getWorkflow(office.store.db, id)).toMatchObject({
      state: 'running',
      lost_processes: index,
    })
  }
  expect(await office.work(id)).toBeNull()
  const error = { code: 'process_keeps_ending', data: { times: '2 times', task: 'connect' } }
  expect(await getWorkflow(office.store.db, id)).toMatchObject({ state: 'failed', error })
  expect((await listTasks(office.store.db, id)).at(-1)).toMatchObject({ state: 'failed', error })

  fleet.simulator.faults.clear()
  expect(await office.resolve(id, 'retry')).toMatchObject({ end: { state: 'succeeded' } })
  expect(fleet.members()).toEqual(membersOf(present))
})
