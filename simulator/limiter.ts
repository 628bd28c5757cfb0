import type { Clock } from './clock.ts'
import type { Limits } from './options.ts'

/** Categories of the API description (`x-ratelimit-category`); each has one quota for all its operations. */
export type Category = 'ads_read' | 'ads_write' | 'org_read'

export interface Quota {
  readonly allowed: boolean
  /** The headers in the form that real answers have. */
  readonly headers: Readonly<Record<string, string>>
}

const WINDOW_MS = 60_000

/**
 * Counts the calls of the last 60 s per category and ad account, and refuses the one too many. Stricter than a
 * fixed window: no burst over its edge. A refused call does not count.
 */
export class Limiter {
  /** Calls it had to refuse. */
  provoked = 0
  readonly #clock: Clock
  readonly #limits: Limits | 'off'
  readonly #calls = new Map<string, number[]>()

  constructor(clock: Clock, limits: Limits | 'off') {
    this.#clock = clock
    this.#limits = limits
  }

  reset(): void {
    this.provoked = 0
    this.#calls.clear()
  }

  /** Counts one call. */
  take(category: Category, adAccountId: string): Quota {
    const { times, limit } = this.#window(category, adAccountId)
    const allowed = times.length < limit
    if (allowed) times.push(this.#clock.now())
    else this.provoked += 1
    return { allowed, headers: this.#headers(times, limit) }
  }

  /** The headers without counting a call. */
  look(category: Category, adAccountId: string): Quota['headers'] {
    const { times, limit } = this.#window(category, adAccountId)
    return this.#headers(times, limit)
  }

  #window(category: Category, adAccountId: string): { times: number[]; limit: number } {
    const key = `${category} ${adAccountId}`
    const times = this.#calls.get(key) ?? []
    this.#calls.set(key, times)
    const since = this.#clock.now() - WINDOW_MS
    const gone = times.findIndex((time) => time > since)
    times.splice(0, gone === -1 ? times.length : gone)
    return { times, limit: this.#limitOf(category) }
  }

  #limitOf(category: Category): number {
    if (this.#limits === 'off') return 1_000_000
    return category === 'ads_write' ? this.#limits.writesPerMinute : this.#limits.readsPerMinute
  }

  #headers(times: readonly number[], limit: number): Quota['headers'] {
    return rateHeaders(limit, limit - times.length, this.#resetSeconds(times))
  }

  /** Until the oldest call leaves the window: seconds to wait, not a time of day. */
  #resetSeconds(times: readonly number[]): number {
    const [oldest] = times
    return oldest === undefined ? 0 : Math.max(0, Math.ceil((oldest + WINDOW_MS - this.#clock.now()) / 1000))
  }
}

export function rateHeaders(limit: number, remaining: number, resetSeconds: number): Quota['headers'] {
  return {
    'x-ratelimit-limit': `${limit}, ${limit};w=${WINDOW_MS / 1000}`,
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetSeconds),
  }
}
