import { judgeRemoval } from '../../audience/guard.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { count } from '../../base/words.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { dropStage } from './compare.ts'
import { mixUpHint } from './prepare.ts'

/** Stops what would empty the list, and finds out whether a person must approve the removals. */
export async function guard(run: SyncRun): Promise<SyncOutputs['guard']> {
  await dropStage(run)
  const { members, removed, toldBefore, unsureBefore } = run.output('compare')
  if (members === 0) {
    throw new RollcallError('not_enough_records', {
      detail: `the query returned no valid address, so nothing was sent and nobody was removed${mixUpHint(run.output('prepare'))}`,
      minimum: run.limits.audienceMembersMin,
    })
  }
  const judged = judgeRemoval({
    removes: removed,
    members: toldBefore + unsureBefore,
    percentMax: run.limits.removalPercentMax,
    countMax: run.limits.removalCountMax,
  })
  if (judged.large) {
    const approved = isApproved(run, removed) ? 'approved' : 'waits for a person; additions go on meanwhile'
    await run.log(
      `Removing ${count(removed)} members is more than the limit of ${judged.limit}: ${approved}`,
      'warning',
    )
  }
  return judged
}

/** Whether a person approved removing this many members. */
export function isApproved(run: Pick<SyncRun, 'inputs'>, removes: number): boolean {
  return run.inputs.yes || (run.inputs.approvedRemoves !== null && removes <= run.inputs.approvedRemoves)
}
