import type { Kysely } from 'kysely'
import { cutBatches } from '../../audience/batches.ts'
import type { Change, Compared, Told } from '../../engines/contract.ts'
import { openChangeSet } from '../../ledger/ledger.ts'
import { getList, holdAudience, holdList, rememberChanges } from '../../ledger/lists.ts'
import type { LedgerList } from '../../ledger/lists.ts'
import type { ForeignChanges, ListCounters, Tables } from '../../store/schema.ts'
import { foldOpenChangeSet } from './fold.ts'
import { toldOf } from './references.ts'
import type { SyncRun } from './run.ts'

/** A comparison as it is recorded. */
export interface Recorded {
  readonly compared: Compared
  readonly changeSetId: string
  readonly change: Change
  /** Members that Pinterest had confirmed, and those whose answer was lost. */
  readonly told: number
  readonly unsure: number
}

/**
 * What the tasks up to the guard know of the list and record of it. A plan has the same tasks with one of its own, which keeps to itself
 * what it would record.
 */
export interface ListRecord {
  readonly get: () => Promise<LedgerList>
  readonly holdList: (held: { pinterestListId: string; counters: ListCounters | null }) => Promise<void>
  readonly holdAudience: (audienceId: string) => Promise<void>
  readonly rememberChanges: (changed: { counters: ListCounters; changes: ForeignChanges }) => Promise<void>
  /** Does `compare` with what Pinterest has been told, once an unfinished change set is counted in. */
  readonly compare: (run: SyncRun, compare: (before: Told) => Promise<Compared>) => Promise<Recorded>
}

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
