import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { Lock, Store } from '../store/store.ts'
import { allKinds, isKnownKind, shownKind } from './kind.ts'
import {
  appendRunLog,
  endWorkflow,
  otherUnderWay,
  runningWorkflows,
  workflowUnderWay,
} from './workflow-store.ts'
import type { Workflow } from './workflow-store.ts'

/** One workflow at a time changes a subject, on whatever machine. One without a subject only keeps itself from running twice. */

/** What a run locks. The workflow may not be recorded yet. */
export type Locked = Pick<Workflow, 'kind' | 'subject'> & { readonly id: string | null }

/** Begins the lock's name of a workflow without a subject. */
const OWN_LOCK = 'workflow:'

/** The name of the lock that a workflow needs; its kind must be known. */
export function lockName(locked: Locked): string {
  const { subject } = shownKind(locked)
  if (subject === null || locked.subject === null) return OWN_LOCK + (locked.id ?? '')
  return subject.lock + locked.subject
}

/**
 * The same for each row of the table of workflows. For a kind that this version does not know, it is the lock that was last taken for
 * the workflow's subject: a process of another version may hold it.
 */
export function lockNameOfRow(): RawBuilder<string> {
  const own = sql`coalesce(workflow.subject, workflow.id)`
  const known = allKinds().map(({ name, subject }) =>
    subject === null
      ? sql`when workflow.kind = ${name} then ${OWN_LOCK} || workflow.id`
      : sql`when workflow.kind = ${name} and workflow.subject is not null then ${subject.lock} || workflow.subject`,
  )
  const taken = sql`(select lease.name from lock_lease lease where right(lease.name, length(${own}) + 1) = ':' || ${own}
    order by lease.expires_at desc limit 1)`
  return sql<string>`(case ${sql.join([...known, sql`else coalesce(${taken}, ${OWN_LOCK} || workflow.id) end`], sql` `)})`
}

async function lockNameOf(db: Kysely<Tables>, locked: Locked): Promise<string> {
  if (isKnownKind(locked) || locked.id === null) return lockName(locked)
  const row = await db
    .selectFrom('workflow')
    .select(lockNameOfRow().as('name'))
    .where('id', '=', locked.id)
    .executeTakeFirst()
  return row?.name ?? lockName(locked)
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
  const lock = await store.tryLock(await lockNameOf(store.db, locked))
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

/**
 * Records `interrupted` for every workflow of the command line that says it runs while no one holds its subject. One for which that
 * fails, as `onError` hears, keeps no other from being noticed.
 */
export async function noticeInterrupted(
  { store }: { readonly store: Store },
  onError: (error: unknown) => void = () => undefined,
): Promise<void> {
  for (const workflow of await runningWorkflows(store.db))
    await noticeIfInterrupted(store, workflow).catch(onError)
}

async function noticeIfInterrupted(store: Store, workflow: Workflow): Promise<void> {
  const lock = await store.tryLock(await lockNameOf(store.db, workflow), { waitMs: 0 })
  if (lock === null) return
  try {
    await endInterrupted(lock.db, workflow)
  } finally {
    await lock.release()
  }
}

/** Refuses to begin while a workflow of this subject waits for a worker. Error: `already_running`. */
export async function refuseBusy(db: Lock['db'], locked: Locked): Promise<void> {
  const busy = await otherUnderWay(db, locked)
  if (busy !== undefined) throw alreadyRunning(busy)
}

function alreadyRunning(workflow: string | undefined): RollcallError {
  return new RollcallError('already_running', { workflow: workflow ?? '(just starting)' })
}
