import type { InvalidReason } from '../../audience/email.ts'

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
