/** One request with members: entries `first` to `first + count - 1` of one operation of a change. Numbers start at 1. */
export interface Batch {
  readonly number: number
  readonly operation: 'add' | 'remove'
  readonly first: number
  readonly count: number
}

/**
 * Cuts a change set into numbered batches of at most `batchSize` members, all adds before all removes, so that a list never
 * dips on its way.
 */
export function cutBatches(options: {
  readonly adds: number
  readonly removes: number
  readonly batchSize: number
}): Batch[] {
  const batches: Batch[] = []
  const { adds, removes, batchSize } = options
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw new RangeError('batchSize must be 1 or more')
  for (const [operation, total] of [
    ['add', adds],
    ['remove', removes],
  ] as const) {
    for (let first = 0; first < total; first += batchSize) {
      const count = Math.min(batchSize, total - first)
      batches.push({ number: batches.length + 1, operation, first, count })
    }
  }
  return batches
}

/**
 * Two halves of a batch that Pinterest found too large (413, or a 400 about size). They get `nextNumber` and the one after it, which no
 * batch of the change set may have yet. Null when a single member is left: it cannot be made smaller.
 */
export function halveBatch(batch: Batch, nextNumber: number): readonly [Batch, Batch] | null {
  if (batch.count <= 1) return null
  const count = Math.ceil(batch.count / 2)
  return [
    { ...batch, number: nextNumber, count },
    { ...batch, number: nextNumber + 1, first: batch.first + count, count: batch.count - count },
  ]
}
