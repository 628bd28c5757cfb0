import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { scheduleActor } from '../access/activity.ts'
import { asRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { notify } from '../notify/notifications.ts'
import type { Tables } from '../store/schema.ts'
import { inWorkspace, PRODUCTION } from '../store/workspace.ts'
import type { Platform } from '../platform/open.ts'
import { nextRunOf } from '../workspace/orchestrations.ts'
import type { OrchestrationRow } from '../workspace/orchestrations.ts'
import { recordStart } from './start-workflow.ts'
import type { Tx } from '../workspace/tenant.ts'

/** What became of an automatic run that was due. */
export type DueRun = { readonly orchestration: OrchestrationRow; readonly workflowId: string } | SkippedRun

interface SkippedRun {
  readonly orchestration: OrchestrationRow
  readonly skipped: RollcallError
  /** What refused it; null when it is only late. */
  readonly refusal: RollcallError | null
}

/**
 * Starts every automatic run of production that is due, each once, however many processes do the same at the same time: moving its next
 * time on and recording the run are one transaction. The schedules of other workspaces are off.
 */
export async function startDueRuns(platform: Platform): Promise<DueRun[]> {
  const runs: DueRun[] = []
  for (;;) {
    const run = await platform.store.db.transaction().execute((tx) => startNext(platform, tx))
    if (run === null) return runs
    runs.push(run)
  }
}

/** Takes one due orchestration, by the database's clock, which all workers share. Null when none is due. */
async function startNext(platform: Platform, tx: Transaction<Tables>): Promise<DueRun | null> {
  const db = inWorkspace(tx, PRODUCTION)
  const row = await db
    .selectFrom('orchestration')
    .selectAll()
    .select(sql<Date>`now()`.as('now'))
    .where('next_run_at', '<=', sql<Date>`now()`)
    .orderBy('next_run_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (row === undefined || row.next_run_at === null) return null
  const { now, ...orchestration } = row
  const { automatic, enabled, cron, time_zone: timeZone } = orchestration
  await db
    .updateTable('orchestration')
    .set({ next_run_at: nextRunOf({ automatic, enabled, cron, timeZone }, now) })
    .where('id', '=', row.id)
    .execute()
  const due = row.next_run_at.toISOString()
  // A run that no one started in time, since no worker ran, is not made up for.
  const isLate = now.getTime() - row.next_run_at.getTime() > platform.limits.startLateMs
  const run = isLate
    ? { orchestration, skipped: skipped(due, 'no worker was running at that time'), refusal: null }
    : await startOrSkip(platform, db, orchestration, due)
  if ('skipped' in run) await warn(db, run)
  return run
}

function skipped(due: string, detail: string): RollcallError {
  return new RollcallError('run_skipped', { due, detail })
}

/** In the transaction that moves the next time on: who dies then has skipped nothing in silence. */
async function warn(db: Tx, { orchestration, skipped: { code, data } }: SkippedRun): Promise<void> {
  await notify(db, {
    kind: 'warning',
    title: orchestration.name,
    problem: { code, data },
    destinationId: orchestration.destination_id,
    adminOnly: false,
  })
}

/** What refuses a run now, even a defect, refuses this run only and leaves nothing of it; this schedule and all others go on. */
async function startOrSkip(
  platform: Platform,
  db: Tx,
  orchestration: OrchestrationRow,
  due: string,
): Promise<DueRun> {
  await sql`savepoint start`.execute(db)
  try {
    const workflowId = await recordStart(platform, db, {
      orchestrationId: orchestration.id,
      recorded: scheduleActor,
      startedBy: { kind: 'schedule', id: null, name: 'schedule' },
      sampleMembers: null,
      review: false,
      action: null,
    })
    return { orchestration, workflowId }
  } catch (thrown) {
    const error = asRollcallError(thrown)
    if (error.code === 'database_unavailable' || mayPass(thrown)) throw error
    await sql`rollback to savepoint start`.execute(db)
    return { orchestration, skipped: skipped(due, error.message.replace(/\.$/, '')), refusal: error }
  }
}

/** A database that is full, busy, or let another go first has refused nothing: the run is tried again soon. */
function mayPass(thrown: unknown): boolean {
  const { code } = Object(thrown) as { code?: unknown }
  return /^(?:40|53|55|57|58)...$/.test(String(code))
}
