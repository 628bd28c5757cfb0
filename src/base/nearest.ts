import { closest, distance } from 'fastest-levenshtein'

/** The known name nearest to a mistyped one, or null when none is near enough to be meant. */
export function nearestName(typed: string, known: readonly string[]): string | null {
  if (known.length === 0) return null
  const nearest = closest(typed, known)
  return distance(typed, nearest) <= Math.max(2, Math.ceil(typed.length / 3)) ? nearest : null
}
