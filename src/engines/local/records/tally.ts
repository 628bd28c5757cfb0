import type { InvalidReason } from '../../../members/email.ts'
import type { FoundForm } from '../../../members/hash-form.ts'
import type { Prepared } from '../../contract.ts'

/** Counts of a source, or of a part of it. */
export class Tally {
  valid = 0
  private readonly byReason = new Map<InvalidReason, number>()
  private readonly byForm = new Map<FoundForm, number>()
  private readonly byOrder = new Set<string>()

  /** `form` is what stands there instead. */
  invalid(reason: InvalidReason, count: number, form: FoundForm | null = null): void {
    if (count > 0) increase(this.byReason, reason, count)
    if (count > 0 && form !== null) increase(this.byForm, form, count)
  }

  /** Notes what in a query chose these rows by their order. */
  chosenBy(parts: readonly string[]): void {
    for (const part of parts) this.byOrder.add(part)
  }

  add(other: Tally): void {
    this.valid += other.valid
    this.chosenBy([...other.byOrder])
    for (const [reason, count] of other.byReason) increase(this.byReason, reason, count)
    for (const [form, count] of other.byForm) increase(this.byForm, form, count)
  }

  static of({ valid, invalidByReason, foundForms = {}, byOrder = [] }: Prepared): Tally {
    const tally = new Tally()
    tally.chosenBy(byOrder)
    tally.valid = valid
    for (const [reason, count] of Object.entries(invalidByReason))
      increase(tally.byReason, reason as InvalidReason, count)
    for (const [form, count] of Object.entries(foundForms)) increase(tally.byForm, form as FoundForm, count)
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
      ...(this.byForm.size === 0 ? {} : { foundForms: Object.fromEntries(this.byForm) }),
      ...(this.byOrder.size === 0 ? {} : { byOrder: [...this.byOrder] }),
    }
  }

  private get invalidTotal(): number {
    let total = 0
    for (const count of this.byReason.values()) total += count
    return total
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
