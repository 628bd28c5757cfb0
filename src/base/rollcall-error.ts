import { actionCatalogue, errorCatalogue, fill, stepsOf } from './catalogue.ts'
import type { ActionName, ErrorCode, ErrorData } from './catalogue.ts'

/** An error as every output of Rollcall shows it. */
export interface ErrorReport {
  readonly code: ErrorCode
  readonly message: string
  readonly actions: readonly {
    readonly action: ActionName
    readonly title: string
    readonly steps: readonly string[]
  }[]
}

/**
 * An error of the catalogue. `passing` says that the same request may succeed later without anyone's doing.
 * `data` fills the texts and never holds an address or a secret; `cause` keeps what was thrown below.
 */
export class RollcallError extends Error {
  override readonly name = 'RollcallError'
  readonly code: ErrorCode
  readonly data: ErrorData
  readonly passing: boolean

  constructor(code: ErrorCode, data: ErrorData = {}, options: { cause?: unknown; passing?: boolean } = {}) {
    super(
      fill(errorCatalogue[code].message, data),
      options.cause === undefined ? {} : { cause: options.cause },
    )
    this.code = code
    this.data = data
    this.passing = options.passing ?? false
  }

  get exit(): 1 | 2 | 3 {
    return errorCatalogue[this.code].exit
  }

  /** Of an API answer with this error. */
  get httpStatus() {
    return errorCatalogue[this.code].status
  }

  report(): ErrorReport {
    return reportOf(this.code, this.data)
  }

  /** The report where there is no workflow to resolve. */
  advice(): ErrorReport {
    return adviceOf(this.code, this.data)
  }
}

/** What is given does not do, for a reason that `detail` says. */
export function invalid(detail: string): RollcallError {
  return new RollcallError('request_invalid', { detail })
}

/** The error of a workflow with its actions, from what is stored of it: its code and data. */
export function reportOf(code: ErrorCode, data: ErrorData): ErrorReport {
  return reportWith(code, data, errorCatalogue[code].actions, stepsOf)
}

/** Actions that mean a workflow and nothing that a person does otherwise. */
const OF_WORKFLOWS: ReadonlySet<ActionName> = new Set(['retry', 'restart', 'stop'])

/** The error where there is no workflow, as in a plan: only what a person does beforehand. */
export function adviceOf(code: ErrorCode, data: ErrorData): ErrorReport {
  const actions = errorCatalogue[code].actions.filter((action) => !OF_WORKFLOWS.has(action))
  return reportWith(code, data, actions, (action) => actionCatalogue[action].steps)
}

function reportWith(
  code: ErrorCode,
  data: ErrorData,
  actions: readonly ActionName[],
  stepsFor: (action: ActionName) => readonly string[],
): ErrorReport {
  return {
    code,
    message: fill(errorCatalogue[code].message, data),
    actions: actions.map((action) => ({
      action,
      title: actionCatalogue[action].title,
      steps: [actionCatalogue[action].about, ...stepsFor(action)].map((step) => fill(step, data)),
    })),
  }
}

export function isRollcallError(error: unknown): error is RollcallError {
  return error instanceof RollcallError
}

/** The server ended the connection, is ending, or is just starting (source: PostgreSQL's error codes). */
const DATABASE_GONE: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '08000', '08003', '08006'])

/**
 * Any thrown value as an error of the catalogue. The text of an unknown error is not shown, since it may quote a
 * row; only its class and system code are.
 */
export function asRollcallError(error: unknown): RollcallError {
  if (isRollcallError(error)) return error
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  if (code === 'ENOSPC' || code === '53100')
    return new RollcallError('disk_full', { detail: 'the data folder' }, { cause: error })
  if (DATABASE_GONE.has(String(code)) || String(message).startsWith('Connection terminated')) {
    const detail = 'its connection was lost. Run again; Rollcall continues from what is on record'
    return new RollcallError('database_unavailable', { detail }, { cause: error, passing: true })
  }
  const kind = error instanceof Error ? error.name : typeof error
  return new RollcallError(
    'internal_error',
    { detail: typeof code === 'string' ? `${kind} ${code}` : kind },
    { cause: error },
  )
}

/** Classes of a database that is full, busy or about to end, or that let another transaction go first. */
const DATABASE_BUSY = /^(?:40|53|55|57|58)...$/

/** Whether the same may succeed soon without anyone's doing: the error is one that passes, and no fault of the work itself. */
export function mayPass(thrown: unknown): boolean {
  const { code } = Object(thrown) as { code?: unknown }
  return asRollcallError(thrown).passing || DATABASE_BUSY.test(String(code))
}

/** Where an error came up, for a report of a defect. Frames only: the message of an unknown error may quote a row. */
export function framesOf(error: RollcallError): string {
  const { stack } = error.cause instanceof Error ? error.cause : error
  const lines = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return lines.join('\n')
}
