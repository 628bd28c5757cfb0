import type { InvalidReason } from '../../../members/email.ts'
import { count, plural, words } from '../../../base/words.ts'

/** The order in which the reasons are listed: what is wrong with the line, then with the address in it. */
const places: Record<InvalidReason, number> = {
  ragged_line: 0,
  broken_line: 1,
  bad_encoding: 2,
  blank: 3,
  already_hashed: 4,
  non_ascii: 5,
  too_long: 6,
  syntax: 7,
  not_a_hash: 8,
}

/** How many rows were invalid for which reason, to stand behind their number: " (250 blank, 61 already hashed)". */
export function reasonsText(byReason: Readonly<Partial<Record<InvalidReason, number>>>): string {
  const entries = Object.entries(byReason) as [InvalidReason, number][]
  const parts = entries
    .toSorted(([one], [other]) => places[one] - places[other])
    .map(([reason, rows]) =>
      reason.endsWith('_line') ? plural(rows, words(reason)) : `${count(rows)} ${words(reason)}`,
    )
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
