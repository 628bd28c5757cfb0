import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { listBatches } from '../../ledger/attempts.ts'
import { openChangeSetOf } from '../../ledger/ledger.ts'
import { getList, rememberChanges } from '../../ledger/lists.ts'
import { newestFirst } from '../../store/newest-first.ts'
import type { Tables } from '../../store/schema.ts'
import type { ListCounters } from '../../base/list-states.ts'
import { transact } from '../../store/workspace.ts'
import { changedElsewhere, changedElsewhereWarning, unaccepted, withLatest } from './counters.ts'
import { changeFoundEvents } from '../../notify/alert-events.ts'
import type { AlertEvent } from '../../notify/alert-event.ts'
import { alertsFor } from '../../notify/alerts.ts'
import { onlyLooks } from '../../workflow/only-looks.ts'
import { noteWorkflow } from '../../workflow/workflow-card.ts'
import { addWarning } from '../../workflow/workflow-store.ts'
import type { WorkspaceDb, WorkspaceTx } from '../../store/workspace.ts'
import type { Workflow } from '../../workflow/workflow-store.ts'

/** Hands what an alert tells to the workers, in the transaction that makes it so. */
export interface AlertQueue {
  readonly sendAlert: (
    tx: Kysely<Tables>,
    job: { readonly alertId: string; readonly event: AlertEvent },
  ) => Promise<void>
}

/**
 * What a look at Pinterest found counts as what a run finds: the list is changed elsewhere until a person accepts it, its last run has
 * the warning with its actions, and alerts tell of it. Without effect while our own requests may explain what Pinterest counts.
 */
export async function noteDrift(
  db: WorkspaceDb,
  queue: AlertQueue,
  listId: string,
  seen: ListCounters,
): Promise<void> {
  await transact(db, async (tx) => {
    // A start locks the list, too, so that none begins meanwhile.
    await tx.selectFrom('customer_list').select('id').where('id', '=', listId).forUpdate().execute()
    const list = await getList(tx, listId)
    if (changedElsewhere(list.counters, seen) === null || (await isSending(tx, listId))) return
    const changes = withLatest(list, seen)
    if (changes === null || unaccepted(changes) === null) return
    await rememberChanges(tx, listId, { counters: seen, changes })
    await tellDrift(tx, queue, listId)
  })
}

/**
 * Tells that others changed a list, as its record has it: with a warning of its last run, and by alerts. Without effect where that run
 * says so already.
 */
export async function tellDrift(tx: WorkspaceTx, queue: AlertQueue, listId: string): Promise<void> {
  const list = await getList(tx, listId)
  const open = unaccepted(list.changed_elsewhere)
  const last = await lastRun(tx, listId)
  if (open === null || list.counters === null || last === undefined) return
  const { code, data } = changedElsewhereWarning(list, open)
  const problem = { code, data }
  if (last.warnings.some((one) => isDeepStrictEqual({ code: one.code, data: one.data }, problem))) return
  await addWarning(tx, last.id, problem)
  await noteWorkflow(tx, last.id)
  const events = await changeFoundEvents(tx, last.id, { problem, seen: list.counters })
  for (const due of await alertsFor(tx, last.workspace, events)) await queue.sendAlert(tx, due)
}

/** A workflow of the list is under way, or one broke off whose requests are not in the counters yet. */
async function isSending(tx: WorkspaceTx, listId: string): Promise<boolean> {
  const underWay = await tx
    .selectFrom('workflow')
    .select('id')
    .where('subject', '=', listId)
    .where('state', 'in', ['scheduled', 'running'])
    .executeTakeFirst()
  if (underWay !== undefined) return true
  const changeSet = await openChangeSetOf(tx, listId)
  if (changeSet === undefined) return false
  return (await listBatches(tx, changeSet.id)).some(({ state }) => state !== 'planned')
}

async function lastRun(
  tx: WorkspaceTx,
  listId: string,
): Promise<Pick<Workflow, 'id' | 'workspace' | 'warnings'> | undefined> {
  return tx
    .selectFrom('workflow')
    .select(['id', 'workspace', 'warnings'])
    .where('subject', '=', listId)
    .where(sql<boolean>`not ${onlyLooks('workflow')}`)
    .orderBy(newestFirst('workflow'))
    .limit(1)
    .executeTakeFirst()
}
