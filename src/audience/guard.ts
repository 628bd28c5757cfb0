export interface RemovalVerdict {
  /** A person has to look before anything is removed. */
  readonly large: boolean
  /** Share of the list that would go, rounded up to a tenth, so that a large one always shows more than the limit. */
  readonly percent: number
}

/**
 * Whether removing `removes` of a list's `members` (told ∪ unsure, before the run) is more than `percentMax` percent of it.
 * Exactly the limit is not large; a limit of 0 makes every removal large.
 */
export function judgeRemoval(options: {
  readonly removes: number
  readonly members: number
  readonly percentMax: number
}): RemovalVerdict {
  const { removes, members, percentMax } = options
  if (removes === 0) return { large: false, percent: 0 }
  return {
    large: removes * 100 > percentMax * members,
    percent: members === 0 ? 100 : Math.ceil((removes * 1000) / members) / 10,
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
