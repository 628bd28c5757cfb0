/**
 * Places for work that takes the machine's time, in the order in which they are asked for. Work that waits for something else gives its
 * places away meanwhile.
 */
export class Slots {
  readonly count: number
  private free: number
  private readonly waiting: { readonly count: number; readonly enter: () => void }[] = []

  constructor(count: number) {
    this.count = count
    this.free = count
  }

  /** Resolves when there are so many places, which are taken at once. Later work does not overtake. Error: the signal's reason. */
  async take(signal: AbortSignal, count = 1): Promise<void> {
    signal.throwIfAborted()
    if (this.waiting.length === 0 && this.free >= count) {
      this.free -= count
      return
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const waiter = { count, enter }
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1)
        this.letIn()
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.waiting.push(waiter)
    })
  }

  give(count = 1): void {
    this.free += count
    this.letIn()
  }

  private letIn(): void {
    for (;;) {
      const [next] = this.waiting
      if (next === undefined || next.count > this.free) return
      this.waiting.shift()
      this.free -= next.count
      next.enter()
    }
  }
}

/** What one piece of work holds of the slots: one of them, or all when it must be alone. */
export class Place {
  private readonly slots: Slots
  private wanted: number
  private held = 0

  constructor(slots: Slots, { isAlone }: { readonly isAlone: boolean }) {
    this.slots = slots
    this.wanted = isAlone ? slots.count : 1
  }

  /** Error: the signal's reason; it holds nothing then. */
  async enter(signal: AbortSignal): Promise<void> {
    const { wanted } = this
    await this.slots.take(signal, wanted)
    this.hold(wanted)
  }

  leave(): void {
    this.hold(0)
  }

  /** It need not be alone any more. */
  share(): void {
    this.wanted = 1
    this.hold(this.held)
  }

  private hold(count: number): void {
    const before = Math.max(this.held, count)
    this.held = Math.min(count, this.wanted)
    if (before > this.held) this.slots.give(before - this.held)
  }
}
