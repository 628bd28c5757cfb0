import type { InvalidReason } from '../../../members/email.ts'

/** A record that could not be read up to its address. */
export class Fault {
  readonly reason: InvalidReason

  constructor(reason: InvalidReason) {
    this.reason = reason
  }
}

export const RAGGED_LINE = new Fault('ragged_line')
export const BAD_ENCODING = new Fault('bad_encoding')
export const BROKEN_LINE = new Fault('broken_line')

/** What a record holds in its address column: null for none. */
export type RawValue = string | null | Fault

/** Values of a source in its order, in batches. Every record of the source is there, the unreadable ones as faults. */
export type Records = AsyncIterable<readonly RawValue[]>

/** Records in the order of their file, column by column. */
export interface Batch {
  /** The address column, or null where the file has none; a fault stands for a record that cannot be read. */
  readonly addresses: RawValue[]
  /** The other columns that were asked for, in that order. What they hold of an unreadable record means nothing. */
  readonly others: readonly (string | null)[][]
}

/** A batch without records, to be filled. */
export function emptyBatch(others: number): Batch {
  return { addresses: [], others: Array.from({ length: others }, () => []) }
}

/** Adds a record that cannot be read. */
export function addFault({ addresses, others }: Batch, fault: Fault): void {
  addresses.push(fault)
  for (const column of others) column.push(null)
}

/** The address column alone. */
export async function* addressesOf(
  batches: AsyncIterable<Batch>,
): AsyncGenerator<readonly RawValue[], void, void> {
  for await (const { addresses } of batches) yield addresses
}
