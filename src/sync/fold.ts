import { newId } from '../base/ids.ts'
import type { Folded, SpoolRange } from '../engine/engine.ts'
import { discardChangeSet, listBatches, openChangeSetOf, switchFolded } from '../ledger/ledger.ts'
import { getList } from '../ledger/lists.ts'
import type { Batch, ChangeSet } from '../ledger/ledger.ts'
import type { LedgerList } from '../ledger/lists.ts'
import { snapshotDir } from '../ledger/snapshots.ts'
import { counterCeiling } from './counters.ts'
import { openSpool, openTold, shareSnapshots, withSoundSets } from './hash-sets.ts'
import type { HashSets } from './hash-sets.ts'
import type { Services, SyncRun } from './run.ts'

type Needs = HashSets & Pick<Services, 'home' | 'engine'>

/**
 * Ends the list's unfinished change set, if there is one: its confirmed batches become *told*, those whose answer is
 * missing become *unsure*. A batch that was being sent when its process died counts as unanswered. `db` is that of the
 * list's lock.
 */
export async function foldOpenChangeSet(
  services: Needs & Pick<SyncRun, 'db'>,
  listId: string,
  signal: AbortSignal,
): Promise<void> {
  const { db } = services
  const changeSet = await openChangeSetOf(db, listId)
  if (changeSet === undefined) return
  const batches = await listBatches(db, changeSet.id)
  if (!batches.some(isSent)) return discardChangeSet(db, changeSet)
  const list = await getList(db, listId)
  const toldSnapshot = newId('sn')
  const unsureSnapshot = newId('sn')
  const folded = await foldInto(
    services,
    { list, changeSet, batches },
    {
      told: snapshotDir(services.home, listId, toldSnapshot),
      unsure: snapshotDir(services.home, listId, unsureSnapshot),
      signal,
    },
  )
  await shareSnapshots(services, listId, [toldSnapshot, unsureSnapshot], signal)
  const known = batches.some(isUnanswered) ? null : list.counters
  const counters = known === null ? null : counterCeiling(known, batches)
  return switchFolded(db, changeSet, { toldSnapshot, unsureSnapshot, ...folded, counters })
}

/** What `foldOpenChangeSet` would make of the ledger, in folders of the caller; nothing is recorded. */
export async function foldCopy(
  services: Needs,
  list: LedgerList,
  dirs: { told: string; unsure: string; signal: AbortSignal },
): Promise<Folded | null> {
  const { db } = services.store
  const changeSet = await openChangeSetOf(db, list.id)
  if (changeSet === undefined) return null
  const batches = await listBatches(db, changeSet.id)
  return batches.some(isSent) ? foldInto(services, { list, changeSet, batches }, dirs) : null
}

async function foldInto(
  services: Needs,
  { list, changeSet, batches }: { list: LedgerList; changeSet: ChangeSet; batches: readonly Batch[] },
  dirs: { told: string; unsure: string; signal: AbortSignal },
): Promise<Folded> {
  return withSoundSets(services, list, async (sets) =>
    services.engine.fold({
      ...(await openTold(sets, list, dirs.signal)),
      spoolDir: await openSpool(sets, changeSet, dirs.signal),
      addsByBucket: changeSet.adds_by_bucket,
      removesByBucket: changeSet.removes_by_bucket,
      confirmed: batches.filter((batch) => batch.state === 'confirmed').map(range),
      unanswered: batches.filter(isUnanswered).map(range),
      newToldDir: dirs.told,
      newUnsureDir: dirs.unsure,
      signal: dirs.signal,
    }),
  )
}

function isSent(batch: Batch): boolean {
  return batch.state !== 'planned'
}

export function isUnanswered(batch: Batch): boolean {
  return batch.state === 'unanswered' || batch.state === 'sending'
}

function range(batch: Batch): SpoolRange {
  return { operation: batch.operation, first: batch.first, count: batch.count }
}
