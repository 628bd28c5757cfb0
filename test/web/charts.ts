/** Reading what a chart of the console has drawn. */

/** Runs in the page: how far to the right each point of a chart is. */
export function placesOf(points: readonly unknown[]): number[] {
  return (points as readonly { getAttribute(name: string): string }[]).map((point) =>
    Number(point.getAttribute('cx')),
  )
}

/** Whole percents of the way from the first to the last. */
export function sharesOf(values: readonly number[]): number[] {
  const [first = 0, last = 0] = [values[0], values.at(-1)]
  return values.map((value) => Math.round(((value - first) / (last - first)) * 100))
}
