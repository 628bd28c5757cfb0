import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { scheduleActor } from '../access/activity.ts'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import { inWorkspace, PRODUCTION } from '../store/workspace.ts'
import type { Platform } from '../platform/open.ts'
import { inputOf, nextRunOf } from '../workspace/orchestrations.ts'
import type { OrchestrationRow } from '../workspace/orchestrations.ts'
import { recordStart } from './start-workflow.ts'
import type { Tx } from '../workspace/tenant.ts'

/** What became of an automatic run that was due. */
export type DueRun =
  | { readonly orchestration: OrchestrationRow; readonly workflowId: string }
  | { readonly orchestration: OrchestrationRow; readonly skipped: RollcallError }

/** A run that no one started in this time, since no worker ran, is not made up for. */
const LATE_MS_MAX = 60 * 60_000

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
  await db
    .updateTable('orchestration')
    .set({ next_run_at: nextRunOf(inputOf(orchestration), now) })
    .where('id', '=', row.id)
    .execute()
  const due = row.next_run_at.toISOString()
  if (now.getTime() - row.next_run_at.getTime() > LATE_MS_MAX) {
    const detail = 'no worker was running at that time'
    return { orchestration, skipped: new RollcallError('run_skipped', { due, detail }) }
  }
  return startOrSkip(platform, db, orchestration, due)
}

/** What refuses a run now refuses this run only; the schedule goes on. */
async function startOrSkip(
  platform: Platform,
  db: Tx,
  orchestration: OrchestrationRow,
  due: string,
): Promise<DueRun> {
  try {
    const workflowId = await recordStart(platform, db, {
      orchestrationId: orchestration.id,
      recorded: scheduleActor,
      startedBy: { kind: 'schedule', id: null, name: 'schedule' },
      sampleMembers: null,
      review: false,
      release: null,
    })
    return { orchestration, workflowId }
  } catch (error) {
    if (!isRollcallError(error) || error.code === 'database_unavailable') throw error
    const detail = error.message.replace(/\.$/, '')
    return { orchestration, skipped: new RollcallError('run_skipped', { due, detail }, { cause: error }) }
  }
}
