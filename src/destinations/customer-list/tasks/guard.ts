import type { Change } from '../../../members/judge.ts'
import { changeText, membersText } from '../../../members/large-change.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { plural } from '../../../base/words.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { dropStage } from './compare.ts'
import { tooFew } from '../judging/too-few.ts'
import { isApproved, isLarge, judged, unapproved } from '../judging/verdict.ts'
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
  const { members, change, verdict } = judged(run)
  const { removal, addition, audienceMin: minimum } = verdict
  const stopsFor = (so: string): RollcallError =>
    tooFew(run.output('prepare'), run.output('compare').members, { minimum, so })
  if (members === 'empty') throw stopsFor(', so nothing was sent and no member was removed')
  // A comparison that a person looks at shows that they are too few.
  if (run.inputs.review && !isApproved(run) && isAnythingToSend(run, change)) throw reviewNeeded(run, change)
  if (members === 'too_few') throw stopsFor(', so nothing was sent')
  if (isApproved(run)) {
    if (isLarge(verdict))
      await run.log(
        `This change is larger than its limits and was approved: ${changeText(change)}`,
        'warning',
      )
    return { removal, addition, removalsWait: false }
  }
  const removalsWait = removal.large && !addition.large && run.inputs.sendAdditionsFirst
  const waits = unapproved(run, { areAddsSent: false })
  if (waits !== null && !removalsWait) throw waits
  if (removalsWait)
    await run.log(
      `Removing ${plural(change.removes, 'member')} needs approval; the additions are sent now`,
      'warning',
    )
  return { removal, addition, removalsWait }
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
