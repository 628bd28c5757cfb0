import { setTimeout as sleep } from 'node:timers/promises'
import { asPinterestError, PinterestError, stopped, unavailable } from './errors.ts'
import { askedWaitMs } from './rate-headers.ts'
import { mayRepeat, nextWaitMs } from './retry.ts'
import type { Limits } from '../base/limits.ts'
import type { ApiAnswer, Passing, Verdict } from './outcome.ts'
import type { Answer, CallKind, RequestCounts } from './types.ts'
import type { MayGoOn } from './transport.ts'

/** What a log may say of a repeated call. */
export interface RetryInfo {
  readonly operation: string
  /** The attempt that failed, from 1. */
  readonly attempt: number
  readonly waitMs: number
  readonly cause: string
}

/** The answer of a call and what it took to get it. */
export interface Sent<T> extends Answer<T> {
  /** Requests made. */
  readonly attempts: number
  /** Of these, how many may have taken effect without our seeing it: Pinterest's counters may count them. */
  readonly lostAttempts: number
}

/** What all calls of one client share. */
export interface Pace {
  readonly limits: Limits
  readonly signal: AbortSignal
  /** Awaited before each request: whether it may still be made. Rejects when not. */
  readonly mayGoOn?: MayGoOn | undefined
  readonly random: () => number
  readonly counts: RequestCounts
  readonly onRetry: (info: RetryInfo) => void
}

export interface Repeatable<T> {
  /** Its name, such as `customer_lists/update`. */
  readonly operation: string
  readonly kind: CallKind
  /** Whether repeating it after a lost answer does no harm. */
  readonly repeatable: boolean
  /** One attempt; adds to the trace each request that it makes. */
  attempt(trace: Trace): Promise<Verdict<T>>
  /** The error of an answer that ends the call. */
  refuse(answer: ApiAnswer, kind: 'refused' | 'dead_token'): PinterestError
}

export interface Trace {
  attempts: number
  lost: number
}

/**
 * Attempts a call until it is done, refused, stopped or given up. Every error it throws is a `PinterestError`
 * whose `answerLost` covers all attempts, not just the last.
 */
export async function repeat<T>(call: Repeatable<T>, pace: Pace): Promise<Sent<T>> {
  const trace: Trace = { attempts: 0, lost: 0 }
  try {
    return await attemptUntilDone(call, pace, trace)
  } catch (error) {
    const seen = { answerLost: call.kind === 'write' && trace.lost > 0, attempts: trace.attempts }
    throw asPinterestError(wasStopped(error, pace) ? stopped() : error, seen)
  }
}

/** A wait that the signal ended throws an error of its own kind. */
function wasStopped(error: unknown, pace: Pace): boolean {
  return pace.signal.aborted && !(error instanceof PinterestError)
}

async function attemptUntilDone<T>(call: Repeatable<T>, pace: Pace, trace: Trace): Promise<Sent<T>> {
  let firstFailureMs: number | null = null
  for (let failures = 1; ; failures += 1) {
    const verdict = await call.attempt(trace)
    if (verdict.kind === 'done') return sentOf(verdict, trace)
    if (verdict.kind !== 'passing') throw endOf(call, verdict, trace)
    if (verdict.effect === 'unknown') trace.lost += 1
    firstFailureMs ??= performance.now()
    const sinceFirstFailureMs = performance.now() - firstFailureMs
    const waitMs = waitAfter(call, verdict, pace, { failures, sinceFirstFailureMs })
    if (waitMs === null) throw unavailable(verdict, { attempts: trace.attempts, answerLost: trace.lost > 0 })
    pace.counts.retries += 1
    pace.onRetry({ operation: call.operation, attempt: trace.attempts, waitMs, cause: verdict.cause })
    await sleep(waitMs, undefined, { signal: pace.signal })
  }
}

function sentOf<T>(verdict: Verdict<T> & { kind: 'done' }, trace: Trace): Sent<T> {
  const { status, requestId } = verdict.answer
  return { body: verdict.value, status, requestId, attempts: trace.attempts, lostAttempts: trace.lost }
}

function endOf<T>(
  call: Repeatable<T>,
  verdict: Exclude<Verdict<T>, { kind: 'done' | 'passing' }>,
  trace: Trace,
): PinterestError {
  if (verdict.kind !== 'stopped') return call.refuse(verdict.answer, verdict.kind)
  if (verdict.sent) trace.lost += 1
  return stopped()
}

function waitAfter<T>(
  call: Repeatable<T>,
  verdict: Passing,
  pace: Pace,
  state: { failures: number; sinceFirstFailureMs: number },
): number | null {
  if (!mayRepeat(verdict, call.repeatable)) return null
  const { answer, throttled } = verdict
  const resetMs = answer === null ? null : askedWaitMs(answer.rate, throttled)
  return nextWaitMs({ ...state, resetMs, random: pace.random() }, pace.limits)
}
