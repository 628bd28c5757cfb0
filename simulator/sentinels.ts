import type { Fault } from './faults.ts'
import type { CustomerList } from './state.ts'

/** Refresh tokens that behave in a known way. */
export const SENTINEL_TOKENS = {
  /** 401, as when the user took the access away. */
  revoked: 'pinr.sentinel-revoked',
  /** 503 at the token endpoint. */
  unavailable: 'pinr.sentinel-unavailable',
  /** Gives tokens with the scope `ads:read` alone. */
  readOnly: 'pinr.sentinel-read-only',
} as const

/** Words in the name of a customer list that make calls about it end in a known way. */
export const SENTINELS = {
  '[sentinel:unavailable]': 'every call about the list is answered 503',
  '[sentinel:rate-limited]': 'every write is answered 429 for ten minutes',
  '[sentinel:forbidden]': 'every call about the list is answered 403',
  '[sentinel:refused]': 'every change of members is answered 400 with code 1',
  '[sentinel:too-large]': 'a write of more than 1,000 records is answered 413',
  '[sentinel:flaky]': 'a write fails with 500 and has no effect; its retry succeeds',
  '[sentinel:lost-answer]': 'a write takes effect and then loses its connection; its retry is answered',
  '[sentinel:garbage]':
    'a write takes effect and is answered with text that is not JSON; its retry is answered',
  '[sentinel:expired]': 'a write finds the access token expired; its retry succeeds',
  '[sentinel:slow]': 'the answer to a write takes three seconds',
  '[sentinel:too-small]': 'at most 42 members are Pinterest users, which is known at once',
  '[sentinel:vanish]': 'the list disappears ten seconds after its creation',
  '[sentinel:changed-elsewhere]': 'someone else adds three members ten seconds after its creation',
} as const

export type Sentinel = keyof typeof SENTINELS

/** The sentinel in a name, or null. */
export function sentinelOf(name: string): Sentinel | null {
  const word = /\[sentinel:[a-z-]+\]/.exec(name)?.[0]
  return word !== undefined && Object.hasOwn(SENTINELS, word) ? (word as Sentinel) : null
}

export const TOO_SMALL_MATCHES = 42
export const RESET_SECONDS = 600
const RECORDS_MAX = 1000

/** A call about a customer list, as sentinels see it. */
export interface ListCall {
  readonly kind: 'create' | 'update' | 'get'
  /** Writes just like this one before it, to a list of that name; refused ones too. */
  readonly sameBefore: number
  readonly records: number
}

type Rule = (call: ListCall) => Fault | null

/** A rule for writes alone. */
const onWrite =
  (rule: Rule): Rule =>
  (call) =>
    call.kind === 'get' ? null : rule(call)

/** Counted for each write by itself, so that a client with several under way gets every one of them through. */
const firstOfTwo = (fault: Fault): Rule => onWrite((call) => (call.sameBefore % 2 === 0 ? fault : null))

const RULES: Readonly<Partial<Record<Sentinel, Rule>>> = {
  '[sentinel:unavailable]': () => ({ kind: '503' }),
  '[sentinel:forbidden]': () => ({ kind: '403' }),
  '[sentinel:rate-limited]': onWrite(() => ({ kind: '429', resetSeconds: RESET_SECONDS })),
  '[sentinel:refused]': (call) => (call.kind === 'update' ? { kind: '400-1' } : null),
  '[sentinel:too-large]': (call) => (call.records > RECORDS_MAX ? { kind: '413' } : null),
  '[sentinel:flaky]': firstOfTwo({ kind: '500' }),
  '[sentinel:lost-answer]': firstOfTwo({ kind: 'lost-after' }),
  '[sentinel:garbage]': firstOfTwo({ kind: 'garbage-after' }),
  // The token lives on: were it dead, writes under way that were repeated already would find it so a second time.
  '[sentinel:expired]': firstOfTwo({ kind: '401' }),
  '[sentinel:slow]': onWrite(() => ({ kind: 'slow', delayMs: 3000 })),
}

/** The fault that a list's name asks for. */
export function sentinelFault(name: string, call: ListCall): Fault | null {
  const sentinel = sentinelOf(name)
  return sentinel === null ? null : (RULES[sentinel]?.(call) ?? null)
}

/** What happens to a list by itself once its time has come: gone, changed, or nothing. */
export function timeBound(list: CustomerList, nowMs: number, afterMs: number): 'vanish' | 'change' | null {
  if (list.isSpent || nowMs - list.createdMs < afterMs) return null
  const sentinel = sentinelOf(list.name)
  if (sentinel === '[sentinel:vanish]') return 'vanish'
  return sentinel === '[sentinel:changed-elsewhere]' ? 'change' : null
}
