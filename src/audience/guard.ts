import { count, plural } from '../base/words.ts'

export interface RemovalVerdict {
  /** A person has to look before anything is removed. */
  readonly large: boolean
  /** Share of the list that would go, rounded up to a tenth, so that a large one always shows more than the limit. */
  readonly percent: number
  /** The limit it is held against, in words: "50 %", or "1,000 members". */
  readonly limit: string
}

/**
 * Whether removing `removes` of a list's `members` (told ∪ unsure, before the run) is more than `percentMax` percent of it, or
 * more than `countMax`. Exactly the limit is not large; a limit of 0 makes every removal large.
 */
export function judgeRemoval(options: {
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
    percent: members === 0 ? 100 : Math.ceil((removes * 1000) / members) / 10,
    limit,
  }
}

/**
 * - `enough`: go on.
 * - `empty`: fail before anything is sent; an empty result never empties a list.
 * - `too_few`: bring the list in step, then fail at the audience, which cannot be made yet.
 * - `too_few_with_audience`: bring the list in step and warn, since the audience will stop delivering.
 */
export type MembersVerdict = 'enough' | 'empty' | 'too_few' | 'too_few_with_audience'

/** What becomes of a run whose query has `members` distinct valid members. */
export function judgeMembers(options: {
  readonly members: number
  readonly membersMin: number
  readonly hasAudience: boolean
}): MembersVerdict {
  const { members, membersMin, hasAudience } = options
  if (members === 0) return 'empty'
  if (members >= membersMin) return 'enough'
  return hasAudience ? 'too_few_with_audience' : 'too_few'
}

/** Numbers of rows, as a query has them set. */
export interface RowBounds {
  readonly warnBelow?: number
  readonly warnAbove?: number
  readonly failBelow?: number
  readonly failAbove?: number
}

export interface RowsVerdict {
  readonly verdict: 'fine' | 'warn' | 'fail'
  /** What is the matter, such as "fewer than 100"; empty when it is fine. */
  readonly bound: string
}

/** Whether a query's number of rows warns or stops its run; stopping comes first. A number at the bound is fine. */
export function judgeRows(rows: number, bounds: RowBounds): RowsVerdict {
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
