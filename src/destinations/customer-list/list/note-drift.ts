import { sql } from 'kysely'
import { listBatches } from '../../../ledger/attempts.ts'
import { openChangeSetOf } from '../../../ledger/ledger.ts'
import { getList, rememberChanges } from '../../../ledger/lists.ts'
import { newestFirst } from '../../../store/newest-first.ts'
import type { ListCounters } from '../../../base/list-states.ts'
import { transact } from '../../../store/workspace.ts'
import { changedElsewhere, changedElsewhereWarning, unaccepted, withLatest } from './counters.ts'
import { warnLate } from '../../../notify/late-warning.ts'
import type { AlertQueue } from '../../../notify/late-warning.ts'
import type { LateWarning } from '../../../workflow/kind.ts'
import { onlyLooks } from '../../../workflow/only-looks.ts'
import type { WorkspaceDb, WorkspaceTx } from '../../../store/workspace.ts'

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
    const drift = await driftOf(tx, listId)
    if (drift !== null) await warnLate(tx, queue, drift)
  })
}

/** That others changed a list, as its record has it, for its last run; null for nothing that is known and not accepted. */
export async function driftOf(tx: WorkspaceTx, listId: string): Promise<LateWarning | null> {
  const list = await getList(tx, listId)
  const open = unaccepted(list.changed_elsewhere)
  const workflow = await lastRun(tx, listId)
  if (open === null || list.counters === null || workflow === undefined) return null
  const { code, data } = changedElsewhereWarning(list, open)
  const { batches, uploaded, removed } = list.counters
  return { workflow, problem: { code, data }, seen: [batches, uploaded, removed] }
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

async function lastRun(tx: WorkspaceTx, listId: string): Promise<LateWarning['workflow'] | undefined> {
  return tx
    .selectFrom('workflow')
    .select(['id', 'kind', 'workspace', 'warnings'])
    .where('subject', '=', listId)
    .where(sql<boolean>`not ${onlyLooks('workflow')}`)
    .orderBy(newestFirst('workflow'))
    .limit(1)
    .executeTakeFirst()
}
