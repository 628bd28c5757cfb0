import type { BatchRange, Folded } from '../../../engines/contract.ts'
import { listBatches } from '../../../ledger/attempts.ts'
import type { Batch } from '../../../ledger/batch-state.ts'
import { discardChangeSet, openChangeSetOf, switchFolded } from '../../../ledger/ledger.ts'
import { getList } from '../../../ledger/lists.ts'
import type { ChangeSet } from '../../../ledger/ledger.ts'
import type { LedgerList } from '../../../ledger/lists.ts'
import { counterCeiling } from './counters.ts'
import { changeIn, workOf } from './references.ts'
import type { SyncRun } from '../run.ts'

type Folding = Pick<SyncRun, 'engine' | 'signal' | 'log'>

/**
 * Ends the list's unfinished change set, if there is one: its confirmed batches become *told*, those whose answer is
 * missing become *unsure*. A batch that was being sent when its process died counts as unanswered. `db` is that of the
 * list's lock.
 */
export async function foldOpenChangeSet(run: SyncRun): Promise<void> {
  const { db, listId } = run
  const changeSet = await openChangeSetOf(db, listId)
  if (changeSet === undefined) return
  const batches = await listBatches(db, changeSet.id)
  if (!batches.some(isSent)) return discardChangeSet(db, changeSet)
  const list = await getList(db, listId)
  const { told, unsure } = await foldInto(run, { list, changeSet, batches })
  const known = batches.some(isUnanswered) ? null : list.counters
  const counters = known === null ? null : counterCeiling(known, batches)
  return switchFolded(db, changeSet, {
    toldSnapshot: told.ref,
    told: told.members,
    unsureSnapshot: unsure.ref,
    unsure: unsure.members,
    counters,
  })
}

/** What `foldOpenChangeSet` would make of the ledger; nothing is recorded. Null when it would leave it as it is. */
export async function foldCopy(run: Folding & Pick<SyncRun, 'db'>, list: LedgerList): Promise<Folded | null> {
  const { db } = run
  const changeSet = await openChangeSetOf(db, list.id)
  if (changeSet === undefined) return null
  const batches = await listBatches(db, changeSet.id)
  return batches.some(isSent) ? foldInto(run, { list, changeSet, batches }) : null
}

async function foldInto(
  run: Folding,
  { list, changeSet, batches }: { list: LedgerList; changeSet: ChangeSet; batches: readonly Batch[] },
): Promise<Folded> {
  return run.engine.fold({
    ...workOf(run),
    change: changeIn(changeSet, list),
    confirmed: batches.filter((batch) => batch.state === 'confirmed').map(range),
    unanswered: batches.filter(isUnanswered).map(range),
  })
}

function isSent(batch: Batch): boolean {
  return batch.state !== 'planned'
}

export function isUnanswered(batch: Batch): boolean {
  return batch.state === 'unanswered' || batch.state === 'sending'
}

function range(batch: Batch): BatchRange {
  return { operation: batch.operation, first: batch.first, count: batch.count }
}
