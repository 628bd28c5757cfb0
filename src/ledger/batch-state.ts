import type { Selectable } from 'kysely'
import type { AttemptOutcomeTable, AttemptTable, BatchTable } from '../store/ledger-tables.ts'
import type { BatchState, ListCounters } from '../base/list-states.ts'

/** How a batch stands: a fold over the attempts to send it. The function `batch_states` of the database says the same. */

/** An attempt with what became of it, which is nothing yet while its request is under way, or for ever when its process died. */
export type Attempt = Pick<Selectable<AttemptTable>, 'number' | 'sent_at'> & {
  readonly outcomes: readonly Pick<
    Selectable<AttemptOutcomeTable>,
    'outcome' | 'at' | 'tries' | 'status' | 'request_id' | 'counters'
  >[]
}

/** A batch as it stands. */
export interface Batch extends Selectable<BatchTable> {
  readonly state: BatchState
  /** How often it was sent, as far as it may have landed, and when last. */
  readonly attempts: number
  readonly sent_at: Date | null
  /** Of the answer that confirmed it. */
  readonly answered_at: Date | null
  readonly status: number | null
  readonly request_id: string | null
  readonly counters: ListCounters | null
}

/** The batch as its attempts, in order, leave it. `isSplit`: parts of it took its place. */
export function foldBatch(
  batch: Selectable<BatchTable>,
  attempts: readonly Attempt[],
  isSplit: boolean,
): Batch {
  const confirmed = attempts
    .flatMap(({ outcomes }) => outcomes)
    .find(({ outcome }) => outcome === 'confirmed')
  return {
    ...batch,
    state: stateOf(batch, attempts, { isSplit, isConfirmed: confirmed !== undefined }),
    attempts: attempts.reduce((sum, attempt) => sum + triesOf(attempt), 0),
    sent_at: attempts.at(-1)?.sent_at ?? null,
    answered_at: confirmed?.at ?? null,
    status: confirmed?.status ?? null,
    request_id: confirmed?.request_id ?? null,
    counters: confirmed?.counters ?? null,
  }
}

function stateOf(
  { may_have_landed: mayHaveLanded }: Pick<Selectable<BatchTable>, 'may_have_landed'>,
  attempts: readonly Attempt[],
  { isSplit, isConfirmed }: { readonly isSplit: boolean; readonly isConfirmed: boolean },
): BatchState {
  if (isSplit) return 'split'
  if (isConfirmed) return 'confirmed'
  if (attempts.at(-1)?.outcomes.length === 0) return 'sending'
  return mayHaveLanded || attempts.some(isUnsure) ? 'unanswered' : 'planned'
}

/** It may have landed: its answer was lost, or the process that waited for it. */
function isUnsure({ outcomes }: Attempt): boolean {
  return outcomes.length === 0 || outcomes.some(({ outcome }) => outcome === 'lost')
}

/** One that is under way counts once. */
function triesOf({ outcomes }: Attempt): number {
  return outcomes.length === 0 ? 1 : Math.max(...outcomes.map(({ tries }) => tries))
}
