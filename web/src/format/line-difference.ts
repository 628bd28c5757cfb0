import { diffArrays } from 'diff'

/** What changed between two texts, line by line. */

export interface DifferenceLine {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Texts that differ in more lines are not compared in full: that would take longer than anyone waits. */
const CHANGED_LINES_MAX = 2_000

/** Holds all lines of both texts. Of texts that differ too much, all lines of the one are gone and all of the other are new. */
export function lineDifference(before: string, after: string): readonly DifferenceLine[] {
  const [one, other] = [before.split('\n'), after.split('\n')]
  const parts = diffArrays(one, other, { maxEditLength: CHANGED_LINES_MAX })
  if (parts === undefined) return [...marked('gone', one), ...marked('new', other)]
  return parts.flatMap(({ value, added, removed }) =>
    marked(removed ? 'gone' : added ? 'new' : 'same', value),
  )
}

function marked(kind: DifferenceLine['kind'], lines: readonly string[]): DifferenceLine[] {
  return lines.map((text) => ({ kind, text }))
}
