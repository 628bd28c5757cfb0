import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { scheduleActor } from '../access/activity.ts'
import { asRollcallError, mayPass, RollcallError } from '../base/rollcall-error.ts'
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

/** A schedule that cannot be read is warned of this often. */
const UNREADABLE_AGAIN_MS = 24 * 60 * 60_000

/**
 * Starts every automatic run of production that is due, each once, however many processes do the same at the same time: moving its next
 * time on and recording the run are one transaction. The schedules of other workspaces are off. One that cannot be started now, as
 * `onError` hears, keeps no other from its time, and is due again at the next call.
 */
export async function startDueRuns(
  platform: Platform,
  onError: (error: unknown) => void = () => undefined,
): Promise<DueRun[]> {
  const runs: DueRun[] = []
  const seen: string[] = []
  for (;;) {
    const before = seen.length
    try {
      const run = await platform.store.db.transaction().execute((tx) => startNext(platform, tx, seen))
      if (run === null) return runs
      runs.push(run)
    } catch (error) {
      // Of the database itself, and of no orchestration.
      if (seen.length === before) throw error
      onError(error)
    }
  }
}

/** Takes one due orchestration that is not `seen` yet, by the database's clock, which all workers share. Null when none is due. */
async function startNext(
  platform: Platform,
  tx: Transaction<Tables>,
  seen: string[],
): Promise<DueRun | null> {
  const db = inWorkspace(tx, PRODUCTION)
  const row = await db
    .selectFrom('orchestration')
    .selectAll()
    .select(sql<Date>`now()`.as('now'))
    .where('next_run_at', '<=', sql<Date>`now()`)
    .where(sql<boolean>`id <> all(${seen}::text[])`)
    .orderBy('next_run_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (row === undefined || row.next_run_at === null) return null
  seen.push(row.id)
  const { now, ...orchestration } = row
  const next = nextOf(orchestration, now)
  await db.updateTable('orchestration').set({ next_run_at: next.at }).where('id', '=', row.id).execute()
  const due = row.next_run_at.toISOString()
  // A run that no one started in time, since no worker ran, is not made up for.
  const isLate = now.getTime() - row.next_run_at.getTime() > platform.limits.startLateMs
  const run =
    next.refusal === null && !isLate
      ? await startOrSkip(platform, db, orchestration, due)
      : { orchestration, skipped: skipped(due, wordsOf(next.refusal)), refusal: next.refusal }
  if ('skipped' in run) await warn(db, run)
  return run
}

/** A schedule that cannot be read, such as in a time zone that is gone, is looked at again later; saving it anew is sooner. */
function nextOf(
  { automatic, enabled, cron, time_zone: timeZone }: OrchestrationRow,
  now: Date,
): { readonly at: Date | null; readonly refusal: RollcallError | null } {
  try {
    return { at: nextRunOf({ automatic, enabled, cron, timeZone }, now), refusal: null }
  } catch (error) {
    return { at: new Date(now.getTime() + UNREADABLE_AGAIN_MS), refusal: asRollcallError(error) }
  }
}

function wordsOf(refusal: RollcallError | null): string {
  if (refusal === null) return 'no worker was running at that time'
  return `its schedule cannot be read (${withoutStop(refusal.message)}). Save the schedule again`
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
    // A database that is full, busy, or let another go first has refused nothing: the run is tried again soon.
    if (mayPass(thrown)) throw error
    await sql`rollback to savepoint start`.execute(db)
    return { orchestration, skipped: skipped(due, withoutStop(error.message)), refusal: error }
  }
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '')
}
