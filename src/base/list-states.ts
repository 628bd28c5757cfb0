import type { Acceptance } from './workflow-states.ts'

/** How a customer list and its batches stand, as the database keeps it and as people see it. */

export type BatchState = 'planned' | 'sending' | 'confirmed' | 'unanswered' | 'split'

/** `lost`: the answer is missing, so the request may have landed. `refused`: it cannot have. */
export type Outcome = 'confirmed' | 'lost' | 'refused'

export interface ListCounters {
  readonly batches: number
  readonly uploaded: number
  readonly removed: number
}

/** What others did to a list in all; of that, what a person accepted as it is. Earlier versions did not keep who it was. */
export interface ForeignChanges extends ListCounters {
  readonly accepted?: ListCounters & Partial<Acceptance>
}

export interface CreateIntent {
  /**
   * Newest list id of the ad account just before the creation ("0" when there was none): a list of our name with a
   * higher id is ours. Null before that is known: whatever bears the name is not ours.
   */
  readonly newestIdBefore: string | null
  readonly at: string
}
