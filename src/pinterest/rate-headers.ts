/** What an answer's rate headers say of the tightest window. */
export interface RateState {
  readonly remaining: number | null
  readonly resetMs: number | null
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
  }
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
