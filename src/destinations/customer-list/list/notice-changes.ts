import type { LedgerList } from '../../../ledger/lists.ts'
import type { CustomerList } from '../../../pinterest/client.ts'
import { changedElsewhere, changedElsewhereWarning, unaccepted, withLatest } from './counters.ts'
import type { SyncRun } from '../run.ts'

/**
 * Warns that others changed the list, at every run until a person accepts it or lets the list go: no one knows whom they added or
 * removed, so it does not become right again by itself.
 */
export async function noticeChanges(
  run: SyncRun,
  list: LedgerList,
  { counters }: Pick<CustomerList, 'counters'>,
): Promise<void> {
  const changes = withLatest(list, counters)
  if (changes === null) return
  if (changedElsewhere(list.counters, counters) !== null)
    await run.record.rememberChanges({ counters, changes })
  const open = unaccepted(changes)
  if (open !== null) await run.warn(changedElsewhereWarning(list, open))
}
