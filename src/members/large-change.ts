import { RollcallError } from '../base/rollcall-error.ts'
import { count, plural } from '../base/words.ts'
import type { Change, ChangeVerdict } from './judge.ts'

/** What a person reads who has to approve a change: both numbers in one report, whatever made it wait. */

/** "20 members", or "17 members and 3 unsure" while answers are missing: members are those that Pinterest confirmed. */
export function membersText({ told, unsure }: Pick<Change, 'told' | 'unsure'>): string {
  const members = plural(told, 'member')
  return unsure === 0 ? members : `${members} and ${count(unsure)} unsure`
}

export interface ReportedChange extends Change {
  readonly list: string
  /** Additions that were sent already, as the orchestration wants it; otherwise nothing was sent. */
  readonly areAddsSent: boolean
}

/** The error of a change that waits for a person since it is large; null for one that is not. */
export function largeChange(change: ReportedChange, verdict: ChangeVerdict): RollcallError | null {
  const { removal, addition } = verdict
  if (removal.large)
    return new RollcallError('large_removal', dataOf(change, removal, addedText(change, addition)))
  if (addition.large)
    return new RollcallError('large_addition', dataOf(change, addition, removedText(change)))
  return null
}

function dataOf(
  change: ReportedChange,
  { percent, limit }: { readonly percent: number | null; readonly limit: string },
  others: string,
) {
  const { list, adds, removes, areAddsSent } = change
  return {
    list,
    adds,
    removes,
    members: membersText(change),
    percent: percent ?? 0,
    limit,
    others,
    sent: areAddsSent ? 'The removals wait for your approval.' : 'Nothing has been sent yet.',
    change: areAddsSent ? `remove ${plural(removes, 'member')}` : changeText(change),
  }
}

/** "add 1,203 members and remove 396", "remove 396 members". */
export function changeText({ adds, removes }: Pick<Change, 'adds' | 'removes'>): string {
  if (removes === 0) return `add ${plural(adds, 'member')}`
  if (adds === 0) return `remove ${plural(removes, 'member')}`
  return `add ${plural(adds, 'member')} and remove ${count(removes)}`
}

function addedText(
  { adds, areAddsSent }: ReportedChange,
  { large, percent, limit }: ChangeVerdict['addition'],
): string {
  const number = adds === 0 ? 'None' : count(adds)
  if (areAddsSent) return `${number} ${adds === 1 ? 'has' : 'have'} been added`
  return `${number} would be added${large ? ` (${percent} %), more than the limit of ${limit}` : ''}`
}

function removedText({ removes }: ReportedChange): string {
  return `${removes === 0 ? 'None' : count(removes)} would be removed`
}
