import type { Limits } from '../base/limits.ts'
import type { Passing } from './outcome.ts'
import { askedWaitMs } from './rate-headers.ts'
import type { RateState } from './rate-headers.ts'

/** No single pause is longer, unless Pinterest asks for it. */
const BACKOFF_MS_MAX = 20_000

/** Whether a passing outcome may be repeated at once: a call that is not repeatable only if it had no effect. */
export function mayRepeat(verdict: Passing, repeatable: boolean): boolean {
  return repeatable || verdict.effect === 'none'
}

/** The longest pause after the nth failure: doubles from `retryBackoffMs`, capped. */
export function backoffCeilingMs(failures: number, limits: Pick<Limits, 'retryBackoffMs'>): number {
  const cap = Math.max(BACKOFF_MS_MAX, limits.retryBackoffMs)
  return Math.min(cap, limits.retryBackoffMs * 2 ** (failures - 1))
}

interface RetryState {
  /** Failures so far, at least 1. */
  readonly failures: number
  readonly sinceFirstFailureMs: number
  /** What Pinterest asked to wait, or null. */
  readonly resetMs: number | null
  /** From 0 to 1. */
  readonly random: number
}

/**
 * Milliseconds to wait before the next attempt, or null to give up. Full jitter: anything from 0 to the ceiling,
 * so that many workers spread. Never shorter than Pinterest asks, and never past `retryForMs` after the first
 * failure, so a wait of hours gives up at once.
 */
export function nextWaitMs(
  state: RetryState,
  limits: Pick<Limits, 'retryBackoffMs' | 'retryForMs'>,
): number | null {
  const leftMs = limits.retryForMs - state.sinceFirstFailureMs
  const askedMs = state.resetMs ?? 0
  if (leftMs <= 0 || askedMs > leftMs) return null
  const drawnMs = state.random * backoffCeilingMs(state.failures, limits)
  return Math.max(askedMs, Math.min(drawnMs, leftMs))
}

/** How long all workers should pause after this answer: the budget is used up and comes back soon. 0: not at all. */
export function holdMs(
  answer: { readonly status: number; readonly rate: RateState },
  limits: Pick<Limits, 'retryForMs'>,
): number {
  const usedUp = answer.status === 429 || answer.rate.remaining === 0
  const waitMs = usedUp ? askedWaitMs(answer.rate, usedUp) : null
  return waitMs !== null && waitMs <= limits.retryForMs ? waitMs : 0
}
