import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FaultRule } from '../../../simulator/main.ts'
import { changeSetOfWorkflow } from '../../../src/ledger/ledger.ts'
import { HandOver } from '../../../src/workflow/run-workflow.ts'
import { getWorkflow, listRunLog } from '../../../src/workflow/workflow-store.ts'
import { listTasks } from '../../../src/workflow/tasks.ts'
import type { Workflow } from '../../../src/workflow/workflow-store.ts'
import { lockName, noticeInterrupted } from '../../../src/workflow/subject-lock.ts'
import { mainJob } from '../../../src/destinations/customer-list/main-job.ts'
import { readReceipts } from '../../../src/ledger/receipts.ts'
import type { WorkflowEvent } from '../../../src/workflow/task-definition.ts'
import { createTestDatabase } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { openFleet } from './fleet.ts'
import type { Fleet, Machine } from './fleet.ts'
import { forgetOutcomes, impatient, membersOf, people } from './support.ts'

let database: TestDatabase
let fleet: Fleet
let first: Machine
let second: Machine

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

beforeEach(async () => {
  fleet = await openFleet(database.url)
  first = await fleet.machine()
  second = await fleet.machine()
})

afterEach(() => fleet.close())

const succeeded = { end: { state: 'succeeded' } }
const refused: FaultRule = { operation: 'customer_lists/update', kind: '503', nth: 3, times: 1000 }

async function rowOf(id: string): Promise<Workflow> {
  const workflow = await getWorkflow(first.store.db, id)
  if (workflow === undefined) throw new Error(`${id} is gone`)
  return workflow
}

async function schedule(emails: readonly string[], given = {}): Promise<string> {
  return first.schedule(await fleet.inputs(emails), given)
}

/** As if the process ended when this task begins: what is recorded stays, and its lock goes. */
function dieAt(task: string): (event: WorkflowEvent) => void {
  return (event) => {
    if (event.kind === 'task' && event.task === task && event.state === 'running') throw new Error('killed')
  }
}

async function killed(machine: Machine, id: string, task: string): Promise<void> {
  await expect(machine.work(id, { onEvent: dieAt(task) })).rejects.toThrow('killed')
}

function addedSince(from: number): number {
  const calls = fleet.simulator.control.calls().slice(from)
  return calls
    .filter(({ change, effect }) => /ADD|CREATE/.test(change) && effect)
    .reduce((sum, { records }) => sum + records, 0)
}

const callsSoFar = (): number => fleet.simulator.control.calls().length

async function logOf(id: string): Promise<string[]> {
  return (await listRunLog(first.store.db, id)).map(({ text }) => text)
}

/** The receipts of a workflow that Pinterest confirmed. */
async function sentOf(id: string) {
  return (await readReceipts(first.store.db, id)).filter(({ state }) => state === 'confirmed')
}

describe('a scheduled workflow', () => {
  test('runs once, as started then, by a worker that is named', async () => {
    const id = await schedule(people(20))
    const before = await rowOf(id)
    expect(await first.work(id)).toMatchObject({ workflowId: id, ...succeeded })
    expect(fleet.members()).toEqual(membersOf(people(20)))
    const after = await rowOf(id)
    expect(after).toMatchObject({ state: 'succeeded', holder: expect.stringMatching(/^worker \S+:\d+$/) })
    expect(Number(after.started_at)).toBeGreaterThan(Number(before.started_at) + 3_000_000)
    const calls = callsSoFar()
    expect(await second.work(id)).toBeNull()
    expect(callsSoFar()).toBe(calls)
  })

  test.each(['waiting', 'failed', 'stopped', 'succeeded'] as const)(
    'that is %s by now is left alone',
    async (state) => {
      const id = await schedule(people(20))
      await first.store.db.updateTable('workflow').set({ state }).where('id', '=', id).execute()
      const before = await rowOf(id)
      expect(await first.work(id)).toBeNull()
      expect(await rowOf(id)).toEqual(before)
      expect(fleet.listIds()).toEqual([])
    },
  )

  test('that is not there is no work', async () => {
    expect(await first.work('wf_nowhere')).toBeNull()
  })

  test('waits for its list while another process has it, and stays as it is', async () => {
    const id = await schedule(people(20))
    const before = await rowOf(id)
    const lock = await second.store.tryLock(
      lockName({ kind: 'sync', subject: (await first.ledger()).id, id: null }),
    )
    await expect(first.work(id)).rejects.toMatchObject({ code: 'already_running', data: { workflow: id } })
    await lock?.release()
    expect(await rowOf(id)).toEqual(before)
    expect(await first.work(id)).toMatchObject(succeeded)
  })

  test('that somebody stopped before a process ran it sends nothing', async () => {
    const id = await schedule(people(20))
    await killed(first, id, 'add')
    await first.store.db.updateTable('workflow').set({ stop_requested: true }).where('id', '=', id).execute()
    expect(await second.work(id)).toMatchObject({ end: { state: 'stopped' } })
    expect(fleet.listIds()).toEqual([])
  })

  test('that goes on after its failure keeps when it began, and what it sent', async () => {
    const id = await schedule(people(60))
    fleet.simulator.faults.plan({ rules: [refused] })
    expect(await first.work(id, { limits: impatient })).toMatchObject({ end: { state: 'failed' } })
    fleet.simulator.faults.clear()
    const { started_at: startedAt } = await rowOf(id)
    await first.store.db.updateTable('workflow').set({ state: 'scheduled' }).where('id', '=', id).execute()
    const from = callsSoFar()
    expect(await second.work(id)).toMatchObject(succeeded)
    expect((await rowOf(id)).started_at).toEqual(startedAt)
    // Its list was made with the first batch, and two more were confirmed.
    expect(addedSince(from)).toBe(60 - 3 * 7)
    expect(fleet.members()).toEqual(membersOf(people(60)))
    expect((await logOf(id)).join()).not.toContain('Taken over')
  })

  test('lets go of the held list once, however often its process dies', async () => {
    await first.work(await schedule(people(20)))
    const id = await schedule(people(30), { started_with: 'rebuild' })
    await killed(first, id, 'query')
    expect(await rowOf(id)).toMatchObject({ state: 'running', started_with: null })
    await killed(second, id, 'remove')
    expect(fleet.listIds()).toHaveLength(2)
    expect(await first.work(id)).toMatchObject(succeeded)
    // The second process got further than the first, so only that one is lost since.
    expect(await rowOf(id)).toMatchObject({ lost_processes: 1 })
    expect(fleet.listIds()).toHaveLength(2)
    expect(fleet.members()).toEqual(membersOf(people(30)))
  })

  test('makes one that waits for a person give way', async () => {
    await first.work(await schedule(people(20)))
    const waiting = await first.schedule(await fleet.inputs(people(3), { yes: false }))
    expect(await first.work(waiting)).toMatchObject({ end: { state: 'waiting' } })
    expect(await first.work(await schedule(people(25)))).toMatchObject(succeeded)
    expect(await rowOf(waiting)).toMatchObject({ state: 'stopped' })
    expect(fleet.members()).toEqual(membersOf(people(25)))
  })
})

describe('a workflow whose process is gone', () => {
  test.each(mainJob.map(({ name }) => name))('before %s is taken over by another machine', async (task) => {
    await first.work(await schedule(people(40)))
    const id = await schedule(people(50, 20))
    await killed(first, id, task)
    const dead = await rowOf(id)
    expect(dead.state).toBe('running')
    const from = callsSoFar()
    expect(await second.work(id)).toMatchObject({ workflowId: id, ...succeeded })
    expect(fleet.members()).toEqual(membersOf(people(50, 20)))
    expect(fleet.listIds()).toHaveLength(1)
    const sent = ['remove', 'attach_audience', 'verify'].includes(task) ? 0 : 30
    expect(addedSince(from)).toBe(sent)
    expect(await logOf(id)).toContain(`Taken over from ${dead.holder}, which is gone`)
    expect(await rowOf(id)).toMatchObject({ started_at: dead.started_at, warnings: [] })
  })

  test('is taken over where it was, though its machine came back with rows of another time', async () => {
    const inputs = await fleet.inputs(people(20))
    const id = await first.schedule(inputs)
    await killed(first, id, 'compare')
    await killed(second, id, 'compare')
    expect(await rowOf(id)).toMatchObject({ lost_processes: 1 })
    expect(await first.work(id)).toMatchObject(succeeded)
    const tasks = await listTasks(first.store.db, id)
    expect(tasks.find(({ name }) => name === 'query')?.attempts).toBe(1)
    expect(fleet.members()).toEqual(membersOf(people(20)))
  })

  test('goes on after another of its list has run meanwhile, without that one’s change set', async () => {
    await first.work(await schedule(people(40)))
    const old = await schedule(people(50))
    await killed(first, old, 'attach_audience')
    // It died just before it could record that all was told.
    const remove = first.store.db
      .updateTable('task')
      .where('workflow_id', '=', old)
      .where('name', '=', 'remove')
    await remove.set({ state: 'running', output: null }).execute()
    const next = await schedule(people(20, 20))
    await killed(second, next, 'remove')
    // The old one has told all of its own; the removals that are open belong to the next.
    expect(await first.work(old)).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(50)))
    expect(await first.work(next)).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(20, 20)))
  })

  test('reads its rows anew when another has folded what it left', async () => {
    const old = await schedule(people(60))
    fleet.simulator.faults.plan({ rules: [refused] })
    const dying = first.work(old, { limits: impatient, onEvent: dieAt('verify') })
    expect(await dying).toMatchObject({ end: { state: 'failed' } })
    fleet.simulator.faults.clear()
    await first.store.db.updateTable('workflow').set({ state: 'running' }).where('id', '=', old).execute()
    const before = await sentOf(old)
    expect(before.reduce((sum, { members }) => sum + members, 0)).toBe(3 * 7)
    expect(await second.work(await schedule(people(10)))).toMatchObject(succeeded)
    const from = callsSoFar()
    expect(await first.work(old)).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(60)))
    // What it sent before is still seen, in front of what it sent since.
    const after = await sentOf(old)
    expect(after.slice(0, before.length)).toEqual(before)
    const since = after.slice(before.length)
    expect(since.reduce((sum, { members }) => sum + members, 0)).toBe(addedSince(from))
    expect(new Set(since.map(({ changeSet }) => changeSet))).toEqual(
      new Set([(await changeSetOfWorkflow(first.store.db, old))?.id]),
    )
  })
})

describe('a process that is told to end', () => {
  test('hands its workflow over in the middle, recorded as running', async () => {
    const id = await schedule(people(90))
    fleet.simulator.faults.plan({
      rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 30, times: 1000 }],
    })
    const ending = new AbortController()
    const running = first.work(id, { signal: ending.signal })
    await vi.waitUntil(() => addedSince(0) > 20, { interval: 5, timeout: 180_000 })
    ending.abort(new HandOver())
    expect(await running).toEqual({ workflowId: id, end: { state: 'running', error: null } })
    expect(await rowOf(id)).toMatchObject({ state: 'running', error: null, ended_at: null })
    fleet.simulator.faults.clear()
    expect(await second.work(id)).toMatchObject(succeeded)
    // Who ends in order is not lost.
    expect(await rowOf(id)).toMatchObject({ lost_processes: 0 })
    expect(fleet.members()).toEqual(membersOf(people(90)))
    expect(fleet.listIds()).toHaveLength(1)
    const tasks = await listTasks(first.store.db, id)
    expect(tasks.map(({ state }) => state)).toEqual(mainJob.map(() => 'succeeded'))
  })

  test('hands it over while its list is being made, which is made once', async () => {
    const late: FaultRule = { operation: 'customer_lists/create', kind: 'late', delayMs: 600 }
    // A second list would come as late, and so after the first.
    fleet.simulator.faults.plan({ rules: [late, { ...late, nth: 2 }] })
    const id = await schedule(people(30))
    const ending = new AbortController()
    const running = first.work(id, { signal: ending.signal })
    // The request has arrived, and takes effect long after.
    const hasArrived = (): boolean => !fleet.simulator.faults.pending().includes(late)
    await vi.waitUntil(hasArrived, { interval: 2, timeout: 180_000 })
    ending.abort(new HandOver())
    expect(await running).toMatchObject({ end: { state: 'running' } })
    expect(await second.work(id, { limits: { requestTimeoutMs: 2_000 } })).toMatchObject(succeeded)
    expect(fleet.listIds()).toHaveLength(1)
    expect(fleet.members()).toEqual(membersOf(people(30)))
  })

  test('hands it over while it waits for Pinterest to come back', async () => {
    const id = await schedule(people(20))
    fleet.simulator.faults.plan({ rules: [{ operation: 'customer_lists/create', kind: '503', times: 1000 }] })
    const ending = new AbortController()
    const onEvent = (event: WorkflowEvent): void => {
      if (event.kind === 'log' && /Retrying in/.test(event.text)) ending.abort(new HandOver())
    }
    const end = first.work(id, { signal: ending.signal, onEvent, wait: true, limits: impatient })
    expect(await end).toMatchObject({ end: { state: 'running' } })
    fleet.simulator.faults.clear()
    expect(await second.work(id)).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(20)))
  })
})

describe('the command line', () => {
  test.each(['scheduled', 'running'])('leaves a list alone whose workflow is %s', async (state) => {
    await first.sync(await fleet.inputs(people(20)))
    const id = await schedule(people(30))
    if (state === 'running') await killed(first, id, 'add')
    const sync = second.sync(await fleet.inputs(people(5)))
    await expect(sync).rejects.toMatchObject({ code: 'already_running', data: { workflow: id } })
    expect((await rowOf(id)).state).toBe(state)
    expect(fleet.members()).toEqual(membersOf(people(20)))
    expect(await first.work(id)).toMatchObject(succeeded)
    expect(await second.sync(await fleet.inputs(people(25)))).toMatchObject(succeeded)
  })

  test('does not resume one either while another of its list waits for a worker', async () => {
    fleet.simulator.faults.plan({ rules: [refused] })
    const { workflowId } = await first.sync(await fleet.inputs(people(60)), { limits: impatient })
    fleet.simulator.faults.clear()
    const id = await schedule(people(30))
    await expect(first.resolve(workflowId, 'retry')).rejects.toMatchObject({ code: 'already_running' })
    expect(await first.work(id)).toMatchObject(succeeded)
  })

  test('notices that a command was killed, and leaves a worker’s workflow to the next worker', async () => {
    const ofWorker = await schedule(people(20))
    await killed(first, ofWorker, 'add')
    await noticeInterrupted(second)
    expect(await rowOf(ofWorker)).toMatchObject({ state: 'running' })
    expect(await second.work(ofWorker)).toMatchObject(succeeded)

    const died = first.sync(await fleet.inputs(people(30)), { onEvent: dieAt('add') })
    await expect(died).rejects.toThrow('killed')
    const next = await schedule(people(40))
    expect(await second.work(next)).toMatchObject(succeeded)
    const rows = await first.store.db
      .selectFrom('workflow')
      .select(['id', 'state', 'error'])
      .where('subject', '=', (await first.ledger()).id)
      .where('state', '=', 'failed')
      .execute()
    expect(rows).toMatchObject([{ error: { code: 'interrupted' } }])
    expect(fleet.members()).toEqual(membersOf(people(40)))
  })
})

test('batches that were on their way when a process died may have landed any number of times, which is nobody else’s doing', async () => {
  const emails = people(60)
  await first.work(await schedule(people(30)))
  fleet.simulator.faults.plan({ rules: [{ ...refused, kind: 'lost-after', nth: 2 }] })
  const id = await schedule(emails)
  const limits = { ...impatient, batchesInFlight: 1, retryForMs: 300 }
  const counters = (await first.ledger()).counters
  expect(await first.work(id, { limits })).toMatchObject({ end: { state: 'failed' } })
  fleet.simulator.faults.clear()
  // As a process leaves it that dies before it hears of any answer: it recorded the batch as being sent, once.
  const { db } = first.store
  expect(await forgetOutcomes(db, (await changeSetOfWorkflow(db, id))?.id ?? '')).toBe(1)
  await db
    .updateTable('customer_list')
    .set({ counters: JSON.stringify(counters) })
    .where('name', '=', fleet.list)
    .execute()
  await db.updateTable('workflow').set({ state: 'running', error: null }).where('id', '=', id).execute()
  expect(await second.work(id)).toMatchObject(succeeded)
  expect(fleet.members()).toEqual(membersOf(emails))
  expect((await rowOf(id)).warnings).toEqual([])
  expect(await first.work(await schedule(emails))).toMatchObject(succeeded)
})

test('a batch that a stop kept from being sent counts no attempt', async () => {
  await first.work(await schedule(people(10)))
  const id = await schedule(people(60))
  const ending = new AbortController()
  const onEvent = (event: WorkflowEvent): void => {
    if (event.kind === 'progress' && event.task === 'add') ending.abort()
  }
  const stopped = await first.work(id, { signal: ending.signal, onEvent, limits: { batchesInFlight: 1 } })
  expect(stopped).toMatchObject({ end: { state: 'stopped' } })
  const attempts = (await readReceipts(first.store.db, id)).map((receipt) => receipt.attempts)
  expect(attempts.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 0, 0, 0, 0, 1])
})
