import { rm } from 'node:fs/promises'
import { cutBatches } from '../../audience/batches.ts'
import { judgeChange } from '../../audience/guard.ts'
import { newId } from '../../base/ids.ts'
import { count, plural } from '../../base/words.ts'
import type { Compared } from '../../engine/engine.ts'
import { listBatches, openChangeSet, openChangeSetOf } from '../../ledger/ledger.ts'
import { getList } from '../../ledger/lists.ts'
import type { LedgerList } from '../../ledger/lists.ts'
import { snapshotDir, spoolDir } from '../../ledger/snapshots.ts'
import { foldOpenChangeSet } from '../fold.ts'
import { openTold, setsOf, shareCompared, withSoundSets } from '../hash-sets.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { sampleChange } from '../sample-change.ts'
import { countedOf } from '../result.ts'
import type { ChangeSample } from '../sample-change.ts'
import { openRows } from './query.ts'

/** Compares the query's members with what Pinterest was told, and records the change set before anything is sent. */
export async function compare(run: SyncRun): Promise<SyncOutputs['compare']> {
  const { home } = run.services
  const sets = { ...setsOf(run), db: run.db }
  await foldOpenChangeSet(sets, run.listId, run.signal)
  const list = await getList(run.db, run.listId)
  const desiredSnapshot = newId('sn')
  const spool = spoolDir(home, list.id, desiredSnapshot)
  const compared = await withSoundSets(sets, list, async (sound) =>
    run.services.engine.compare({
      stageDir: run.paths.stage,
      ...(await openTold(sound, list, run.signal)),
      desiredDir: snapshotDir(home, list.id, desiredSnapshot),
      spoolDir: spool,
      durable: true,
      signal: run.signal,
      onProgress: ({ share }) => run.progress(Math.round(share * 100), 100, '%'),
    }),
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
  const { inQuery, duplicates } = countedOf(run.output('prepare'), compared)
  const sampled = inQuery === compared.members ? '' : `${count(compared.members)} in the sample of `
  await run.log(
    `${sampled}${count(inQuery)} in the query (${plural(duplicates, 'duplicate')}): ${count(compared.added)} to add, ${count(compared.removed)} to remove, ${count(compared.unchanged)} unchanged`,
  )
  return {
    ...compared,
    duplicates,
    changeSetId,
    toldBefore: list.told_count,
    unsureBefore: list.unsure_count,
    ...(isLookedAt(run, list, compared) ? { sample: await sampleOf(run, spool) } : {}),
  }
}

/** Whether a person will look at the change: one that is to be reviewed, or so large that it waits for approval. */
function isLookedAt(
  { inputs, limits }: Pick<SyncRun, 'inputs' | 'limits'>,
  { told_count: told, unsure_count: unsure }: LedgerList,
  { added: adds, removed: removes }: Pick<Compared, 'added' | 'removed'>,
): boolean {
  if (inputs.review) return true
  const { removal, addition } = judgeChange({ adds, removes, told, unsure }, limits)
  return !inputs.yes && (removal.large || addition.large)
}

async function sampleOf(run: SyncRun, dir: string): Promise<ChangeSample> {
  const { rows } = await openRows(run)
  const { engine } = run.services
  return sampleChange({ engine, rows, hashed: run.inputs.hashed, spoolDir: dir, signal: run.signal })
}

/** The staged rows are needed no more once the change set is recorded. */
export async function dropStage(run: SyncRun): Promise<void> {
  await rm(run.paths.stage, { recursive: true, force: true })
}

/** The open change set of this run, with its batches as they stand. That of another run is none of ours. */
export async function currentChangeSet(run: SyncRun) {
  const changeSet = await openChangeSetOf(run.db, run.listId)
  if (changeSet === undefined || changeSet.workflow_id !== run.id) return null
  return { changeSet, batches: await listBatches(run.db, changeSet.id) }
}
