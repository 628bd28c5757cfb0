import { sql } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Store } from '../store/store.ts'
import { inWorkspace } from '../store/workspace.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
import { noteProblem } from '../workspace/credentials.ts'
import { noteQueryRun } from '../workspace/queries.ts'
import type { WorkflowRow } from '../history/workflows.ts'
import { alertsFor } from '../notify/alerts.ts'
import { workflowEvents } from '../notify/alert-events.ts'
import { warnLate } from '../notify/late-warning.ts'
import { shownKind } from '../workflow/kind.ts'
import type { WorkflowKind } from '../workflow/kind.ts'
import { isOnlyLooking } from '../workflow/only-looks.ts'
import { noteWorkflow } from '../workflow/workflow-card.ts'
import { isOfWorkers, workflowSeconds } from '../workflow/workflow-store.ts'
import { listTasks } from '../workflow/tasks.ts'
import type { WorkerContext } from './context.ts'

type Db = Store['db']

/**
 * Tells whom it concerns that a workflow has ended or waits: its card, its alerts, its query and its credential. All in one transaction
 * with the mark that it was done, so that nothing happens twice or is lost when a worker dies.
 */
export async function tellEnd(
  { platform, queue }: Pick<WorkerContext, 'platform' | 'queue'>,
  id: string,
): Promise<void> {
  await platform.store.db.transaction().execute(async (db) => {
    const workflow = await db
      .selectFrom('workflow')
      .selectAll()
      .where('id', '=', id)
      .where('told_at', 'is', null)
      .where('state', 'not in', ['scheduled', 'running'])
      .forUpdate()
      .executeTakeFirst()
    if (workflow === undefined) return
    await db
      .updateTable('workflow')
      .set({ told_at: sql<Date>`now()` })
      .where('id', '=', id)
      .execute()
    const tasks = await listTasks(db, id)
    const kind = shownKind(workflow)
    await noteWorkflow(db, id, await kind.endCounts?.(db, workflow, tasks))
    const tx = inWorkspace(db, workflow.workspace)
    await noteHowItRan(tx, workflow, kind.queryRun?.(tasks))
    // The end of a comparison is no event. What it found may be one.
    const found = isOnlyLooking(workflow) ? await kind.found?.(tx, workflow) : null
    if (found != null) await warnLate(tx, queue, found)
    // The alert of the whole says how a part ended; a part that needs a person has an alert of its own at once.
    if (workflow.parent !== null && workflow.state !== 'waiting') return
    for (const { alertId, event } of await alertsFor(db, workflow.workspace, await workflowEvents(db, id)))
      await queue.sendAlert(db, { alertId, event })
  })
}

/** Ends that a worker which died has not told: all of them, so that bad ones hide no others. */
export async function untoldEnds(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('workflow')
    .select('id')
    .where('told_at', 'is', null)
    .where('ended_at', 'is not', null)
    .where(isOfWorkers)
    .where('state', 'not in', ['scheduled', 'running'])
    .orderBy('number')
    .execute()
  return rows.map(({ id }) => id)
}

async function noteHowItRan(
  db: WorkspaceDb,
  workflow: WorkflowRow,
  query: ReturnType<NonNullable<WorkflowKind['queryRun']>> | undefined,
): Promise<void> {
  const { credential_id: credentialId, query_id: queryId, error } = workflow
  if (credentialId !== null && error?.code === 'authorization_error')
    await noteProblem(db, credentialId, new RollcallError(error.code, error.data))
  if (credentialId !== null && workflow.state === 'succeeded') await noteProblem(db, credentialId, null)
  if (queryId === null || query === undefined) return
  await noteQueryRun(db, queryId, {
    at: workflow.started_at.toISOString(),
    ...query,
    seconds: workflowSeconds(workflow),
    workflow: workflow.id,
  })
}
