import type { Kysely } from 'kysely'
import { cutBatches } from '../../../members/batches.ts'
import type { Compared, Told } from '../../../engines/contract.ts'
import { openChangeSet } from '../../../ledger/ledger.ts'
import { getList, holdAudience, holdList, rememberChanges } from '../../../ledger/lists.ts'
import type { Tables } from '../../../store/schema.ts'
import { foldOpenChangeSet } from './fold.ts'
import { toldOf } from './references.ts'
import type { ListRecord, Recorded, SyncRun } from '../run.ts'

/** That of a run: `db` is the database through the list's lock. */
export function recordOf(db: Kysely<Tables>, listId: string): ListRecord {
  return {
    get: () => getList(db, listId),
    holdList: (held) => holdList(db, listId, held),
    holdAudience: (audienceId) => holdAudience(db, listId, audienceId),
    rememberChanges: (changed) => rememberChanges(db, listId, changed),
    compare: compareForGood,
  }
}

/** Records the change set, before anything of it is sent. */
async function compareForGood(run: SyncRun, compare: (before: Told) => Promise<Compared>): Promise<Recorded> {
  await foldOpenChangeSet(run)
  const list = await run.record.get()
  const before = toldOf(list)
  const compared = await compare(before)
  const { added, removed, members, desired, change } = compared
  const changeSetId = await openChangeSet(run.db, {
    listId: list.id,
    workflowId: run.id,
    adds: added,
    removes: removed,
    changeRef: change,
    desiredSnapshot: desired,
    desiredCount: members,
    batches: cutBatches({ adds: added, removes: removed, batchSize: run.limits.batchSize }),
  })
  return recordedOf(compared, before, changeSetId)
}

export function recordedOf(compared: Compared, before: Told, changeSetId: string): Recorded {
  const { desired, change, members } = compared
  return {
    compared,
    changeSetId,
    change: { ref: change, desired: { ref: desired, members }, before },
    told: before.told?.members ?? 0,
    unsure: before.unsure?.members ?? 0,
  }
}
