import { isRollcallError } from '../base/rollcall-error.ts'
import { inWorkspace } from '../store/workspace.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
import { servicesOn } from '../sync/open-services.ts'
import type { Platform } from '../sync/open-services.ts'
import { noteEvents } from '../workflow/note-events.ts'
import { runScheduled } from '../workflow/run-kind.ts'
import { getWorkflow } from '../workflow/workflow-store.ts'
import type { Slots } from './slots.ts'
import { tellEnd } from './tell-end.ts'
import type { JobQueue } from './queue.ts'

export interface WorkerContext {
  readonly platform: Platform
  readonly queue: Pick<JobQueue, 'runWorkflow' | 'sendAlert'>
  readonly slots: Slots
  /** Aborts when the worker ends; what runs is left for another. */
  readonly signal: AbortSignal
}

/**
 * Runs a workflow from where it stands, or does nothing when it has ended or another worker has it. A worker that ends in the middle
 * leaves it to the next one.
 */
export async function runWorkflowJob(worker: WorkerContext, workflowId: string): Promise<void> {
  const { platform, slots, signal } = worker
  const { db } = platform.store
  const workflow = await getWorkflow(db, workflowId)
  if (workflow === undefined || !isOpen(workflow.state)) return
  const own = inWorkspace(db, workflow.workspace)
  const credential = { ...(await credentialOf(own, workflow.credential_id)), db: own }
  await slots.take(signal)
  let isPlaced = true
  const services = servicesOn(platform, credential)
  const notes = noteEvents(db, workflowId)
  try {
    await runScheduled({
      services,
      workflowId,
      signal,
      wait: true,
      onEvent: notes.event,
      // A job that waits for Pinterest lets others work.
      aside: async (waiting, ending) => {
        isPlaced = false
        slots.give()
        await waiting()
        // When the worker ends meanwhile, the run sees that by itself.
        isPlaced = await slots.take(ending).then(
          () => true,
          () => false,
        )
      },
    })
  } catch (error) {
    // Another worker has it, or the database is gone: it is looked at again soon.
    if (!isRollcallError(error) || (error.code !== 'already_running' && !error.passing)) throw error
  } finally {
    if (isPlaced) slots.give()
    await notes.settled()
    await services.close()
  }
  await tellEnd(worker, workflowId)
}

function isOpen(state: string): boolean {
  return state === 'scheduled' || state === 'running'
}

/** A workflow of the command line has the credential of the environment. */
async function credentialOf(db: WorkspaceDb, id: string | null): Promise<{ id?: string; name: string }> {
  if (id === null) return { name: 'default' }
  return db.selectFrom('credential').select(['id', 'name']).where('id', '=', id).executeTakeFirstOrThrow()
}
