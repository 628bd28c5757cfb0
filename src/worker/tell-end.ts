import { sql } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import { confirmedChanges } from '../ledger/ledger.ts'
import { findListById } from '../ledger/lists.ts'
import type { Store } from '../store/store.ts'
import { inWorkspace } from '../store/workspace.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
import { listCounts } from '../sync/list-counts.ts'
import { queryRows } from '../sync/query-rows.ts'
import type { SyncOutputs, TaskName } from '../sync/run.ts'
import { noteProblem } from '../tenant/credentials.ts'
import { noteQueryRun } from '../tenant/queries.ts'
import type { WorkflowRow } from '../tenant/workflows.ts'
import { alertsFor } from '../workflow/alerts.ts'
import type { WorkflowCounts } from '../workflow/card-text.ts'
import { workflowEvents } from '../workflow/alert-events.ts'
import { noteWorkflow } from '../workflow/workflow-card.ts'
import { listTasks, workflowSeconds } from '../workflow/workflow-store.ts'
import type { Task } from '../workflow/workflow-store.ts'
import type { WorkerContext } from './run-job.ts'

type Db = Store['db']

/**
 * Tells whom it concerns that a workflow has ended or waits: its card, its alerts, its query and its credential. All in one
 * transaction with the mark that it was told, so that nothing is told twice or lost when a worker dies.
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
    await noteWorkflow(db, id, await countsOf(db, workflow))
    await noteHowItRan(inWorkspace(db, workflow.workspace), workflow)
    for (const { alertId, event } of await alertsFor(db, workflow.workspace, await workflowEvents(db, id)))
      await queue.sendAlert(db, { alertId, event })
  })
}

/** Ends that a worker which died has not told. */
export async function untoldEnds(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('workflow')
    .select('id')
    .where('told_at', 'is', null)
    .where('ended_at', 'is not', null)
    .where('orchestration_id', 'is not', null)
    .where('state', 'not in', ['scheduled', 'running'])
    .limit(UNTOLD_MAX)
    .execute()
  return rows.map(({ id }) => id)
}

const UNTOLD_MAX = 100

async function countsOf(db: Db, { id, subject: listId }: WorkflowRow): Promise<Partial<WorkflowCounts>> {
  const tasks = await listTasks(db, id)
  const prepared = outputOf(tasks, 'prepare')
  if (prepared === null) return {}
  const compared = outputOf(tasks, 'compare')
  return {
    rows: prepared.received,
    invalid: prepared.invalid,
    ...(compared === null ? {} : { members: await membersOf(db, listId) }),
    ...(await confirmedChanges(db, id)),
  }
}

/** What the list holds, whatever the query returned. */
async function membersOf(db: Db, listId: string | null): Promise<number> {
  const list = listId === null ? undefined : await findListById(db, listId)
  if (list === undefined) return 0
  const [counts] = await listCounts(db, [list])
  return counts?.told ?? 0
}

function outputOf<Name extends TaskName>(tasks: readonly Task[], name: Name): SyncOutputs[Name] | null {
  return (tasks.find((task) => task.name === name)?.output ?? null) as SyncOutputs[Name] | null
}

async function noteHowItRan(db: WorkspaceDb, workflow: WorkflowRow): Promise<void> {
  const { credential_id: credentialId, query_id: queryId, error } = workflow
  if (credentialId !== null && error?.code === 'authorization_error')
    await noteProblem(db, credentialId, new RollcallError(error.code, error.data))
  if (credentialId !== null && workflow.state === 'succeeded') await noteProblem(db, credentialId, null)
  if (queryId === null) return
  const tasks = await listTasks(db, workflow.id)
  const failed = tasks.find((task) => task.error !== null && isOfQuery(task))
  const prepared = outputOf(tasks, 'prepare')
  await noteQueryRun(db, queryId, {
    at: workflow.started_at.toISOString(),
    ...(prepared === null ? { rows: null } : queryRows(prepared)),
    seconds: workflowSeconds(workflow),
    workflow: workflow.id,
    error: failed?.error ?? null,
  })
}

/** The tasks whose failure is about the query and not about Pinterest. */
function isOfQuery({ name, error }: Task): boolean {
  return name === 'query' || name === 'prepare' || error?.code === 'threshold_not_met'
}
