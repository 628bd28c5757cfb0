import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Lock, Store } from '../store/store.ts'
import { allKinds, kindOf } from './kind.ts'
import { appendRunLog, endWorkflow, runningWorkflows, workflowUnderWay } from './workflow-store.ts'
import type { Workflow } from './workflow-store.ts'

/** One workflow at a time changes a subject, on whatever machine. One without a subject only keeps itself from running twice. */

/** What a run locks. The workflow may not be recorded yet. */
export type Locked = Pick<Workflow, 'kind' | 'subject'> & { readonly id: string | null }

/** Begins the lock's name of a workflow without a subject. */
const OWN_LOCK = 'workflow:'

export function lockName(locked: Locked): string {
  const { subject } = kindOf(locked)
  if (subject === null || locked.subject === null) return OWN_LOCK + (locked.id ?? '')
  return subject.lock + locked.subject
}

/** The same for each row of the table of workflows. */
export function lockNameOfRow(): RawBuilder<string> {
  const prefixes = allKinds().flatMap(({ name, subject }) =>
    subject === null
      ? []
      : [sql`when workflow.kind = ${name} and workflow.subject is not null then ${subject.lock}`],
  )
  return sql<string>`(case ${sql.join([...prefixes, sql`else ${OWN_LOCK} end`], sql` `)} || coalesce(workflow.subject, workflow.id))`
}

/**
 * Runs `work` as the only one that changes this subject. The lock dies with this process. Error: `already_running`, with the id
 * of the other.
 */
export async function withSubjectLock<T>(
  store: Store,
  locked: Locked,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const lock = await store.tryLock(lockName(locked))
  if (lock === null) throw alreadyRunning(await workflowUnderWay(store.db, locked))
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
export async function endInterrupted(db: Lock['db'], locked: Locked, except?: string): Promise<void> {
  for (const workflow of await runningWorkflows(db, locked)) {
    if (workflow.id === except) continue
    await endWorkflow(db, workflow.id, 'failed', new RollcallError('interrupted'))
    await appendRunLog(db, workflow.id, {
      level: 'error',
      task: null,
      text: new RollcallError('interrupted').message,
    })
  }
}

/** Records `interrupted` for every workflow of the command line that says it runs while no one holds its subject. */
export async function noticeInterrupted({ store }: { readonly store: Store }): Promise<void> {
  for (const workflow of await runningWorkflows(store.db)) {
    const lock = await store.tryLock(lockName(workflow), { waitMs: 0 })
    if (lock === null) continue
    try {
      await endInterrupted(lock.db, workflow)
    } finally {
      await lock.release()
    }
  }
}

/** Refuses to begin while a workflow of this subject waits for a worker. Error: `already_running`. */
export async function refuseBusy(db: Lock['db'], locked: Locked): Promise<void> {
  const busy = await workflowUnderWay(db, locked)
  if (busy !== undefined) throw alreadyRunning(busy)
}

function alreadyRunning(workflow: string | undefined): RollcallError {
  return new RollcallError('already_running', { workflow: workflow ?? '(just starting)' })
}
