import { RollcallError } from '../../base/rollcall-error.ts'
import { count } from '../../base/words.ts'
import { getList, listBatches, switchTold } from '../../ledger/ledger.ts'
import { counterCeiling } from '../counters.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { sendBatches } from '../send-batches.ts'
import { currentChangeSet } from './compare.ts'
import { isApproved } from './guard.ts'

/**
 * Tells Pinterest who left, after a person approved when there are many. Then all of the change set is confirmed, and
 * the query's members become what Pinterest has been told.
 */
export async function remove(run: SyncRun): Promise<SyncOutputs['remove']> {
  const current = await currentChangeSet(run)
  if (current === null) return { sent: 0 }
  const { changeSet } = current
  const { large, percent, limit } = run.output('guard')
  if (large && !isApproved(run, changeSet.removes))
    throw await largeRemoval(run, changeSet.removes, percent, limit)
  const pinterest = await run.services.pinterest(run.signal)
  const sent = await sendBatches(
    { run, pinterest, pinterestListId: run.output('add').id, changeSet },
    'remove',
  )
  if (changeSet.removes > 0) await run.log(`${count(changeSet.removes)} members removed`)
  const { counters } = await getList(run.db, run.listId)
  const sentBatches = await listBatches(run.db, changeSet.id)
  await switchTold(run.db, changeSet, counters === null ? null : counterCeiling(counters, sentBatches))
  return { sent }
}

async function largeRemoval(
  run: SyncRun,
  removes: number,
  percent: number,
  limit: string,
): Promise<RollcallError> {
  const list = await getList(run.db, run.listId)
  const members = list.told_count + list.unsure_count
  return new RollcallError('large_removal', {
    removes,
    members,
    percent,
    limit,
    workflow: run.id,
    list: list.name,
  })
}
