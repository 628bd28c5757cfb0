import { setTimeout as wait } from 'node:timers/promises'

/** How a call ends that a fault strikes: by no answer at all, by a wrong one, or by an error. */
type Ending = 'lost' | 'hung' | 'garbage' | 'error' | 'usual'

/**
 * What can go wrong with a call. `acts`: the effect is there all the same. `lost` closes the connection, `hung`
 * never answers, `garbage` answers 200 with text that is no JSON.
 */
export const FAULTS = {
  'lost-before': { acts: false, ends: 'lost' },
  'lost-after': { acts: true, ends: 'lost' },
  'hang-before': { acts: false, ends: 'hung' },
  'hang-after': { acts: true, ends: 'hung' },
  'garbage-before': { acts: false, ends: 'garbage' },
  'garbage-after': { acts: true, ends: 'garbage' },
  '400-1': { acts: false, ends: 'error' },
  '400-12': { acts: false, ends: 'error' },
  '401': { acts: false, ends: 'error' },
  '401-expired': { acts: false, ends: 'error' },
  '403': { acts: false, ends: 'error' },
  '413': { acts: false, ends: 'error' },
  '429': { acts: false, ends: 'error' },
  '500': { acts: false, ends: 'error' },
  '500-after': { acts: true, ends: 'error' },
  '502': { acts: false, ends: 'error' },
  '503': { acts: false, ends: 'error' },
  slow: { acts: true, ends: 'usual' },
  late: { acts: true, ends: 'usual' },
} as const satisfies Record<string, { readonly acts: boolean; readonly ends: Ending }>

export type FaultKind = keyof typeof FAULTS

export const FAULT_KINDS = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]]

export interface Fault {
  readonly kind: FaultKind
  /** Of `429`: what `x-ratelimit-reset` says. Default 1. */
  readonly resetSeconds?: number
  /** Of `slow` (the answer comes late) and `late` (the effect does too). Default 1,000. */
  readonly delayMs?: number
}

/** One entry of a schedule. */
export interface FaultRule extends Fault {
  /** Operation such as `customer_lists/update`, `customer_lists/*` or `*`. */
  readonly operation: string
  /** The how many-eth matching call from now on is the first to fail. Default 1. */
  readonly nth?: number
  /** How many in a row fail. Default 1. */
  readonly times?: number
}

/** Every call fails with this probability, the same way for the same seed and order of calls. */
export interface RandomFaults {
  readonly seed: number
  /** 0 to 1. */
  readonly share: number
  readonly kinds: readonly FaultKind[]
  /** As in a rule. Default `*`. */
  readonly operation?: string
}

export interface FaultPlan {
  readonly rules?: readonly FaultRule[]
  readonly random?: RandomFaults
}

/** Which faults are still to come. A call is matched after its token and the rate limit were found in order. */
export class Faults {
  /** Faults that struck, sentinels apart. */
  injected = 0
  #rules: { readonly rule: FaultRule; seen: number }[] = []
  #random: { readonly plan: RandomFaults; readonly next: () => number } | null = null

  constructor(plan: FaultPlan = {}) {
    this.plan(plan)
  }

  /** Replaces all that was planned. */
  plan(plan: FaultPlan): void {
    this.#rules = (plan.rules ?? []).map((rule) => ({ rule, seen: 0 }))
    this.#random = plan.random === undefined ? null : { plan: plan.random, next: numbers(plan.random.seed) }
  }

  add(...rules: FaultRule[]): void {
    this.#rules.push(...rules.map((rule) => ({ rule, seen: 0 })))
  }

  clear(): void {
    this.plan({})
  }

  /** Rules that have not struck for the last time. */
  pending(): FaultRule[] {
    return this.#rules.filter(({ rule, seen }) => seen < lastCall(rule)).map(({ rule }) => rule)
  }

  /** The fault of the call that arrives now, or null. */
  next(operation: string): Fault | null {
    const fault = this.#fromRules(operation) ?? this.#fromRandom(operation)
    if (fault !== null) this.injected += 1
    return fault
  }

  #fromRules(operation: string): Fault | null {
    let found: Fault | null = null
    for (const entry of this.#rules) {
      if (!matches(entry.rule.operation, operation)) continue
      entry.seen += 1
      if (entry.seen >= (entry.rule.nth ?? 1) && entry.seen <= lastCall(entry.rule)) found ??= entry.rule
    }
    return found
  }

  #fromRandom(operation: string): Fault | null {
    if (this.#random === null) return null
    const { plan, next } = this.#random
    if (!matches(plan.operation ?? '*', operation)) return null
    const [strikes, which] = [next(), next()]
    const kind = plan.kinds[Math.floor(which * plan.kinds.length)]
    return strikes < plan.share && kind !== undefined ? { kind } : null
  }
}

function lastCall(rule: FaultRule): number {
  return (rule.nth ?? 1) + (rule.times ?? 1) - 1
}

function matches(pattern: string, operation: string): boolean {
  if (pattern === '*' || pattern === operation) return true
  return pattern.endsWith('/*') && operation.startsWith(pattern.slice(0, -1))
}

/** Numbers from 0 to 1 that depend on nothing but the seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = Math.trunc(seed)
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const DELAY_MS = 1000

/** Waits as a `slow` or `late` fault says; ends early when the simulator closes. */
export async function delay(fault: Fault, closing: AbortSignal): Promise<void> {
  try {
    await wait(fault.delayMs ?? DELAY_MS, undefined, { signal: closing })
  } catch (error) {
    if (!closing.aborted) throw error
  }
}
