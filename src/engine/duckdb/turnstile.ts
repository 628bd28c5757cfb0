/**
 * Lets so many pieces of work in at once; the others wait their turn, in order. A place is free again when its work has
 * really ended, also when nobody waits for it any more.
 */
export class Turnstile {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(places: number) {
    this.free = places
  }

  /**
   * The outcome of `work`. After an abort it is not waited for longer than `graceMs`: then the signal's reason is thrown, and
   * the work ends when it can.
   */
  async pass<T>(signal: AbortSignal, graceMs: number, work: () => Promise<T>): Promise<T> {
    await this.enter(signal)
    const ending = work().finally(() => this.leave())
    return endOf(ending, signal, graceMs)
  }

  private async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.free > 0) {
      this.free -= 1
      return
    }
    const turn = Promise.withResolvers<void>()
    const onAbort = () => {
      const place = this.waiting.indexOf(turn.resolve)
      if (place >= 0) this.waiting.splice(place, 1)
      turn.reject(signal.reason)
    }
    this.waiting.push(turn.resolve)
    signal.addEventListener('abort', onAbort, { once: true })
    await turn.promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** The place goes to the first who waits. */
  private leave(): void {
    const next = this.waiting.shift()
    if (next === undefined) this.free += 1
    else next()
  }
}

async function endOf<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const givenUp = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => {
    timer = setTimeout(() => givenUp.reject(signal.reason), graceMs)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  // Whichever comes second has nobody who listens.
  work.catch(() => undefined)
  givenUp.promise.catch(() => undefined)
  try {
    return await Promise.race([work, givenUp.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
