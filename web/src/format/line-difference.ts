/** What changed between two texts, line by line. */

export interface DifferenceLine {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Beyond so many pairs of lines, all lines that are not at the start or end of both are said to be others. */
const PAIRS_MAX = 1_000_000

export function lineDifference(before: string, after: string): readonly DifferenceLine[] {
  const [one, other] = [before.split('\n'), after.split('\n')]
  const start = sameAtStart(one, other)
  const end = sameAtStart(one.slice(start).toReversed(), other.slice(start).toReversed())
  const middle = (lines: readonly string[]): readonly string[] => lines.slice(start, lines.length - end)
  return [
    ...marked('same', one.slice(0, start)),
    ...middleDifference(middle(one), middle(other)),
    ...marked('same', one.slice(one.length - end)),
  ]
}

function sameAtStart(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((line, at) => line !== other[at])
  return index === -1 ? one.length : index
}

/** By the longest common run of lines. */
function middleDifference(one: readonly string[], other: readonly string[]): DifferenceLine[] {
  if (one.length * other.length > PAIRS_MAX) return [...marked('gone', one), ...marked('new', other)]
  const width = other.length + 1
  const common = new Uint32Array((one.length + 1) * width)
  const at = (row: number, column: number): number => common[row * width + column] ?? 0
  for (let row = one.length - 1; row >= 0; row -= 1)
    for (let column = other.length - 1; column >= 0; column -= 1)
      common[row * width + column] =
        one[row] === other[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
  const lines: DifferenceLine[] = []
  let [row, column] = [0, 0]
  while (row < one.length && column < other.length) {
    if (one[row] === other[column]) {
      lines.push(...marked('same', [one[row] ?? '']))
      row += 1
      column += 1
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      lines.push(...marked('gone', [one[row] ?? '']))
      row += 1
    } else {
      lines.push(...marked('new', [other[column] ?? '']))
      column += 1
    }
  }
  return [...lines, ...marked('gone', one.slice(row)), ...marked('new', other.slice(column))]
}

function marked(kind: DifferenceLine['kind'], lines: readonly string[]): DifferenceLine[] {
  return lines.map((text) => ({ kind, text }))
}
