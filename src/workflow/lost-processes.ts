import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { plural, words } from '../base/words.ts'
import type { Tables } from '../store/schema.ts'
import { kindOf } from './kind.ts'
import { appendRunLog, endWorkflow, getWorkflow } from './workflow-store.ts'
import { finishTask, listTasks } from './tasks.ts'
import type { Task } from './tasks.ts'
import type { Workflow } from './workflow-store.ts'

/**
 * What runs a workflow may be killed by its very work, such as by a file that takes all memory. It is taken over then, but not for ever:
 * processes that were lost in a row are counted, before the next one begins.
 */

/** How a workflow stands when a process takes it. */
export interface Standing {
  /** Processes that ended in the middle of it since it last got further. */
  readonly lostProcesses: number
  /** Tasks that succeeded and what its kind counts besides, the most there ever were: reading the rows anew is no progress. */
  readonly stepsDone: number
}

/** The standing of a workflow that is scheduled, or was left in the middle. It holds good under the lock of its list. */
export async function standingOf(db: Kysely<Tables>, workflow: Workflow): Promise<Standing> {
  const { id, state, holder } = workflow
  const tasks = await listTasks(db, id)
  const steps = await stepsOf(db, workflow, tasks)
  // A person had it run again, which begins to count anew.
  if (state === 'scheduled') return { lostProcesses: 0, stepsDone: steps }
  const before = steps > workflow.steps_done ? 0 : workflow.lost_processes
  // Who hands it over in order has taken his name off, and what only waits for its next try ends no process.
  const isInnocent = holder === null || tasks.some((task) => task.next_try_at !== null)
  return {
    lostProcesses: before + (isInnocent ? 0 : 1),
    stepsDone: Math.max(steps, workflow.steps_done),
  }
}

async function stepsOf(db: Kysely<Tables>, workflow: Workflow, tasks: readonly Task[]): Promise<number> {
  const done = tasks.filter((task) => task.state === 'succeeded').length
  return done + ((await kindOf(workflow).steps?.(db, workflow.id)) ?? 0)
}

/**
 * How a workflow goes on. All that run in one process lose it together, so whose fault the first loss was is not known. From then on it
 * runs alone until it gets further, so that a second loss is its own.
 */
export function goesOn(
  { stop_requested: isStopping }: Pick<Workflow, 'stop_requested'>,
  { lostProcesses }: Standing,
  { lostProcessesMax }: Pick<Limits, 'lostProcessesMax'>,
): 'with others' | 'alone' | 'not at all' {
  if (isStopping || lostProcesses === 0) return 'with others'
  return lostProcesses < Math.max(lostProcessesMax, 2) ? 'alone' : 'not at all'
}

/** Whether a running workflow may run beside others, as it has lost no process or has got further since it was taken. */
export async function mayShare(db: Kysely<Tables>, id: string): Promise<boolean> {
  const workflow = await getWorkflow(db, id)
  if (workflow === undefined || workflow.lost_processes === 0) return true
  return (await stepsOf(db, workflow, await listTasks(db, id))) > workflow.steps_done
}

/** A process takes a workflow that begins, or that another one had, as its holder. What it leaves behind has been let go. */
export async function takeWorkflow(
  db: Kysely<Tables>,
  id: string,
  { holder, lostProcesses, stepsDone }: Standing & { readonly holder: string },
): Promise<void> {
  await db
    .updateTable('workflow')
    .set({
      state: 'running',
      holder,
      lost_processes: lostProcesses,
      steps_done: stepsDone,
      started_with: null,
      started_at: sql<Date>`case when state = 'scheduled' and holder is null then now() else started_at end`,
    })
    .where('id', '=', id)
    .execute()
  // What waited for its next try does not any more: from here on, it is at work.
  await db
    .updateTable('task')
    .set({ next_try_at: null })
    .where('workflow_id', '=', id)
    .where('next_try_at', 'is not', null)
    .execute()
}

/** A process that ends on request leaves its workflow to the next one, for which it does not count as lost. */
export async function handOver(db: Kysely<Tables>, id: string): Promise<void> {
  await db
    .updateTable('workflow')
    .set({ holder: null, turn: sql<number>`turn + 1` })
    .where('id', '=', id)
    .execute()
}

/** Ends a workflow as failed whose process was lost too often. */
export async function giveUp(
  db: Kysely<Tables>,
  { id }: Workflow,
  { lostProcesses }: Standing,
): Promise<void> {
  const tasks = await listTasks(db, id)
  const running = tasks.find(({ state }) => state !== 'succeeded')
  const error = new RollcallError('process_keeps_ending', {
    times: plural(lostProcesses, 'time'),
    task: words(running?.name ?? tasks.at(-1)?.name ?? 'start'),
  })
  if (running !== undefined)
    await finishTask(db, id, running.name, { error, state: 'failed', tryAgainMs: null })
  await endWorkflow(db, id, 'failed', error)
  await appendRunLog(db, id, { level: 'error', task: running?.name ?? null, text: error.message })
}
