import { asRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { errorCodeOf, errorMember, isForeign } from './outcome.ts'
import { redact } from './words.ts'
import type { ErrorCode, ErrorData } from '../base/catalogue.ts'
import type { ApiAnswer, Passing } from './outcome.ts'

/** What is known of a failed call in addition to its catalogue entry. */
export interface Facts {
  /** HTTP status of the last answer, null without one. */
  readonly status: number | null
  /** Pinterest's own error code. */
  readonly pinterestCode: number | null
  /** `x-pinterest-rid`. */
  readonly requestId: string | null
  /** A write of which Pinterest may have acted on an attempt without our knowing: look before repeating. */
  readonly answerLost: boolean
  /** Pinterest found the request too large: send fewer records at once. */
  readonly sizeLike: boolean
  readonly attempts: number
}

const NOTHING_KNOWN: Facts = {
  status: null,
  pinterestCode: null,
  requestId: null,
  answerLost: false,
  sizeLike: false,
  attempts: 0,
}

/** The error of every call of the client. Holds no part of a request: no record, token or secret. */
export class PinterestError extends RollcallError implements Facts {
  readonly status: number | null
  readonly pinterestCode: number | null
  readonly requestId: string | null
  readonly answerLost: boolean
  readonly sizeLike: boolean
  readonly attempts: number

  constructor(
    code: ErrorCode,
    data: ErrorData,
    facts: Partial<Facts>,
    options: { cause?: unknown; passing?: boolean } = {},
  ) {
    super(code, data, options)
    const all = { ...NOTHING_KNOWN, ...facts }
    this.status = all.status
    this.pinterestCode = all.pinterestCode
    this.requestId = all.requestId
    this.answerLost = all.answerLost
    this.sizeLike = all.sizeLike
    this.attempts = all.attempts
  }
}

/**
 * Whether a write that ended in this error may have taken effect all the same. An error that is not the client's
 * own says nothing, so it counts as yes.
 */
export function isAnswerLost(error: unknown): boolean {
  return !(error instanceof PinterestError) || error.answerLost
}

/** Whether Pinterest found a request too large, so that fewer records at once may pass. */
export function isSizeLike(error: unknown): boolean {
  return error instanceof PinterestError && error.sizeLike
}

/** Any error on the way of a call as one of the client, with what the call knows. */
export function asPinterestError(error: unknown, facts: Partial<Facts>): PinterestError {
  const own = asRollcallError(error)
  const known = own instanceof PinterestError ? factsOf(own) : NOTHING_KNOWN
  return new PinterestError(
    own.code,
    own.data,
    { ...known, ...facts },
    { passing: own.passing, ...(own.cause === undefined ? {} : { cause: own.cause }) },
  )
}

function factsOf(error: PinterestError): Facts {
  const { status, pinterestCode, requestId, answerLost, sizeLike, attempts } = error
  return { status, pinterestCode, requestId, answerLost, sizeLike, attempts }
}

function factsOfAnswer(answer: ApiAnswer): Partial<Facts> {
  return { status: answer.status, pinterestCode: errorCodeOf(answer), requestId: answer.requestId }
}

/** What a call is about, for the texts of its errors. */
export interface Subject {
  /** Name of the credential. */
  readonly credential: string
  /** Null for calls that concern none. */
  readonly adAccount: string | null
  /** What a 404 says is missing. A call for the ad account itself says so with a 400 too. */
  readonly absent: 'ad_account_itself' | 'ad_account' | 'list' | 'other'
  readonly list?: { readonly id: string; readonly name?: string | undefined }
  readonly carriesRecords?: boolean
}

/** The error of an answer that no one need repeat (api-facts: status first, then code). */
export function refusal(answer: ApiAnswer, subject: Subject): PinterestError {
  const facts = factsOfAnswer(answer)
  if (isForeign(answer)) return notPinterest(answer)
  const adAccount = subject.adAccount ?? '(any)'
  if (answer.status === 401 || answer.status === 403) {
    const detail = `ad account ${adAccount}: ${describe(answer)}`
    return new PinterestError(
      'insufficient_permissions',
      { detail, adAccount, credential: subject.credential },
      facts,
    )
  }
  if (isAdAccountMissing(answer, subject))
    return new PinterestError('ad_account_not_found', { adAccount }, facts)
  if (answer.status === 404 && subject.absent === 'list' && subject.list !== undefined) {
    const { id, name = id } = subject.list
    return new PinterestError('list_not_found', { list: name, listId: id, adAccount }, facts)
  }
  const sizeLike = subject.carriesRecords === true && speaksOfSize(answer)
  return new PinterestError('pinterest_refused', { detail: describe(answer) }, { ...facts, sizeLike })
}

/** Nothing reached Pinterest, so that nothing of ours there is wrong. */
function notPinterest(answer: ApiAnswer): PinterestError {
  return new PinterestError('not_pinterest', { detail: `HTTP ${answer.status}` }, factsOfAnswer(answer))
}

function isAdAccountMissing(answer: ApiAnswer, { absent }: Subject): boolean {
  if (answer.status === 404 && absent !== 'other') return absent !== 'list'
  if (answer.status !== 404 && answer.status !== 400) return false
  if (absent === 'ad_account_itself') return true
  return /\bad[ _]?account\b[^.]*\b(?:not found|does not exist)/i.test(errorMember(answer, 'message') ?? '')
}

const TOO_MUCH = /too (?:many|large|big|long)|exceed|maximum|at most|\blimit\b|\bsize\b/i
/** The same words about something that fewer records would not mend. */
const NOT_OF_RECORDS = /\bname\b|\brate\b|retry|page.?size|customer.?lists\b/i

function speaksOfSize(answer: ApiAnswer): boolean {
  if (answer.status === 413) return true
  const message = errorMember(answer, 'message') ?? ''
  return answer.status === 400 && TOO_MUCH.test(message) && !NOT_OF_RECORDS.test(message)
}

/** A dead token that renewing did not mend, or a grant that Pinterest does not take. */
export function unauthorized(answer: ApiAnswer, credential: string, what: string): PinterestError {
  if (isForeign(answer)) return notPinterest(answer)
  // People read this who may not know what credentials there are.
  const detail = `Pinterest rejects the ${what}: ${describe(answer)}`
  return new PinterestError('authorization_error', { detail, credential }, factsOfAnswer(answer))
}

/** Giving up on something that may pass. */
export function unavailable(verdict: Passing, facts: Pick<Facts, 'answerLost' | 'attempts'>): PinterestError {
  const { answer, cause } = verdict
  const tried = facts.attempts > 1 ? `, tried ${facts.attempts} times` : ''
  const id = answer?.requestId ? `, request id ${answer.requestId}` : ''
  const all = { ...(answer === null ? {} : factsOfAnswer(answer)), ...facts }
  return new PinterestError('pinterest_unavailable', { detail: cause + tried + id }, all, { passing: true })
}

/** The run was stopped, or the client closed, before the call ended. */
export function stopped(): PinterestError {
  return new PinterestError('stopped', { detail: 'a call to Pinterest was interrupted' }, {})
}

function describe(answer: ApiAnswer): string {
  const message = redact(errorMember(answer, 'message') ?? '')
  const code = errorCodeOf(answer)
  const marks = [`HTTP ${answer.status}`]
  if (code !== null) marks.push(`code ${code}`)
  if (answer.requestId !== null) marks.push(`request id ${answer.requestId}`)
  return message === '' ? marks.join(', ') : `"${message}" (${marks.join(', ')})`
}
