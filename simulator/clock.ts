/** The simulator's time: the machine's, plus what tests have advanced it by. */
export class Clock {
  #aheadMs = 0

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#aheadMs
  }

  advance(ms: number): void {
    this.#aheadMs += ms
  }

  reset(): void {
    this.#aheadMs = 0
  }
}
