import type { Thresholds } from '../objects/query.ts'
import { count, plural } from '../base/words.ts'

export interface RemovalVerdict {
  /** A person has to look before anything is sent. */
  readonly large: boolean
  /** Share of the list that would go, rounded up to a tenth, so that a large one always shows more than the limit. */
  readonly percent: number
  /** The limit it is held against, in words: "50 %", or "1,000 members". */
  readonly limit: string
}

export interface AdditionVerdict extends Omit<RemovalVerdict, 'percent'> {
  /** Additions as a share of the list, rounded up to a tenth; null for a list without members. */
  readonly percent: number | null
  /** The limit as a number, which a list that is being filled may pass. */
  readonly percentMax: number
}

/** What a change set would do to a list. */
export interface Change {
  readonly adds: number
  readonly removes: number
  /** Members that Pinterest confirmed, and those in requests whose answer was lost: both before the run. */
  readonly told: number
  readonly unsure: number
}

export interface ChangeVerdict {
  readonly removal: RemovalVerdict
  readonly addition: AdditionVerdict
}

export type ChangeLimits = Readonly<
  Record<'removalPercentMax' | 'removalCountMax' | 'additionPercentMax' | 'additionMembersMin', number>
>

/** Judges a change as a whole, before any of it is sent. Shares are of all who may be on the list: told ∪ unsure. */
export function judgeChange({ adds, removes, told, unsure }: Change, limits: ChangeLimits): ChangeVerdict {
  const members = told + unsure
  return {
    removal: judgeRemoval({
      removes,
      members,
      percentMax: limits.removalPercentMax,
      countMax: limits.removalCountMax,
    }),
    addition: judgeAddition({
      adds,
      members,
      percentMax: limits.additionPercentMax,
      membersMin: limits.additionMembersMin,
    }),
  }
}

/**
 * Whether removing `removes` of a list's `members` is more than `percentMax` percent of it, or more than `countMax`. Exactly the
 * limit is not large; a limit of 0 makes every removal large.
 */
function judgeRemoval(options: {
  readonly removes: number
  readonly members: number
  readonly percentMax: number
  readonly countMax: number
}): RemovalVerdict {
  const { removes, members, percentMax, countMax } = options
  const tooMany = removes > countMax
  const limit = tooMany ? plural(countMax, 'member') : `${percentMax} %`
  if (removes === 0) return { large: false, percent: 0, limit }
  return {
    large: tooMany || removes * 100 > percentMax * members,
    percent: members === 0 ? 100 : shareOf(removes, members),
    limit,
  }
}

/**
 * Whether adding `adds` to a list of `members` is more than `percentMax` percent of it. A list of fewer than `membersMin` may grow
 * as it likes: it is being filled. Exactly the limit is not large.
 */
function judgeAddition(options: {
  readonly adds: number
  readonly members: number
  readonly percentMax: number
  readonly membersMin: number
}): AdditionVerdict {
  const { adds, members, percentMax, membersMin } = options
  return {
    large: members > 0 && members >= membersMin && adds * 100 > percentMax * members,
    percent: members === 0 ? null : shareOf(adds, members),
    limit: `${count(percentMax)} %`,
    percentMax,
  }
}

function shareOf(part: number, whole: number): number {
  return Math.ceil((part * 1000) / whole) / 10
}

/**
 * - `enough`: go on.
 * - `empty`: fail before anything is sent; an empty result never empties a list.
 * - `too_few`: fail before anything is sent; the list is new, no audience can be made yet, and a list cannot be deleted again.
 * - `too_few_in_step`: bring the list in step, since departed members must leave it; then fail at the audience that it lacks.
 * - `too_few_with_audience`: bring the list in step and warn, since the audience will stop delivering.
 */
export type MembersVerdict = 'enough' | 'empty' | 'too_few' | 'too_few_in_step' | 'too_few_with_audience'

/** What becomes of a run whose query has `members` distinct valid members. */
export function judgeMembers(options: {
  readonly members: number
  readonly membersMin: number
  readonly hasAudience: boolean
  /** Members that Pinterest was told, or may have been told, before the run. */
  readonly before: number
  /** A sample is sent without an audience where it is too small for one. */
  readonly isSample: boolean
}): MembersVerdict {
  const { members, membersMin, hasAudience, before, isSample } = options
  if (members === 0) return 'empty'
  if (members >= membersMin || isSample) return 'enough'
  if (hasAudience) return 'too_few_with_audience'
  return before === 0 ? 'too_few' : 'too_few_in_step'
}

export interface RowsVerdict {
  readonly verdict: 'fine' | 'warn' | 'fail'
  /** What is the matter, such as "fewer than 100"; empty when it is fine. */
  readonly bound: string
}

/** Whether a query's number of rows warns or stops its run; stopping comes first. A number at the bound is fine. */
export function judgeRows(rows: number, bounds: Thresholds): RowsVerdict {
  const { failBelow, failAbove, warnBelow, warnAbove } = bounds
  return (
    beyond(rows, failBelow, failAbove, 'fail') ??
    beyond(rows, warnBelow, warnAbove, 'warn') ?? { verdict: 'fine', bound: '' }
  )
}

function beyond(
  rows: number,
  below: number | undefined,
  above: number | undefined,
  verdict: 'warn' | 'fail',
): RowsVerdict | null {
  if (below !== undefined && rows < below) return { verdict, bound: `fewer than ${count(below)}` }
  if (above !== undefined && rows > above) return { verdict, bound: `more than ${count(above)}` }
  return null
}
