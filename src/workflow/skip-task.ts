import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import { words } from '../base/words.ts'
import type { Tables } from '../store/schema.ts'
import { shownKind } from './kind.ts'
import { addWarning } from './workflow-store.ts'
import { listTasks } from './tasks.ts'
import type { Workflow } from './workflow-store.ts'

/** Going on without a task, where its kind allows that. */

type Db = Kysely<Tables>

/** The task that a person may have this workflow go on without: the first that did not succeed, of one that has ended in it. */
export async function skippableTask(db: Db, workflow: Workflow): Promise<string | null> {
  if (workflow.state !== 'failed' && workflow.state !== 'stopped') return null
  // What cannot be read of an earlier task cannot be read without this one either.
  if (workflow.error?.code === 'record_damaged') return null
  const done = (await listTasks(db, workflow.id)).filter(({ state }) => state === 'succeeded')
  const names = new Set(done.map(({ name }) => name))
  const next = shownKind(workflow).tasks.find(({ name }) => !names.has(name))
  return next?.maySkip === true ? next.name : null
}

/** The workflow goes on without this task when it runs next, and warns of that. */
export async function skipTask(db: Db, workflow: Workflow, by: string): Promise<void> {
  const name = await skippableTask(db, workflow)
  if (name === null)
    throw new RollcallError('action_not_possible', {
      detail: `workflow ${workflow.id} cannot skip the task at which it stopped`,
    })
  const done = {
    state: 'succeeded' as const,
    skipped: true,
    output: null,
    error: null,
    next_try_at: null,
    ended_at: sql<Date>`now()`,
  }
  const position = shownKind(workflow).tasks.findIndex((task) => task.name === name)
  await db
    .insertInto('task')
    // One that was stopped between two tasks has none of the next.
    .values({ workflow_id: workflow.id, name, position, attempts: 0, started_at: sql<Date>`now()`, ...done })
    .onConflict((conflict) => conflict.columns(['workflow_id', 'name']).doUpdateSet(done))
    .execute()
  await addWarning(db, workflow.id, { code: 'task_skipped', data: { task: words(name), by } })
}
