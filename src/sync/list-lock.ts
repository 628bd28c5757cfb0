import { RollcallError } from '../base/rollcall-error.ts'
import type { Lock, Store } from '../store/store.ts'
import { appendRunLog, endWorkflow, runningWorkflows, workflowUnderWay } from '../workflow/workflow-store.ts'
import type { Workflow } from '../workflow/workflow-store.ts'

/** One run at a time changes a list, on whatever machine. */

export function listOf(workflow: Workflow): string {
  if (workflow.subject === null) throw new TypeError(`workflow ${workflow.id} has no list`)
  return workflow.subject
}

export const LIST_LOCK_PREFIX = 'list:'

export function listLockName(listId: string): string {
  return LIST_LOCK_PREFIX + listId
}

/**
 * Runs `work` as the only one that changes this list. The lock dies with this process. Error: `already_running`, with the id
 * of the other.
 */
export async function withListLock<T>(
  store: Store,
  listId: string,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const lock = await store.tryLock(listLockName(listId))
  if (lock === null) throw alreadyRunning(await workflowUnderWay(store.db, listId))
  try {
    return await work(lock)
  } finally {
    await lock.release()
  }
}

/**
 * With the lock in hand, a workflow of the command line that says it runs does not: its process is gone. One of a worker goes
 * on under another, so it is left as it is.
 */
export async function endInterrupted(db: Lock['db'], listId: string, except?: string): Promise<void> {
  for (const workflow of await runningWorkflows(db, listId)) {
    if (workflow.id === except) continue
    await endWorkflow(db, workflow.id, 'failed', new RollcallError('interrupted'))
    await appendRunLog(db, workflow.id, {
      level: 'error',
      task: null,
      text: new RollcallError('interrupted').message,
    })
  }
}

/** Refuses to begin while a workflow of this list waits for a worker. Error: `already_running`. */
export async function refuseBusy(db: Lock['db'], listId: string): Promise<void> {
  const busy = await workflowUnderWay(db, listId)
  if (busy !== undefined) throw alreadyRunning(busy)
}

function alreadyRunning(workflow: string | undefined): RollcallError {
  return new RollcallError('already_running', { workflow: workflow ?? '(just starting)' })
}
