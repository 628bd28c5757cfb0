import type { Answer } from '../../api/call.ts'

type Shown = Pick<Answer<'queries.preview'>, 'columns' | 'rows'>

/** What the service shows in place of a hidden value. */
const MASK = '•••'

/** The notice above a result for people who may not see personal data: which of its values are real. */
export function hiddenWords({ columns, rows }: Shown): string {
  const marked = columns.filter(({ hidden }) => hidden).length
  if (marked === 0)
    return 'These values are real: they use no personal column. The total number of rows is not shown, since your access to personal data is restricted.'
  const areComputed = columns.some((_, index) => hiddenBadge({ columns, rows }, index) === NOT_REAL)
  if (!areComputed && rows.length > 0)
    return 'Columns marked "hidden" are personal, and your access to personal data is restricted. The others show real values. The total number of rows is not shown.'
  const some =
    marked === columns.length ? 'No value below is real' : `Columns marked "${NOT_REAL}" are not real`
  const which = rows.length === 0 ? 'A run may find rows all the same' : some
  return `${which}: the query uses personal columns. Your access to personal data is restricted, so each of these holds the same text in every row here. Conditions, counts and calculations on them come out wrong. A run uses the real values.`
}

const NOT_REAL = 'not real'

/** The mark of a column whose values are not those that a run finds; null for a real one. */
export function hiddenBadge({ columns, rows }: Shown, index: number): string | null {
  if (columns[index]?.hidden !== true) return null
  return rows.length > 0 && rows.every((row) => row[index] === MASK) ? 'hidden' : NOT_REAL
}
