import { getList, rememberCounters } from '../../../ledger/lists.ts'
import { changedElsewhere } from '../list/counters.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { listNotFound } from '../list/list-not-found.ts'
import { noticeChanges } from '../list/notice-changes.ts'

/** Reads the list's counters back, to see that no one else sent to it meanwhile and to know what the next run should expect. */
export async function verify(run: SyncRun): Promise<SyncOutputs['verify']> {
  const pinterest = await run.services.pinterest(run.signal)
  const list = await getList(run.db, run.listId)
  const { id } = run.output('add')
  const found = await pinterest.getCustomerList(run.inputs.adAccountId, id)
  if (found === null) throw listNotFound(list)
  const { counters, status } = found.body
  if (changedElsewhere(list.counters, counters) !== null) await noticeChanges(run, list, found.body)
  else await rememberCounters(run.db, run.listId, counters)
  const { added, removed } = run.output('compare')
  if (added + removed > 0) {
    await run.log('Pinterest has all changes. Allow up to 48 hours before they show in the audience.')
  }
  return { status, ...counters }
}
