export interface PlaceLimits {
  /** Pieces of work at once, of all owners. */
  readonly all: number
  /** Of one owner. */
  readonly each: number
}

interface Waiting {
  readonly owner: string
  readonly limits: PlaceLimits
  readonly enter: () => void
}

/**
 * Lets so many pieces of work in at once, and so many of one owner; the others wait their turn, in order. An owner at the limit keeps no
 * one else waiting.
 */
export class Places {
  private readonly taken = new Map<string, number>()
  private waiting: readonly Waiting[] = []

  /** The outcome of `work`, which begins when there is a place. An abort while it waits throws the signal's reason. */
  async pass<T>(
    owner: string,
    { signal, ...limits }: PlaceLimits & { readonly signal: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted()
    await this.turn(owner, limits, signal)
    try {
      return await work()
    } finally {
      this.leave(owner)
    }
  }

  private async turn(owner: string, limits: PlaceLimits, signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>()
    const one: Waiting = { owner, limits, enter: turn.resolve }
    const onAbort = () => {
      if (!this.waiting.includes(one)) return
      this.waiting = this.waiting.filter((other) => other !== one)
      turn.reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.waiting = [...this.waiting, one]
    this.letIn()
    await turn.promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  private leave(owner: string): void {
    const left = this.of(owner) - 1
    if (left === 0) this.taken.delete(owner)
    else this.taken.set(owner, left)
    this.letIn()
  }

  private letIn(): void {
    const stay: Waiting[] = []
    for (const one of this.waiting) {
      const isFree = this.total() < one.limits.all && this.of(one.owner) < one.limits.each
      if (!isFree) {
        stay.push(one)
        continue
      }
      this.taken.set(one.owner, this.of(one.owner) + 1)
      one.enter()
    }
    this.waiting = stay
  }

  private of(owner: string): number {
    return this.taken.get(owner) ?? 0
  }

  private total(): number {
    let total = 0
    for (const count of this.taken.values()) total += count
    return total
  }
}
