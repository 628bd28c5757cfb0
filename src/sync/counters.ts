import { RollcallError } from '../base/rollcall-error.ts'
import { plural } from '../base/words.ts'
import type { Batch, LedgerList } from '../ledger/ledger.ts'
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

/** What others did to the list since `ceiling`; null when our own calls explain all, or when we cannot know. */
export function changedElsewhere(ceiling: ListCounters | null, seen: ListCounters): ListCounters | null {
  if (ceiling === null) return null
  const more = {
    batches: Math.max(0, seen.batches - ceiling.batches),
    uploaded: Math.max(0, seen.uploaded - ceiling.uploaded),
    removed: Math.max(0, seen.removed - ceiling.removed),
  }
  return more.batches + more.uploaded + more.removed === 0 ? null : more
}

/** What others did to a list in all, as it is held and as it is seen now; null for nothing. */
export function allChangesElsewhere(
  held: Pick<LedgerList, 'changed_elsewhere' | 'counters'>,
  seen: ListCounters,
): ListCounters | null {
  return bothChanges(held.changed_elsewhere, changedElsewhere(held.counters, seen))
}

/** Both changes together; null for none. */
export function bothChanges(one: ListCounters | null, other: ListCounters | null): ListCounters | null {
  if (one === null || other === null) return one ?? other
  return {
    batches: one.batches + other.batches,
    uploaded: one.uploaded + other.uploaded,
    removed: one.removed + other.removed,
  }
}

/** The warning of what others did to a list in all. */
export function changedElsewhereWarning(
  list: { readonly name: string; readonly pinterest_list_id: string | null },
  { batches, uploaded, removed }: ListCounters,
): RollcallError {
  const parts = [
    batches > 0 ? plural(batches, 'request') : null,
    uploaded > 0 ? plural(uploaded, 'added record') : null,
    removed > 0 ? plural(removed, 'removed record') : null,
  ].filter((part) => part !== null)
  return new RollcallError('list_changed_elsewhere', {
    list: list.name,
    listId: list.pinterest_list_id ?? 'no id',
    detail: `${parts.join(', ')} more than Rollcall sent`,
  })
}
