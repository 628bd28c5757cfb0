import type { Limits } from '../../../base/limits.ts'
import type { RollcallError } from '../../../base/rollcall-error.ts'
import { judgeChange, judgeMembers } from '../../../members/judge.ts'
import type { Change, MembersVerdict } from '../../../members/judge.ts'
import { largeChange } from '../../../members/large-change.ts'
import type { SyncOutputs, SyncRun, Verdict } from '../run.ts'

/** The verdict on a change: passed once, with the comparison, and kept with it. All others read it here. */

type Compared = Omit<SyncOutputs['compare'], 'changeSetId' | 'duplicates' | 'sample'>

/** What the comparison would do to the list. */
function changeOf({
  added,
  removed,
  toldBefore,
  unsureBefore,
}: Pick<Compared, 'added' | 'removed' | 'toldBefore' | 'unsureBefore'>): Change {
  return { adds: added, removes: removed, told: toldBefore, unsure: unsureBefore }
}

/** Judges a change by the limits of its run, for the comparison to keep. */
export function verdictBy(limits: Limits, compared: Omit<Compared, 'verdict'>): Verdict {
  return { ...judgeChange(changeOf(compared), limits), audienceMin: limits.audienceMembersMin }
}

export function isLarge({ removal, addition }: Pick<Verdict, 'removal' | 'addition'>): boolean {
  return removal.large || addition.large
}

export interface Judged {
  readonly change: Change
  readonly verdict: Verdict
  readonly members: MembersVerdict
}

/**
 * What the comparison found, and how it is judged. One of an earlier version left the verdict to the guard: it is that of `guarded`, or
 * while the guard has none, by the limits of now.
 */
export function judgedOf(
  compared: SyncOutputs['compare'],
  guarded: SyncOutputs['guard'] | null,
  given: { readonly limits: Limits; readonly isSample: boolean; readonly hasAudience: boolean },
): Judged {
  const { members, toldBefore, unsureBefore } = compared
  const { limits, isSample, hasAudience } = given
  const verdict = compared.verdict ?? { ...verdictBy(limits, compared), ...guarded }
  const before = toldBefore + unsureBefore
  return {
    change: changeOf(compared),
    verdict,
    members: judgeMembers({ members, membersMin: verdict.audienceMin, hasAudience, before, isSample }),
  }
}

type Guarded = Pick<SyncRun, 'limits' | 'inputs' | 'output'>

/** The same of a run that has looked for its list, and of a plan. */
export function judged({ limits, inputs, output }: Guarded): Judged {
  const hasAudience = (output('resolve_list').audience ?? null) !== null
  const isSample = inputs.sampleMembers !== null
  return judgedOf(output('compare'), output('guard'), { limits, isSample, hasAudience })
}

/** Whether a person approved just this change set: beforehand whatever it holds, or this one by its identity. */
export function isApproved({ inputs, output }: Pick<SyncRun, 'inputs' | 'output'>): boolean {
  return inputs.yes || inputs.approvedChangeSet === output('compare').changeSetId
}

/** The error of a large change that no person has approved, or null. `areAddsSent`: its additions, while the removals waited. */
export function unapproved(
  run: Guarded,
  { areAddsSent }: { readonly areAddsSent: boolean },
): RollcallError | null {
  if (isApproved(run)) return null
  const { change, verdict } = judged(run)
  return largeChange({ ...change, list: run.inputs.list, areAddsSent }, verdict)
}
