import type { Kysely } from 'kysely'
import { cutBatches } from '../audience/batches.ts'
import { newId } from '../base/ids.ts'
import type { Compared } from '../engine/engine.ts'
import { openChangeSet } from '../ledger/ledger.ts'
import { getList, holdAudience, holdList, rememberChanges } from '../ledger/lists.ts'
import type { LedgerList } from '../ledger/lists.ts'
import { snapshotDir, spoolDir } from '../ledger/snapshots.ts'
import type { ForeignChanges, ListCounters, Tables } from '../store/schema.ts'
import { foldOpenChangeSet } from './fold.ts'
import { openTold, setsOf, shareCompared, withSoundSets } from './hash-sets.ts'
import type { SyncRun } from './run.ts'

/** The folders of one comparison: what Pinterest has been told, and where its result is written. */
export interface CompareDirs {
  readonly toldDir: string | null
  readonly unsureDir: string | null
  readonly desiredDir: string
  readonly spoolDir: string
}

/** A comparison as it is recorded. */
export interface Recorded {
  readonly compared: Compared
  readonly changeSetId: string
  readonly spoolDir: string
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
  readonly compare: (run: SyncRun, compare: (dirs: CompareDirs) => Promise<Compared>) => Promise<Recorded>
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
async function compareForGood(
  run: SyncRun,
  compare: (dirs: CompareDirs) => Promise<Compared>,
): Promise<Recorded> {
  const { home } = run.services
  const sets = { ...setsOf(run), db: run.db }
  await foldOpenChangeSet(sets, run.listId, run.signal)
  const list = await run.record.get()
  const desiredSnapshot = newId('sn')
  const dirs = {
    desiredDir: snapshotDir(home, list.id, desiredSnapshot),
    spoolDir: spoolDir(home, list.id, desiredSnapshot),
  }
  const compared = await withSoundSets(sets, list, async (sound) =>
    compare({ ...(await openTold(sound, list, run.signal)), ...dirs }),
  )
  await shareCompared(run.services, { listId: list.id, snapshot: desiredSnapshot, compared }, run.signal)
  const changeSetId = await openChangeSet(run.db, {
    listId: list.id,
    workflowId: run.id,
    addsByBucket: compared.addsByBucket,
    removesByBucket: compared.removesByBucket,
    desiredSnapshot,
    desiredCount: compared.members,
    batches: cutBatches({ adds: compared.added, removes: compared.removed, batchSize: run.limits.batchSize }),
  })
  return { compared, changeSetId, spoolDir: dirs.spoolDir, told: list.told_count, unsure: list.unsure_count }
}
