import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import type { RollcallError } from '../base/rollcall-error.ts'
import type { Tables, TaskTable } from '../store/schema.ts'
import type { TaskState, WorkflowState } from '../base/workflow-states.ts'
import { storedError } from './workflow-store.ts'
import type { Workflow } from './workflow-store.ts'

/** What the database keeps of the tasks of workflows, with what they leave. */

type Db = Kysely<Tables>
export type Task = Selectable<TaskTable>

/** Marks a task as running. One that ran before counts one more attempt, unless it had only waited: for a person, or in the same try. */
export async function startTask(
  db: Db,
  workflowId: string,
  name: string,
  position: number,
  isSameTry = false,
): Promise<void> {
  await db
    .insertInto('task')
    .values({
      workflow_id: workflowId,
      name,
      position,
      state: 'running',
      started_at: sql<Date>`now()`,
      output: null,
      error: null,
      ended_at: null,
      next_try_at: null,
    })
    .onConflict((conflict) =>
      conflict.columns(['workflow_id', 'name']).doUpdateSet({
        state: 'running',
        ...(isSameTry
          ? {}
          : {
              attempts: sql<number>`task.attempts + case task.state when 'waiting' then 0 else 1 end`,
              started_at: sql<Date>`now()`,
            }),
        ended_at: null,
        error: null,
        next_try_at: null,
      }),
    )
    .execute()
}

export async function finishTask(
  db: Db,
  workflowId: string,
  name: string,
  end:
    | { output: Record<string, unknown>; version: number }
    /** It is tried again by itself after `tryAgainMs`; null for not at all. */
    | { error: RollcallError; state: 'failed' | 'waiting'; tryAgainMs: number | null },
): Promise<void> {
  const set =
    'output' in end
      ? {
          state: 'succeeded' as const,
          output: JSON.stringify(end.output),
          output_version: end.version,
          error: null,
        }
      : {
          state: end.state,
          error: storedError(end.error),
          next_try_at:
            end.tryAgainMs === null ? null : sql<Date>`now() + ${end.tryAgainMs} * interval '1 ms'`,
        }
  await db
    .updateTable('task')
    .set({ ...set, ended_at: sql<Date>`now()` })
    .where('workflow_id', '=', workflowId)
    .where('name', '=', name)
    .execute()
}

/** Whether a task of a running workflow waits for its next try. */
export async function isWaitingForTry(db: Db, workflowId: string): Promise<boolean> {
  const found = await waitingTasks(db, workflowId).select('task.name').executeTakeFirst()
  return found !== undefined
}

/** The task that waits for its next try is tried at once, whichever process runs it. */
export async function tryNow(db: Db, workflowId: string): Promise<void> {
  await db
    .updateTable('task')
    .set({ next_try_at: sql<Date>`now()` })
    .where('workflow_id', '=', workflowId)
    .where('name', 'in', waitingTasks(db, workflowId).select('task.name'))
    .execute()
}

/** When the task of a running workflow that waits is tried again by itself, of the workflow of each row; null for none. */
export const nextTryAt = sql<Date | null>`(select min(task.next_try_at) from task
  where task.workflow_id = workflow.id and workflow.state = 'running' and task.state = 'failed')`

function waitingTasks(db: Db, workflowId: string) {
  return db
    .selectFrom('task')
    .innerJoin('workflow', 'workflow.id', 'task.workflow_id')
    .where('task.workflow_id', '=', workflowId)
    .where('task.state', '=', 'failed')
    .where('task.next_try_at', 'is not', null)
    .where('workflow.state', '=', 'running')
}

/** Whether the time of a task's next try has come, or someone asked for it. */
export async function isTryDue(db: Db, workflowId: string, name: string): Promise<boolean> {
  const task = await db
    .selectFrom('task')
    .select(sql<boolean>`next_try_at is null or next_try_at <= now()`.as('due'))
    .where('workflow_id', '=', workflowId)
    .where('name', '=', name)
    .executeTakeFirst()
  return task?.due ?? true
}

export async function listTasks(db: Db, workflowId: string): Promise<Task[]> {
  return db.selectFrom('task').selectAll().where('workflow_id', '=', workflowId).orderBy('position').execute()
}

/** As people see a task: its own state while the workflow runs, and afterwards how the workflow ended with it. */
export type ShownTaskState = TaskState | WorkflowState | 'retrying' | 'skipped'

/** A task that did not succeed is what the workflow waits for, or what ended it; under a running workflow none has failed for good. */
export function shownTaskState(
  task: Pick<Task, 'state' | 'next_try_at' | 'skipped'>,
  workflow: Pick<Workflow, 'state'>,
): ShownTaskState {
  if (task.skipped) return 'skipped'
  if (task.state === 'succeeded') return 'succeeded'
  if (workflow.state === 'scheduled') return 'scheduled'
  if (workflow.state !== 'running') return workflow.state
  if (task.state === 'running') return 'running'
  return task.next_try_at === null ? 'scheduled' : 'retrying'
}

/** Forgets tasks from `position` on, so that they run again. */
export async function forgetTasksFrom(db: Db, workflowId: string, position: number): Promise<void> {
  await db
    .deleteFrom('task')
    .where('workflow_id', '=', workflowId)
    .where('position', '>=', position)
    .execute()
}
