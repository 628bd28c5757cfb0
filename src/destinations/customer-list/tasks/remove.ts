import { count } from '../../../base/words.ts'
import { listBatches } from '../../../ledger/attempts.ts'
import { switchTold } from '../../../ledger/ledger.ts'
import { getList } from '../../../ledger/lists.ts'
import { counterCeiling } from '../list/counters.ts'
import { currentChangeSet } from '../list/current-change-set.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { sendBatches } from '../sending/send-batches.ts'
import { unapproved } from '../judging/verdict.ts'

/**
 * Removes from Pinterest the members who left. If additions are sent while removals wait, a large removal waits for approval here. Then
 * all of the change set is confirmed, and the query's members become what Pinterest has been told. Error: `large_removal`.
 */
export async function remove(run: SyncRun): Promise<SyncOutputs['remove']> {
  const current = await currentChangeSet(run)
  if (current === null) return { sent: 0 }
  const { changeSet } = current
  const waits = run.output('guard').removalsWait ? unapproved(run, { areAddsSent: true }) : null
  if (waits !== null) throw waits
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
