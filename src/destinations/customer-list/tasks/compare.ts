import type * as contract from '../../../engines/contract.ts'
import { count, plural } from '../../../base/words.ts'
import type { SyncOutputs, SyncRun, Verdict } from '../run.ts'
import { workOf } from '../list/references.ts'
import { membersOf } from '../said.ts'
import { sampleChange } from '../judging/sample-change.ts'
import { countedOf } from '../reading/result.ts'
import type { ChangeSample } from '../judging/sample-change.ts'
import { isLarge, verdictBy } from '../judging/verdict.ts'
import { openRows } from './query.ts'

/** Compares the query's members with what Pinterest was told, and records the change set before anything is sent. */
export async function compare(run: SyncRun): Promise<SyncOutputs['compare']> {
  const { stage } = run.output('prepare')
  if (stage === undefined) throw new TypeError('the rows of this workflow are not staged')
  const { compared, changeSetId, change, told, unsure } = await run.record.compare(run, (before) =>
    run.engine.compare({
      stage,
      before,
      ...workOf(run),
      onProgress: ({ share }) => run.progress(Math.round(share * 100), 100, '%'),
    }),
  )
  const { desired: _desired, change: _change, ...counts } = compared
  const { inQuery, duplicates } = countedOf(run.output('prepare'), compared)
  const ofSample = inQuery === compared.members ? {} : { inQuery }
  await run.log(
    `${membersOf({ ...compared, ...ofSample })} in the query (${plural(duplicates, 'duplicate')}): ${count(compared.added)} to add, ${count(compared.removed)} to remove, ${count(compared.unchanged)} unchanged`,
  )
  const found = { ...counts, ...ofSample, duplicates, changeSetId, toldBefore: told, unsureBefore: unsure }
  const verdict = verdictBy(run.limits, found)
  const sample = isLookedAt(run, verdict) ? { sample: await sampleOf(run, change) } : {}
  return { ...found, verdict, ...sample }
}

/** Whether a person will look at the change: of a plan, of one that is to be reviewed, or so large that it waits for approval. */
function isLookedAt({ inputs, isPlan }: Pick<SyncRun, 'inputs' | 'isPlan'>, verdict: Verdict): boolean {
  return isPlan || inputs.review || (!inputs.yes && isLarge(verdict))
}

async function sampleOf(run: SyncRun, change: contract.Change): Promise<ChangeSample> {
  const { rows } = await openRows(run)
  return sampleChange(run.engine, { rows, hashed: run.inputs.hashed, change, ...workOf(run) })
}

/** The staged rows are needed no more once the change set is recorded. */
export async function dropStage(run: SyncRun): Promise<void> {
  const { stage } = run.output('prepare')
  if (stage !== undefined) await run.engine.dropStage(stage)
}
