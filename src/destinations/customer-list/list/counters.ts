import { RollcallError } from '../../../base/rollcall-error.ts'
import { listed, plural } from '../../../base/words.ts'
import type { Batch } from '../../../ledger/batch-state.ts'
import type { LedgerList } from '../../../ledger/lists.ts'
import type { ForeignChanges, ListCounters } from '../../../base/list-states.ts'

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

type Held = Pick<LedgerList, 'changed_elsewhere' | 'counters'>

/** What others did to a list that no person has accepted, as it is held and as it is seen now; null for nothing. */
export function allChangesElsewhere(held: Held, seen: ListCounters): ListCounters | null {
  return unaccepted(withLatest(held, seen))
}

/** All that others did to a list by now, with what of it was accepted; null for nothing. */
export function withLatest(
  { changed_elsewhere: known, counters }: Held,
  seen: ListCounters,
): ForeignChanges | null {
  const latest = changedElsewhere(counters, seen)
  if (known === null || latest === null) return known ?? latest
  return { ...known, ...eachOf((name) => known[name] + latest[name]) }
}

/** What no person has accepted of it; null for nothing. */
export function unaccepted(changes: ForeignChanges | null): ListCounters | null {
  if (changes === null) return null
  const { accepted } = changes
  const open = eachOf((name) => changes[name] - (accepted?.[name] ?? 0))
  return open.batches + open.uploaded + open.removed === 0 ? null : open
}

/** What Rollcall itself sent to a list, as Pinterest counts it; null when that is not known. */
export function sentByUs({ changed_elsewhere: others, counters }: Held): ListCounters | null {
  if (counters === null) return null
  return eachOf((name) => counters[name] - (others?.[name] ?? 0))
}

/** "3 records were added elsewhere": what a person accepted of it; null for nothing. */
export function acceptedInWords(changes: ForeignChanges | null): string | null {
  if (changes?.accepted === undefined) return null
  const { batches, uploaded, removed } = changes.accepted
  const records = [...did(uploaded, 'record', 'added'), ...did(removed, 'record', 'removed')]
  return `${listed(records.length > 0 ? records : did(batches, 'request', 'sent'))} elsewhere`
}

/** "3 records were added"; empty for none. */
function did(number: number, what: string, verb: string): string[] {
  return number === 0 ? [] : [`${plural(number, what)} ${number === 1 ? 'was' : 'were'} ${verb}`]
}

function eachOf(value: (name: keyof ListCounters) => number): ListCounters {
  return { batches: value('batches'), uploaded: value('uploaded'), removed: value('removed') }
}

/** The warning about everything that others did to a list. */
export function changedElsewhereWarning(
  list: Pick<LedgerList, 'name' | 'pinterest_list_id' | 'changed_elsewhere'>,
  changes: ListCounters,
): RollcallError {
  return new RollcallError('list_changed_elsewhere', {
    list: list.name,
    listId: list.pinterest_list_id ?? 'no id',
    detail: moreInWords(list, changes),
  })
}

/** "1 request and 1 added record more than Rollcall sent", with since when if earlier ones were accepted. */
export function moreInWords(
  { changed_elsewhere: known }: Pick<LedgerList, 'changed_elsewhere'>,
  { batches, uploaded, removed }: ListCounters,
): string {
  const parts = [
    batches > 0 ? plural(batches, 'request') : null,
    uploaded > 0 ? plural(uploaded, 'added record') : null,
    removed > 0 ? plural(removed, 'removed record') : null,
  ].filter((part) => part !== null)
  const since = known?.accepted === undefined ? '' : ' since the change that was accepted'
  return `${listed(parts)} more than Rollcall sent${since}`
}
