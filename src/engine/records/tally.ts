import type { InvalidReason } from '../../audience/email.ts'
import type { Prepared } from '../engine.ts'

/** Counts of a source, or of a part of it. */
export class Tally {
  valid = 0
  private readonly byReason = new Map<InvalidReason, number>()

  invalid(reason: InvalidReason, count: number): void {
    if (count > 0) this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + count)
  }

  add(other: Tally): void {
    this.valid += other.valid
    for (const [reason, count] of other.byReason) this.invalid(reason, count)
  }

  static of({ valid, invalidByReason }: Prepared): Tally {
    const tally = new Tally()
    tally.valid = valid
    for (const [reason, count] of Object.entries(invalidByReason))
      tally.invalid(reason as InvalidReason, count)
    return tally
  }

  get received(): number {
    return this.valid + this.invalidTotal
  }

  prepared(): Prepared {
    return {
      received: this.received,
      invalid: this.invalidTotal,
      invalidByReason: Object.fromEntries(this.byReason),
      valid: this.valid,
    }
  }

  private get invalidTotal(): number {
    let total = 0
    for (const count of this.byReason.values()) total += count
    return total
  }
}
