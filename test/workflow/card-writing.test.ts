import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { noteEvents } from '../../src/workflow/note-events.ts'
import { giveWay } from '../../src/workflow/change-family.ts'
import { cardsOutOfStep, noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { finishTask, startTask } from '../../src/workflow/tasks.ts'
import {
  addWorkflow,
  doTask,
  end,
  largeRemoval,
  rerun,
  setState,
  sharedDatabase,
  untilSomebodyWaits,
} from './support.ts'
import { cardOf } from './card-of.ts'

/** Who writes a card, when, and what becomes of one that could not be written. */

const shared = sharedDatabase()

const card = (workflow: string) => cardOf(shared.db, workflow)

async function cards(): Promise<number> {
  return (await shared.db.selectFrom('notification').select('id').execute()).length
}

test('cards of workflows whose process died are found, and so are those of runs that gave way', async () => {
  const { db } = shared
  const [fine, died, gaveWay, reopened] = [
    await addWorkflow(db, null),
    await addWorkflow(db, null),
    await addWorkflow(db, null),
    await addWorkflow(db, null),
  ]
  await end(db, gaveWay, 'waiting', 'large_removal', largeRemoval)
  await end(db, reopened, 'failed', 'interrupted')
  for (const workflow of [fine, died, gaveWay, reopened]) await noteWorkflow(db, workflow)
  expect(await cardsOutOfStep(db)).toEqual([])
  await end(db, died, 'failed', 'interrupted')
  await setState(db, gaveWay, 'stopped')
  await rerun(db, reopened)
  expect(await cardsOutOfStep(db)).toEqual([died, gaveWay, reopened])
  for (const workflow of await cardsOutOfStep(db)) await noteWorkflow(db, workflow)
  expect(await cardsOutOfStep(db)).toEqual([])
  expect(await card(gaveWay)).toMatchObject({ text: 'Stopped: a newer run of this list replaced it.' })
})

test('cards of runs that give way say so at once; a run without a card gets none', async () => {
  const { db } = shared
  const [carded, bare] = [await addWorkflow(db, null), await addWorkflow(db, null)]
  for (const workflow of [carded, bare]) await end(db, workflow, 'waiting', 'large_removal', largeRemoval)
  await db.updateTable('workflow').set({ subject: 'cl_1' }).execute()
  await noteWorkflow(db, carded)
  await giveWay(db, { subject: 'cl_1', id: null })
  expect(await card(carded)).toMatchObject({ text: 'Stopped: a newer run of this list replaced it.' })
  await expect(card(bare)).rejects.toThrow('no result')
})

test('a card follows the events of its workflow, with at most one progress a second', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  let nowMs = 0
  const notes = noteEvents(db, workflow, () => nowMs)
  await doTask(db, workflow, 'query', 0)
  await startTask(db, workflow, 'prepare', 1)
  notes.event({ kind: 'task', task: 'prepare', state: 'running' })
  await notes.settled()
  for (const done of [1, 2, 3])
    notes.event({ kind: 'progress', task: 'prepare', done, total: 9, unit: 'rows' })
  await notes.settled()
  expect((await card(workflow)).data).toMatchObject({ finished: ['query'], progress: { done: 1 } })
  nowMs = 1000
  notes.event({ kind: 'progress', task: 'prepare', done: 7, total: 9, unit: 'rows' })
  await notes.settled()
  expect((await card(workflow)).data).toMatchObject({ progress: { done: 7 } })
  // A task that failed for good is told with the end.
  await finishTask(db, workflow, 'prepare', {
    error: new RollcallError('interrupted'),
    state: 'failed',
    tryAgainMs: null,
  })
  notes.event({ kind: 'task', task: 'prepare', state: 'failed' })
  notes.event({ kind: 'log', level: 'error', text: 'x' })
  await notes.settled()
  expect((await card(workflow)).text).toBe('Running: prepare.')
  notes.event({ kind: 'log', level: 'warning', text: 'Retrying in 10 min 00 s.' })
  await notes.settled()
  expect((await card(workflow)).text).toMatch(/^Retrying after an error/)
})

test('progress that waits to be written is dropped once its task is over', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  let nowMs = 0
  const notes = noteEvents(db, workflow, () => (nowMs += 1000))
  await startTask(db, workflow, 'query', 0)
  await noteWorkflow(db, workflow)
  await startTask(db, workflow, 'prepare', 1)
  for (const done of [1, 2]) notes.event({ kind: 'progress', task: 'query', done, total: 9, unit: 'rows' })
  notes.event({ kind: 'task', task: 'prepare', state: 'running' })
  await notes.settled()
  expect((await card(workflow)).data).not.toHaveProperty('progress')
})

test('a card that cannot be written stops nothing, and the next event writes it', async () => {
  const { db } = shared
  const workflow = await addWorkflow(db, null)
  const notes = noteEvents(db, workflow)
  await db.transaction().execute(async (tx) => {
    await tx.selectFrom('workflow').selectAll().where('id', '=', workflow).forUpdate().execute()
    notes.event({ kind: 'task', task: 'query', state: 'running' })
    // The connection on which the card waits for us breaks.
    for (const pid of await untilSomebodyWaits(db))
      await sql`select pg_terminate_backend(${pid}::integer, 5000)`.execute(db)
    await notes.settled()
  })
  expect(await cards()).toBe(0)
  notes.event({ kind: 'task', task: 'query', state: 'running' })
  await notes.settled()
  expect(await cards()).toBe(1)
})
