import { judgeChange, judgeMembers } from '../../../members/guard.ts'
import type { Change, ChangeVerdict, MembersVerdict } from '../../../members/guard.ts'
import { changeText, largeChange, membersText } from '../../../members/large-change.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { plural } from '../../../base/words.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { dropStage } from './compare.ts'
import { tooFew } from '../too-few.ts'
import { judgeQueryRows } from './query-rows.ts'

/**
 * Judges the rows and the change as a whole, before anything is sent. Stops a change that would empty the list, or fill a new list that
 * cannot have an audience, and lets a large one wait for approval. If the orchestration sends additions while removals wait, a large
 * removal waits at the removals instead. Errors: `threshold_not_met`, `not_enough_records`, `review_needed`, `large_removal`,
 * `large_addition`.
 */
export async function guard(run: SyncRun): Promise<SyncOutputs['guard']> {
  await dropStage(run)
  await judgeQueryRows(run)
  const { members, change, verdict } = judge(run)
  if (members === 'empty') throw stopsFor(run, ', so nothing was sent and no member was removed')
  // A comparison that a person looks at shows that they are too few.
  if (run.inputs.review && !isApproved(run) && isAnythingToSend(run, change)) throw reviewNeeded(run, change)
  if (members === 'too_few') throw stopsFor(run, ', so nothing was sent')
  const isLarge = verdict.removal.large || verdict.addition.large
  if (isApproved(run)) {
    if (isLarge)
      await run.log(
        `This change is larger than its limits and was approved: ${changeText(change)}`,
        'warning',
      )
    return { ...verdict, removalsWait: false }
  }
  const removalsWait = verdict.removal.large && !verdict.addition.large && run.inputs.sendAdditionsFirst
  const waits = largeChange({ ...change, list: run.inputs.list, areAddsSent: false }, verdict)
  if (waits !== null && !removalsWait) throw waits
  if (removalsWait)
    await run.log(
      `Removing ${plural(change.removes, 'member')} needs approval; the additions are sent meanwhile`,
      'warning',
    )
  return { ...verdict, removalsWait }
}

/** The change and its members as they are judged, by a run that goes on or stops and by a plan that only says so. */
export function judge({ limits, inputs, output }: Pick<SyncRun, 'limits' | 'inputs' | 'output'>): {
  readonly members: MembersVerdict
  readonly change: Change
  readonly verdict: ChangeVerdict
} {
  const compared = output('compare')
  const { toldBefore, unsureBefore } = compared
  const members = judgeMembers({
    members: compared.members,
    membersMin: limits.audienceMembersMin,
    hasAudience: (output('resolve_list').audience ?? null) !== null,
    before: toldBefore + unsureBefore,
    isSample: inputs.sampleMembers !== null,
  })
  const change = changeOf(compared)
  return { members, change, verdict: judgeChange(change, limits) }
}

function stopsFor({ limits, output }: SyncRun, so: string): RollcallError {
  return tooFew(output('prepare'), output('compare').members, { minimum: limits.audienceMembersMin, so })
}

/** What the comparison would do to the list. */
export function changeOf(compared: SyncOutputs['compare']): Change {
  const { added, removed, toldBefore, unsureBefore } = compared
  return { adds: added, removes: removed, told: toldBefore, unsure: unsureBefore }
}

/** Whether a person approved just this change set: beforehand whatever it holds, or this one by its identity. */
export function isApproved(run: Pick<SyncRun, 'inputs' | 'output'>): boolean {
  return run.inputs.yes || run.inputs.approvedChangeSet === run.output('compare').changeSetId
}

/** A list that is in step and has its audience needs no decision: the comparison ends as a run does that changes nothing. */
function isAnythingToSend({ output }: SyncRun, { adds, removes, unsure }: Change): boolean {
  const { id, audience } = output('resolve_list')
  return adds + removes + unsure > 0 || id === null || (audience ?? null) === null
}

function reviewNeeded(run: SyncRun, change: Change): RollcallError {
  const { adds, removes } = change
  const { list } = run.inputs
  return new RollcallError('review_needed', { adds, removes, members: membersText(change), list })
}
