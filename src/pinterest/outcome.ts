import { secondsInWords } from './words.ts'
import { askedWaitMs } from './rate-headers.ts'
import type { RateState } from './rate-headers.ts'

/** A whole answer of HTTP. `body` is the parsed JSON, undefined when it was none. */
export interface ApiAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly body: unknown
  readonly requestId: string | null
  readonly rate: RateState
  /** The body is text that is no JSON, such as a page. */
  readonly isText?: boolean
}

/** What became of one attempt. `cause` is a short phrase that quotes nothing of the request. */
export type Outcome =
  | ApiAnswer
  /** No connection came about, so Pinterest cannot have acted. */
  | { readonly kind: 'unsent'; readonly cause: string }
  /** The request may have arrived, its answer did not. */
  | { readonly kind: 'lost'; readonly cause: string }
  /** We ended it ourselves. */
  | { readonly kind: 'stopped'; readonly sent: boolean }

/** The outcome of an attempt that may succeed when repeated. */
export interface Passing {
  readonly kind: 'passing'
  readonly cause: string
  /** Whether Pinterest may have acted all the same. */
  readonly effect: 'none' | 'unknown'
  readonly throttled: boolean
  readonly answer: ApiAnswer | null
}

export type Verdict<T> =
  | { readonly kind: 'done'; readonly value: T; readonly answer: ApiAnswer }
  | Passing
  | { readonly kind: 'dead_token'; readonly answer: ApiAnswer }
  | { readonly kind: 'refused'; readonly answer: ApiAnswer }
  | { readonly kind: 'stopped'; readonly sent: boolean }

/** "Something went wrong": sent with HTTP 400, yet passing (seen in a public integration). */
const PASSING_CODE = 12
/** HTTP 401 with these codes speaks of a missing scope or right; the token itself is alive. */
const RIGHTS_CODES: ReadonlySet<number | null> = new Set([3, 29])

/** Too early: nothing was done. */
const TOO_EARLY = 425
/** The server gave up waiting for the rest of the request, as it says. */
const REQUEST_TIMEOUT = 408

/**
 * Sorts an outcome: passing are missing connections, lost answers, 408, 425, 429, 5xx, 400 with code 12 and a success
 * whose body is not what was asked for. The HTTP status decides first, as Pinterest's codes are not unique.
 * `read` returns null for a body it does not accept.
 */
export function judge<T>(outcome: Outcome, read: (body: unknown) => T | null): Verdict<T> {
  if (outcome.kind === 'stopped') return outcome
  if (outcome.kind === 'unsent') return passing(outcome.cause, 'none', null)
  if (outcome.kind === 'lost') return passing(outcome.cause, 'unknown', null)
  const { status } = outcome
  if (status >= 200 && status < 300) return judgeSuccess(outcome, read)
  if (status === 429) return passing(rateCause(outcome), 'none', outcome)
  if (status === TOO_EARLY) return passing(`HTTP ${status}`, 'none', outcome)
  if (status >= 500 || status === REQUEST_TIMEOUT) return passing(`HTTP ${status}`, 'unknown', outcome)
  if (isForeign(outcome)) return { kind: 'refused', answer: outcome }
  if (status === 400 && errorCodeOf(outcome) === PASSING_CODE)
    return passing('HTTP 400, code 12', 'none', outcome)
  if (status === 401 && !RIGHTS_CODES.has(errorCodeOf(outcome)))
    return { kind: 'dead_token', answer: outcome }
  return { kind: 'refused', answer: outcome }
}

function judgeSuccess<T>(answer: ApiAnswer, read: (body: unknown) => T | null): Verdict<T> {
  const value = read(answer.body)
  if (value === null) return passing(`an undocumented answer (HTTP ${answer.status})`, 'unknown', answer)
  return { kind: 'done', value, answer }
}

function passing(cause: string, effect: Passing['effect'], answer: ApiAnswer | null): Passing {
  return { kind: 'passing', cause, effect, throttled: answer?.status === 429, answer }
}

function rateCause(answer: ApiAnswer): string {
  const resetMs = askedWaitMs(answer.rate, true)
  // Pinterest's sample code tells a block for spam from a quota by this member.
  const name = /spam/i.test(errorMember(answer, 'message_detail') ?? '') ? 'blocked as spam' : 'rate limit'
  return resetMs === null || resetMs === 0 ? name : `${name}, ends in ${secondsInWords(resetMs)}`
}

/** Whether something on the way answered in Pinterest's place, such as a proxy with a page: Pinterest answers with JSON. */
export function isForeign({ isText, requestId }: ApiAnswer): boolean {
  return isText === true && requestId === null
}

/** Pinterest's own error code in an answer, or null. */
export function errorCodeOf(answer: ApiAnswer): number | null {
  const code: unknown = Object(answer.body).code
  return typeof code === 'number' && Number.isSafeInteger(code) ? code : null
}

/** A text member of an error body, or null. Untrusted: see `redact`. */
export function errorMember(answer: ApiAnswer, name: 'message' | 'message_detail'): string | null {
  const text: unknown = Object(answer.body)[name]
  return typeof text === 'string' && text !== '' ? text : null
}
