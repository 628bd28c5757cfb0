/** What an answer's rate headers say of the tightest window. */
export interface RateState {
  readonly remaining: number | null
  readonly resetMs: number | null
  /** How long the answer itself asks to wait, whatever the window. */
  readonly retryAfterMs: number | null
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Reads `x-ratelimit-remaining` and `x-ratelimit-reset`. Both can be lists such as `98, 98;w=1, 60;w=60`, of
 * which the first number is the tightest window; the reset is in seconds to wait, not a time of day
 * (seen in real answers). Anything else counts as absent.
 */
export function readRate(headers: Headers): RateState {
  const seconds = firstNumber(headers['x-ratelimit-reset'])
  return {
    remaining: firstNumber(headers['x-ratelimit-remaining']),
    resetMs: seconds === null ? null : Math.ceil(seconds * 1000),
    retryAfterMs: readRetryAfter(headers),
  }
}

/** `Retry-After`, in seconds or as a time of day, which is compared with the answer's own clock where it tells it. */
function readRetryAfter(headers: Headers): number | null {
  const seconds = firstNumber(headers['retry-after'])
  if (seconds !== null) return Math.ceil(seconds * 1000)
  const at = timeOf(headers['retry-after'])
  return at === null ? null : Math.max(0, at - (timeOf(headers['date']) ?? Date.now()))
}

/** A time as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`, in milliseconds. */
function timeOf(value: string | string[] | undefined): number | null {
  const text = Array.isArray(value) ? value[0] : value
  const ms = /^[A-Za-z]{3,9},? .*GMT$/.test(text ?? '') ? Date.parse(text ?? '') : Number.NaN
  return Number.isFinite(ms) ? ms : null
}

/** The longest that an answer asks to wait; the window counts only once it is used up. Null when it asks for nothing. */
export function askedWaitMs({ resetMs, retryAfterMs }: RateState, isUsedUp: boolean): number | null {
  const asked = [isUsedUp ? resetMs : null, retryAfterMs].filter((ms) => ms !== null)
  return asked.length === 0 ? null : Math.max(...asked)
}

function firstNumber(value: string | string[] | undefined): number | null {
  const text = Array.isArray(value) ? value[0] : value
  const digits = /^\s*(\d+(?:\.\d+)?)\s*(?:[,;]|$)/.exec(text ?? '')?.[1]
  const number = Number(digits)
  return digits !== undefined && Number.isFinite(number) ? number : null
}

/** `x-pinterest-rid` as one short word, or null: it is shown and stored, so nothing odd may stand in it. */
export function readRequestId(headers: Headers): string | null {
  const value = headers['x-pinterest-rid']
  const text = Array.isArray(value) ? value[0] : value
  return text !== undefined && /^[\w.:-]{1,100}$/.test(text) ? text : null
}
