/** One call as the simulator saw it. */
export interface CallRecord {
  readonly operation: string
  /** HTTP status, or `lost` or `hung` when no answer went out. */
  readonly outcome: string
  readonly adAccountId: string
  /** The list or audience of the path, or the list just created. */
  readonly subjectId: string
  /** ADD, REMOVE, CREATE, UPDATE or nothing. */
  readonly change: string
  /** Records of the call, 0 where there are none. */
  readonly records: number
  /** Whether the service acted on it. */
  readonly effect: boolean
  readonly requestId: string
  readonly atMs: number
}

const CALLS_KEPT = 10_000

export interface StatsReport {
  /** By operation, then by outcome. */
  readonly calls: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Times that the rate limit itself had to refuse a call. */
  readonly provoked429: number
  /** Faults of a schedule that struck. */
  readonly injected: number
  /** Lists created, by name. */
  readonly creates: Readonly<Record<string, number>>
}

/** Counts of all calls, and the last ten thousand of them one by one. */
export class Stats {
  #outcomes = new Map<string, Map<string, number>>()
  #creates = new Map<string, number>()
  #calls: CallRecord[] = []

  record(call: CallRecord): void {
    const counts = this.#outcomes.get(call.operation) ?? new Map<string, number>()
    this.#outcomes.set(call.operation, counts)
    counts.set(call.outcome, (counts.get(call.outcome) ?? 0) + 1)
    this.#calls.push(call)
    if (this.#calls.length > 2 * CALLS_KEPT) this.#calls = this.#calls.slice(-CALLS_KEPT)
  }

  created(name: string): void {
    this.#creates.set(name, (this.#creates.get(name) ?? 0) + 1)
  }

  calls(): CallRecord[] {
    return this.#calls.slice(-CALLS_KEPT)
  }

  reset(): void {
    this.#outcomes = new Map()
    this.#creates = new Map()
    this.#calls = []
  }

  report(provoked429: number, injected: number): StatsReport {
    const calls = [...this.#outcomes].map(([operation, counts]) => [operation, Object.fromEntries(counts)])
    return {
      calls: Object.fromEntries(calls),
      provoked429,
      injected,
      creates: Object.fromEntries(this.#creates),
    }
  }
}
