import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'
import { cardsOutOfStep, noteProgress, noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { finishTask, listTasks, shownTaskState, startTask } from '../../src/workflow/tasks.ts'
import {
  addWorkflow,
  configure,
  doTask,
  end,
  largeRemoval,
  rerun,
  setState,
  sharedDatabase,
} from './support.ts'
import { cardOf } from './card-of.ts'

const shared = sharedDatabase()

const card = (workflow: string) => cardOf(shared.db, workflow)

async function cards(): Promise<number> {
  return (await shared.db.selectFrom('notification').select('id').execute()).length
}

/** Somebody has read the card. */
async function read(workflow: string): Promise<void> {
  const { id } = await card(workflow)
  await shared.db
    .insertInto('notification_read')
    .values({ principal_id: 'us_1', notification_id: id })
    .execute()
}

async function readers(): Promise<number> {
  return (await shared.db.selectFrom('notification_read').select('principal_id').execute()).length
}

const counts = { rows: 200_000, members: 184_203, added: 1203, removed: 396, invalid: 5 }

test('a part of a workflow has a card from when it waits for a person', async () => {
  const { db } = shared
  const parent = await addWorkflow(db, null)
  const workflow = await addWorkflow(db, null, { parent })
  await noteWorkflow(db, workflow)
  await end(db, workflow, 'failed', 'query_failed')
  await noteWorkflow(db, workflow)
  expect(await cards()).toBe(0)
  await rerun(db, workflow)
  await end(db, workflow, 'waiting', 'large_removal', largeRemoval)
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({ kind: 'warning', code: 'large_removal' })
  await rerun(db, workflow)
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({ kind: 'running' })
})

test('a workflow has one card, which changes as it goes on', async () => {
  const { db } = shared
  const configured = await configure(db)
  const workflow = await addWorkflow(db, configured, { state: 'scheduled' })
  await noteWorkflow(db, workflow)
  const first = await card(workflow)
  expect(first).toMatchObject({
    kind: 'running',
    title: 'Loyal customers → Pinterest',
    text: 'Waiting to start.',
    code: null,
    destination_id: configured.destination,
    admin_only: false,
    data: { workflow, finished: [] },
  })
  await setState(db, workflow, 'running')
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({ id: first.id, number: first.number, text: 'Started.' })
  await doTask(db, workflow, 'query', 0)
  await startTask(db, workflow, 'prepare', 1)
  await noteWorkflow(db, workflow)
  await noteProgress(db, workflow, { task: 'prepare', done: 50, total: 100, unit: 'rows' })
  expect(await card(workflow)).toMatchObject({
    text: 'Running: prepare.',
    data: { finished: ['query'], progress: { task: 'prepare', done: 50, total: 100, unit: 'rows' } },
  })
  await finishTask(db, workflow, 'prepare', { output: {}, version: 1 })
  await end(db, workflow, 'succeeded')
  await noteWorkflow(db, workflow, counts)
  const last = await card(workflow)
  expect(last).toMatchObject({ id: first.id, kind: 'completed', text: '+1,203 −396, 184,203 members' })
  expect(last.data).toEqual({
    ...counts,
    workflow,
    finished: ['query', 'prepare'],
    seconds: expect.any(Number) as number,
  })
  expect(await cards()).toBe(1)
})

test('the title names what people know it by', async () => {
  const { db } = shared
  const configured = await configure(db, {}, { destination: 'Pinterest EU' })
  const titles = []
  for (const workflow of [
    await addWorkflow(db, configured, { name: 'Lapsed 180 days' }),
    await addWorkflow(db, configured, { kind: 'sample', name: 'Loyal customers (sample)' }),
    await addWorkflow(db, null),
  ]) {
    await noteWorkflow(db, workflow)
    titles.push((await card(workflow)).title)
  }
  expect(titles).toEqual([
    'Lapsed 180 days → Pinterest EU',
    'Loyal customers (sample) → Pinterest EU',
    'VIP → Pinterest',
  ])
})

test('a card is for administrators only while its destination is, and when that is gone', async () => {
  const { db } = shared
  const configured = await configure(db, { adminOnly: true })
  const workflow = await addWorkflow(db, configured)
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).admin_only).toBe(true)
  await allWorkspaces(db).updateTable('destination').set({ admin_only: false }).execute()
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).admin_only).toBe(false)
  await db.updateTable('workflow').set({ destination_id: null }).execute()
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({ admin_only: true, destination_id: null })
  const local = await addWorkflow(db, null)
  await noteWorkflow(db, local)
  expect((await card(local)).admin_only).toBe(false)
})

test('an end is news, and so is a rerun: unread, and the newest', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await noteWorkflow(db, workflow)
  const other = await addWorkflow(db, null)
  await noteWorkflow(db, other)
  await read(workflow)
  await end(db, workflow, 'failed', 'authorization_error', { detail: 'revoked' })
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({ kind: 'error', text: 'Authorization error: revoked' })
  expect((await card(workflow)).number).toBeGreaterThan((await card(other)).number)
  expect(await readers()).toBe(0)
  await read(workflow)
  await rerun(db, workflow)
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({ kind: 'running', code: null })
  expect((await card(workflow)).data).not.toHaveProperty('seconds')
  expect(await readers()).toBe(0)
})

test('another error of a workflow that failed again is news', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await end(db, workflow, 'failed', 'authorization_error', { detail: 'revoked' })
  await noteWorkflow(db, workflow)
  const before = await card(workflow)
  await read(workflow)
  await rerun(db, workflow)
  await end(db, workflow, 'failed', 'disk_full', { detail: 'the data folder' })
  await noteWorkflow(db, workflow)
  const after = await card(workflow)
  expect([before.kind, before.code]).toEqual(['error', 'authorization_error'])
  expect([after.kind, after.code]).toEqual(['error', 'disk_full'])
  expect(after.number).toBeGreaterThan(before.number)
  expect(await readers()).toBe(0)
})

test('a try of a task counts when it begins anew, and not when it goes on after a person was asked', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  const attempts = async () => (await listTasks(db, workflow)).map((task) => task.attempts)
  await startTask(db, workflow, 'add', 0)
  const error = new RollcallError('large_removal', largeRemoval)
  await finishTask(db, workflow, 'add', { error, state: 'waiting', tryAgainMs: null })
  await startTask(db, workflow, 'add', 0)
  expect(await attempts()).toEqual([1])
  await finishTask(db, workflow, 'add', { error, state: 'failed', tryAgainMs: null })
  await startTask(db, workflow, 'add', 0)
  expect(await attempts()).toEqual([2])
})

test.each([
  ['skipped', { state: 'failed', skipped: true }, 'running'],
  ['succeeded', { state: 'succeeded' }, 'failed'],
  ['scheduled', { state: 'failed' }, 'scheduled'],
  ['failed', { state: 'failed' }, 'failed'],
  ['waiting', { state: 'running' }, 'waiting'],
  ['running', { state: 'running' }, 'running'],
  ['scheduled', { state: 'failed' }, 'running'],
  ['retrying', { state: 'failed', next_try_at: new Date(0) }, 'running'],
] as const)('a task is shown as %s: %j in a workflow that is %s', (shown, task, state) => {
  expect(shownTaskState({ skipped: false, next_try_at: null, ...task }, { state })).toBe(shown)
})

test('what is noted twice is no news', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await end(db, workflow, 'waiting', 'large_removal', largeRemoval)
  await noteWorkflow(db, workflow)
  await read(workflow)
  const before = await card(workflow)
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).number).toBe(before.number)
  expect(await readers()).toBe(1)
})

test('progress that comes late changes nothing', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  const progress = { task: 'add', done: 1, total: null, unit: 'members' }
  await noteProgress(db, workflow, progress)
  expect(await cards()).toBe(0)
  await startTask(db, workflow, 'add', 0)
  await noteWorkflow(db, workflow)
  await noteProgress(db, workflow, progress)
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).data).toMatchObject({ progress })
  // The next task has none yet.
  await startTask(db, workflow, 'remove', 1)
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).data).not.toHaveProperty('progress')
  await end(db, workflow, 'succeeded')
  await noteWorkflow(db, workflow)
  await noteProgress(db, workflow, progress)
  expect(await card(workflow)).toMatchObject({ kind: 'completed' })
  expect((await card(workflow)).data).not.toHaveProperty('progress')
})

test('a task that failed and is tried again is told', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await startTask(db, workflow, 'add', 0)
  const error = new RollcallError('pinterest_unavailable', { detail: 'no answer within 60 s' })
  await finishTask(db, workflow, 'add', { error, state: 'failed', tryAgainMs: 600_000 })
  await noteWorkflow(db, workflow)
  expect(await card(workflow)).toMatchObject({
    kind: 'running',
    text: expect.stringMatching(/^Retrying after an error: Pinterest is unavailable/) as string,
  })
})

test('since when it runs stays through takeovers, and begins anew with a rerun', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).data.since).toMatch(/^\d{4}-\d\d-\d\dT/)
  const since = '2026-11-24T08:00:00.000Z'
  await db
    .updateTable('notification')
    .set({ data: sql<string>`data || jsonb_build_object('since', ${since}::text)` })
    .execute()
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).data.since).toBe(since)
  await end(db, workflow, 'failed', 'interrupted')
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).data).not.toHaveProperty('since')
  await rerun(db, workflow)
  await noteWorkflow(db, workflow)
  expect((await card(workflow)).data.since).toEqual(expect.not.stringContaining(since))
})

test('whoever notes at the same time, in whatever order, the card tells the state that holds', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  const steps = Array.from({ length: 30 }, async (_, index) => {
    const turn = index % 5
    if (turn === 0) await rerun(db, workflow)
    if (turn === 1) await end(db, workflow, 'failed', 'interrupted')
    if (turn === 2) await noteProgress(db, workflow, { task: 'add', done: index, total: 30, unit: 'members' })
    if (turn === 3) await end(db, workflow, 'succeeded')
    await noteWorkflow(db, workflow)
  })
  await Promise.all(steps)
  expect(await cards()).toBe(1)
  const { state } = await db.selectFrom('workflow').select('state').executeTakeFirstOrThrow()
  const kinds: Partial<Record<typeof state, string>> = {
    running: 'running',
    failed: 'error',
    succeeded: 'completed',
  }
  expect((await card(workflow)).kind).toBe(kinds[state])
  expect(await cardsOutOfStep(db)).toEqual([])
})

test('who notes an end while another process reruns the workflow waits for it, and notes the rerun', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  await end(db, workflow, 'failed', 'interrupted')
  const noting = await db.transaction().execute(async (tx) => {
    await rerun(tx, workflow)
    const late = noteWorkflow(db, workflow)
    await noteWorkflow(tx, workflow)
    return { late }
  })
  await noting.late
  expect(await card(workflow)).toMatchObject({ kind: 'running' })
})

test('within a transaction that is rolled back there is no card', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  const rolledBack = db.transaction().execute(async (tx) => {
    await noteWorkflow(tx, workflow)
    throw new Error('rolled back')
  })
  await expect(rolledBack).rejects.toThrow('rolled back')
  expect(await cards()).toBe(0)
  await noteWorkflow(db, 'wf_unknown')
  expect(await cards()).toBe(0)
})
