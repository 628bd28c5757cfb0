import type { Context } from 'hono'
import { asRollcallError, framesOf, RollcallError } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import { DestinationRefused } from '../destinations/checks.ts'
import type { Check } from '../destinations/checks.ts'
import { ConfigurationStopped } from '../workspace/configuration/apply.ts'
import type { Outcome } from '../workspace/configuration/apply.ts'
import type { Log } from './log.ts'

/** What every failed request is answered with. */
export interface ErrorBody {
  readonly error: ErrorReport & {
    readonly requestId: string
    /** What was asked of Pinterest before a destination was refused. */
    readonly checks?: readonly Check[]
    /** How far a configuration was applied. */
    readonly outcome?: Outcome
  }
}

/** The answer to a request that failed, as the catalogue words it. A defect is logged with its frames, without its message. */
export function answerError(
  c: Context,
  thrown: unknown,
  { log, requestId }: { log: Log; requestId: string },
) {
  const error = asRequestError(thrown)
  if (error.code === 'internal_error')
    log.error({ requestId, code: error.code, frames: framesOf(error) }, 'a defect stopped a request')
  const body: ErrorBody = { error: { ...error.advice(), requestId, ...partsOf(error) } }
  return c.json(body, error.httpStatus)
}

function partsOf(error: unknown): Pick<ErrorBody['error'], 'checks' | 'outcome'> {
  if (error instanceof DestinationRefused) return { checks: error.checks }
  if (error instanceof ConfigurationStopped) return { ...partsOf(error.cause), outcome: error.outcome }
  return {}
}

/** PostgreSQL's codes for texts that no column can hold: they come from the request. */
const UNSTORABLE: ReadonlySet<string> = new Set(['22021', '22P05'])

/** Two requests waited for each other, and PostgreSQL undid this one. */
const DEADLOCK = '40P01'

function asRequestError(thrown: unknown): RollcallError {
  const { code } = Object(thrown) as { code?: unknown }
  if (code === DEADLOCK) {
    const what = 'one of these objects at the same moment'
    return new RollcallError('changed_meanwhile', { what }, { cause: thrown, passing: true })
  }
  if (typeof code === 'string' && UNSTORABLE.has(code)) {
    const detail = 'a text holds a character that cannot be stored.'
    return new RollcallError('request_invalid', { detail }, { cause: thrown })
  }
  return asRollcallError(thrown)
}
