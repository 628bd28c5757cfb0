import type { Batch } from '../ledger/ledger.ts'
import type { ListCounters } from '../store/schema.ts'

/**
 * Pinterest counts every accepted call: one batch, and as many uploaded or removed records as were sent, even when they
 * change nothing (source: Pinterest's description of a customer list). So a count above our own means another sender.
 */

/** The highest counters that our own calls can explain: each attempt of a batch may have landed. */
export function counterCeiling(before: ListCounters, batches: readonly Batch[]): ListCounters {
  const ceiling = { ...before }
  for (const { attempts, operation, count } of batches) {
    ceiling.batches += attempts
    if (operation === 'add') ceiling.uploaded += attempts * count
    else ceiling.removed += attempts * count
  }
  return ceiling
}

/** What others did to the list, in words; null when our own calls explain all, or when we cannot know. */
export function changedElsewhere(ceiling: ListCounters | null, seen: ListCounters): string | null {
  if (ceiling === null) return null
  const more = [
    difference(seen.batches - ceiling.batches, 'request', 'requests'),
    difference(seen.uploaded - ceiling.uploaded, 'added record', 'added records'),
    difference(seen.removed - ceiling.removed, 'removed record', 'removed records'),
  ].filter((part) => part !== null)
  return more.length === 0 ? null : `${more.join(', ')} more than Rollcall sent`
}

function difference(count: number, one: string, many: string): string | null {
  return count > 0 ? `${count.toLocaleString('en-US')} ${count === 1 ? one : many}` : null
}
