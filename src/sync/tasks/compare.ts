import { rm } from 'node:fs/promises'
import { cutBatches } from '../../audience/batches.ts'
import { newId } from '../../base/ids.ts'
import { getList, listBatches, openChangeSet, openChangeSetOf } from '../../ledger/ledger.ts'
import { snapshotDir } from '../../ledger/snapshots.ts'
import { foldOpenChangeSet } from '../fold.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { format } from './prepare.ts'

/** Compares the query's members with what Pinterest was told, and records the change set before anything is sent. */
export async function compare(run: SyncRun): Promise<SyncOutputs['compare']> {
  await foldOpenChangeSet(run.services, run.listId, run.signal)
  const list = await getList(run.db, run.listId)
  const desiredSnapshot = newId('sn')
  const compared = await run.services.engine.compare({
    stageDir: run.paths.stage,
    toldDir: snapshotDir(run.services.home, list.id, list.told_snapshot),
    unsureDir: snapshotDir(run.services.home, list.id, list.unsure_snapshot),
    desiredDir: snapshotDir(run.services.home, list.id, desiredSnapshot),
    spoolDir: run.paths.spool,
    durable: true,
    signal: run.signal,
    onProgress: ({ share }) => run.progress(Math.round(share * 100), 100, '%'),
  })
  const changeSetId = await openChangeSet(run.db, {
    listId: list.id,
    workflowId: run.id,
    addsByBucket: compared.addsByBucket,
    removesByBucket: compared.removesByBucket,
    desiredSnapshot,
    desiredCount: compared.members,
    batches: cutBatches({ adds: compared.added, removes: compared.removed, batchSize: run.limits.batchSize }),
  })
  await run.log(
    `${format(compared.members)} members (${format(compared.duplicates)} ${compared.duplicates === 1 ? 'duplicate' : 'duplicates'}): ${format(compared.added)} to add, ${format(compared.removed)} to remove, ${format(compared.unchanged)} unchanged`,
  )
  return { ...compared, changeSetId, toldBefore: list.told_count, unsureBefore: list.unsure_count }
}

/** The staged rows are needed no more once the change set is recorded. */
export async function dropStage(run: SyncRun): Promise<void> {
  await rm(run.paths.stage, { recursive: true, force: true })
}

/** The open change set of this run, with its batches as they stand. */
export async function currentChangeSet(run: SyncRun) {
  const changeSet = await openChangeSetOf(run.db, run.listId)
  if (changeSet === undefined) return null
  return { changeSet, batches: await listBatches(run.db, changeSet.id) }
}
