import type { BatchRange } from '../../contract.ts'
import type { FoldOptions } from '../folders.ts'

/** What became of a line of the spool. */
export type Fate = 'confirmed' | 'unanswered' | 'none'

interface FatedRange extends BatchRange {
  readonly fate: Fate
}

/** The fates of the lines of one bucket of one operation, in order. */
export class Fates {
  private readonly ranges: readonly FatedRange[]
  private line: number
  private range = 0

  private constructor(ranges: readonly FatedRange[], firstLine: number) {
    this.ranges = ranges
    this.line = firstLine
  }

  static of(options: FoldOptions, operation: BatchRange['operation'], bucketIndex: number): Fates {
    const counts = operation === 'add' ? options.addsByBucket : options.removesByBucket
    const firstLine = counts.slice(0, bucketIndex).reduce((sum, count) => sum + count, 0)
    const confirmed = options.confirmed.map((range) => ({ ...range, fate: 'confirmed' as const }))
    const unanswered = options.unanswered.map((range) => ({ ...range, fate: 'unanswered' as const }))
    const ranges = [...confirmed, ...unanswered].filter((range) => range.operation === operation)
    return new Fates(
      ranges.toSorted((left, right) => left.first - right.first),
      firstLine,
    )
  }

  /** The fate of the next line. */
  next(): Fate {
    const { line } = this
    this.line += 1
    let range = this.ranges[this.range]
    while (range !== undefined && range.first + range.count <= line) {
      this.range += 1
      range = this.ranges[this.range]
    }
    return range !== undefined && range.first <= line ? range.fate : 'none'
  }
}
