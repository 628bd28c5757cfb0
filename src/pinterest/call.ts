import { refusal, unauthorized } from './errors.ts'
import { judge } from './outcome.ts'
import { repeat } from './repeat.ts'
import { readerOf } from './schemas.ts'
import { holdMs } from './retry.ts'
import type { z } from 'zod'
import type { AccessToken } from './access-token.ts'
import type { Subject } from './errors.ts'
import type { Outcome, Verdict } from './outcome.ts'
import type { Pace, Sent, Trace } from './repeat.ts'
import type { HttpRequest, Transport } from './transport.ts'
import type { CallKind, RateLimiter } from './types.ts'

export interface Call<T> {
  readonly operation: string
  readonly kind: CallKind
  readonly method: HttpRequest['method']
  readonly path: string
  /** JSON text, made once for all attempts. */
  readonly body?: string
  readonly schema: z.ZodType<T>
  /** Whether repeating it after a lost answer does no harm. */
  readonly repeatable: boolean
  readonly subject: Subject
}

export interface Caller {
  readonly transport: Transport
  readonly pace: Pace
  readonly limiter: RateLimiter
  readonly accessToken: AccessToken
}

/**
 * Makes a call in the user's name: within the shared budget, with a living access token (renewed once when
 * Pinterest refuses it), repeated while its failures may pass.
 */
export async function call<T>(caller: Caller, what: Call<T>): Promise<Sent<T>> {
  const read = readerOf(what.schema)
  let renewed = false
  return await repeat<T>(
    {
      operation: what.operation,
      kind: what.kind,
      repeatable: what.repeatable,
      attempt: async (trace) => {
        const first = await attemptOnce(caller, what, read, trace)
        if (first.verdict.kind !== 'dead_token' || renewed) return first.verdict
        renewed = true
        await caller.accessToken.replace(first.token)
        noteRenewal(caller.pace, what.operation, trace)
        return (await attemptOnce(caller, what, read, trace)).verdict
      },
      refuse: (answer, kind) =>
        kind === 'dead_token'
          ? unauthorized(answer, what.subject.credential, 'renewed access token')
          : refusal(answer, what.subject),
    },
    caller.pace,
  )
}

async function attemptOnce<T>(
  caller: Caller,
  what: Call<T>,
  read: (body: unknown) => T | null,
  trace: Trace,
): Promise<{ verdict: Verdict<T>; token: string }> {
  const { pace, transport, accessToken } = caller
  await caller.limiter.take(budgetKey(what.subject), what.kind, pace.signal)
  const token = await accessToken.get()
  // A write asks once more when its connection stands.
  await pace.mayGoOn?.()
  trace.attempts += 1
  pace.counts[what.kind === 'read' ? 'reads' : 'writes'] += 1
  const outcome = await transport.send(requestOf(what, token, pace), pace.signal)
  await noteRate(caller, what, outcome)
  return { verdict: judge(outcome, read), token }
}

/** All calls of one credential to one ad account share a budget. */
function budgetKey(subject: Subject): string {
  return `${subject.credential}:${subject.adAccount ?? ''}`
}

function requestOf<T>(what: Call<T>, token: string, { mayGoOn }: Pace): HttpRequest {
  const headers = { authorization: `Bearer ${token}` }
  const { method, path, body } = what
  if (body === undefined) return { method, path, headers }
  return { method, path, headers: { ...headers, 'content-type': 'application/json' }, body, mayGoOn }
}

function noteRenewal(pace: Pace, operation: string, trace: Trace): void {
  pace.counts.retries += 1
  const cause = 'the access token was rejected'
  pace.onRetry({ operation, attempt: trace.attempts, waitMs: 0, cause })
}

async function noteRate<T>(caller: Caller, what: Call<T>, outcome: Outcome): Promise<void> {
  if (outcome.kind !== 'answer') return
  if (outcome.status === 429) caller.pace.counts.throttled += 1
  const waitMs = holdMs(outcome, caller.pace.limits)
  if (waitMs === 0) return
  try {
    await caller.limiter.hold(budgetKey(what.subject), what.kind, waitMs)
  } catch {
    // The answer in hand must not be lost over a pause; a broken limiter shows at the next call.
  }
}
