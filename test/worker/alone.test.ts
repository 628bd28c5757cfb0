import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runWorkflowJob } from '../../src/worker/run-job.ts'
import type { WorkerContext } from '../../src/worker/context.ts'
import { Slots } from '../../src/worker/slots.ts'
import { tellEnd } from '../../src/worker/tell-end.ts'
import { goesOn, standingOf, takeWorkflow } from '../../src/workflow/lost-processes.ts'
import { getWorkflow } from '../../src/workflow/workflow-store.ts'
import type { Workflow } from '../../src/workflow/workflow-store.ts'
import { finishTask, startTask } from '../../src/workflow/tasks.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { openStore } from '../../src/store/store.ts'
import { openService } from '../server/support.ts'
import type { Service } from '../server/support.ts'
import { urlOf } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { schedule } from './toy-kind/kind.ts'

/** A workflow that lost its process runs alone in the next worker, until it gets further. */

let service: Service

beforeAll(async () => {
  // Who would wait for another's lock is noticed.
  service = await openService({ limits: { lockWaitMs: 10 * 60_000 } })
})

afterAll(() => service.close())

function worker(): WorkerContext {
  const { platform, queue } = service
  return {
    platform,
    queue,
    slots: new Slots(2),
    inHand: new Map(),
    onError: () => {},
    signal: new AbortController().signal,
  }
}

/** A workflow of the toy kind, which waits in its second task until it is let go. */
async function toy({ isHeld = true } = {}) {
  const { dir: folder } = await makeFolder('depot')
  const held = join(folder, 'held')
  if (isHeld) await writeFile(held, '')
  const id = await schedule(service.platform, { folder, parcels: 1 }, { name: 'Toy' })
  return {
    id,
    letGo: () => rm(held),
    row: () => getWorkflow(service.platform.store.db, id),
    untilDelivering: async () => {
      await expect.poll(() => readdir(folder), { interval: 20 }).toContain('delivering')
    },
  }
}

const succeeded = { state: 'succeeded', error: null }

/** As its process left it that was lost. */
async function lose(id: string, steps_done = 0): Promise<void> {
  const lost = { state: 'running', holder: 'worker gone:1', steps_done } as const
  await service.platform.store.db.updateTable('workflow').set(lost).where('id', '=', id).execute()
}

/** The first task is done, so that nothing gets further while the second is held. */
async function pack(id: string): Promise<void> {
  const { db } = service.platform.store
  await startTask(db, id, 'pack', 0)
  await finishTask(db, id, 'pack', { output: { parcels: 1 }, version: 1 })
}

/** Whether a newcomer would have to wait. */
async function isClosed({ slots }: WorkerContext): Promise<boolean> {
  const leaving = new AbortController()
  const waits = slots.take(leaving.signal).then(
    () => false,
    () => true,
  )
  await new Promise((resolve) => setImmediate(resolve))
  leaving.abort()
  if (await waits) return true
  slots.give()
  return false
}

test('it is taken by the worker that is free first, and keeps others waiting in no other one', async () => {
  const [first, second] = [worker(), worker()]
  const [busy, suspect, late] = [await toy(), await toy(), await toy({ isHeld: false })]
  const jobs = [runWorkflowJob(first, busy.id)]
  await busy.untilDelivering()
  await pack(suspect.id)
  await lose(suspect.id, 1)
  jobs.push(runWorkflowJob(first, suspect.id))
  await expect.poll(() => isClosed(first), { interval: 5 }).toBe(true)
  const lateJob = runWorkflowJob(first, late.id)
  jobs.push(runWorkflowJob(second, suspect.id))
  await suspect.untilDelivering()
  await lateJob
  expect(await late.row()).toMatchObject(succeeded)
  expect(await isClosed(second)).toBe(true)
  await suspect.letGo()
  await busy.letGo()
  await Promise.all(jobs)
  expect(await suspect.row()).toMatchObject({ ...succeeded, lost_processes: 1 })
})

test('others run beside it as soon as it has got further', async () => {
  const own = worker()
  const suspect = await toy()
  await lose(suspect.id)
  const job = runWorkflowJob(own, suspect.id)
  await suspect.untilDelivering()
  await expect.poll(() => isClosed(own), { interval: 20 }).toBe(false)
  await suspect.letGo()
  await job
  expect(await suspect.row()).toMatchObject({ ...succeeded, lost_processes: 1 })
})

/** As it stands when the process is lost in which it waits for its next try. */
async function loseWaiting(id: string): Promise<void> {
  const { db } = service.platform.store
  await pack(id)
  await startTask(db, id, 'deliver', 1)
  const error = new RollcallError('pinterest_refused', { detail: 'the van is broken' })
  await finishTask(db, id, 'deliver', { error, state: 'failed', tryAgainMs: 600_000 })
  await lose(id, 1)
}

test('a process that is lost while it waits for its next try does not count', async () => {
  const own = worker()
  const waiting = await toy()
  await loseWaiting(waiting.id)
  const job = runWorkflowJob(own, waiting.id)
  await waiting.untilDelivering()
  expect(await isClosed(own)).toBe(false)
  expect(await waiting.row()).toMatchObject({ lost_processes: 0 })
  await waiting.letGo()
  await job
  expect(await waiting.row()).toMatchObject(succeeded)
})

test('one that is lost before its task begins again counts', async () => {
  const { db } = service.platform.store
  const waiting = await toy()
  await loseWaiting(waiting.id)
  const standing = async () => standingOf(db, (await waiting.row()) as Workflow)
  expect(await standing()).toEqual({ lostProcesses: 0, stepsDone: 1 })
  await takeWorkflow(db, waiting.id, { ...(await standing()), holder: 'worker gone:2' })
  expect(await standing()).toEqual({ lostProcesses: 1, stepsDone: 1 })
})

test.for([
  { lost: 0, max: 1, manner: 'with others' },
  { lost: 1, max: 1, manner: 'alone' },
  { lost: 2, max: 1, manner: 'not at all' },
  { lost: 4, max: 5, manner: 'alone' },
  { lost: 5, max: 5, manner: 'not at all' },
  { lost: 5, max: 5, isStopping: true, manner: 'with others' },
])('goes on $manner after $lost lost processes of $max', ({ lost, max, isStopping = false, manner }) => {
  const standing = { lostProcesses: lost, stepsDone: 0 }
  expect(goesOn({ stop_requested: isStopping }, standing, { lostProcessesMax: max })).toBe(manner)
})

test('who waited for a place does not hold it for what another worker runs meanwhile', async () => {
  const [first, second] = [worker(), worker()]
  await first.slots.take(first.signal, 2)
  const late = await toy()
  // Both have read it before the first has a place.
  const job = runWorkflowJob(first, late.id)
  const other = runWorkflowJob(second, late.id)
  await late.untilDelivering()
  first.slots.give(2)
  await job
  expect(await isClosed(first)).toBe(false)
  expect(await late.row()).toMatchObject({ state: 'running' })
  await late.letGo()
  await other
  expect(await late.row()).toMatchObject(succeeded)
})

test('a job that cannot read its workflow once it has its place gives the place back', async () => {
  const { platform } = service
  const { host, database, password } = platform.store.connection
  const url = urlOf({ socketDir: String(host), password: String(password) }, String(database))
  const { home, limits } = platform
  const store = await openStore({ home, env: { DATABASE_URL: url }, limits })
  const own = { ...worker(), slots: new Slots(1), platform: { ...platform, store } }
  await own.slots.take(own.signal)
  const asked = vi.spyOn(own.slots, 'take')
  const late = await toy({ isHeld: false })
  const job = runWorkflowJob(own, late.id)
  await expect.poll(() => asked.mock.calls.length, { interval: 5 }).toBe(1)
  await store.close()
  own.slots.give()
  await expect(job).rejects.toThrow('destroyed')
  expect(await isClosed(own)).toBe(false)
})

test('an end is told once, and a workflow that succeeded ends the problem of its credential', async () => {
  const { platform, queue } = service
  const credentials = inWorkspace(platform.store.db, PRODUCTION)
  const problem = JSON.stringify({ code: 'authorization_error', data: { detail: 'revoked' } })
  const none = { seed_digest: null, warned_at: null, access_expires_at: null, refresh_expires_at: null }
  const credential = { id: 'cr_toy', name: 'Toy', sealed: '', problem, ...none }
  await credentials.insertInto('credential').values(credential).execute()
  const { id } = await toy({ isHeld: false })
  await platform.store.db
    .updateTable('workflow')
    .set({ credential_id: credential.id })
    .where('id', '=', id)
    .execute()
  await runWorkflowJob(worker(), id)
  expect(
    await credentials.selectFrom('credential').select('problem').where('id', '=', 'cr_toy').execute(),
  ).toEqual([{ problem: null }])
  const toldAt = () =>
    platform.store.db.selectFrom('workflow').select('told_at').where('id', '=', id).executeTakeFirstOrThrow()
  const before = await toldAt()
  expect(before.told_at).not.toBeNull()
  await tellEnd({ platform, queue }, id)
  expect(await toldAt()).toEqual(before)
})
