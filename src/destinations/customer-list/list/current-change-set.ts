import { listBatches } from '../../../ledger/attempts.ts'
import type { Batch } from '../../../ledger/batch-state.ts'
import { openChangeSetOf } from '../../../ledger/ledger.ts'
import type { ChangeSet } from '../../../ledger/ledger.ts'
import type { SyncRun } from '../run.ts'

/** The open change set of this run, with its batches as they stand. The change set of another run does not count. */
export async function currentChangeSet(
  run: SyncRun,
): Promise<{ readonly changeSet: ChangeSet; readonly batches: readonly Batch[] } | null> {
  const changeSet = await openChangeSetOf(run.db, run.listId)
  if (changeSet === undefined || changeSet.workflow_id !== run.id) return null
  return { changeSet, batches: await listBatches(run.db, changeSet.id) }
}
