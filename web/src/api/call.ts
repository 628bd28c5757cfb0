import { capital } from '../format/words.ts'
import { operations } from './operations.ts'
import type { ErrorBody, ErrorCode, Operations } from './operations.ts'

/** The one place where the console asks the API: every operation by its id, typed by the API's own document. */

export type OperationId = keyof Operations
export type Answer<Id extends OperationId> = Operations[Id]['answer']
/** One row of a list's answer. */
export type Item<Id extends OperationId> =
  Answer<Id> extends { readonly items: readonly (infer Row)[] } ? Row : never

/** What an operation takes; parts that it does not take are left out, and a query may be. */
export type Input<Id extends OperationId> = Given<'params', Operations[Id]['params']> &
  Given<'body', Operations[Id]['body']> &
  (Operations[Id]['query'] extends undefined ? unknown : { readonly query?: Operations[Id]['query'] })

type Given<Name extends string, Part> = [Part] extends [undefined]
  ? unknown
  : { readonly [key in Name]: Part }

/** What a form holds of something that is sent: a value for each field. */
export type Filled<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> }

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /** A POST that is sent again with the same key takes effect once. */
  readonly idempotencyKey?: string
}

type ErrorDetail = Omit<ErrorBody['error'], 'code'> & {
  readonly code: ErrorCode | 'unreachable' | 'unreadable'
}

/** A request that was not done, in the API's own words. */
export class ApiError extends Error {
  /** The catalogue's code; `unreachable` when no answer came. */
  readonly code: ErrorDetail['code']
  readonly status: number
  readonly requestId: string | null
  readonly actions: ErrorDetail['actions']
  /** What was asked of Pinterest before a destination was refused. */
  readonly checks: NonNullable<ErrorDetail['checks']>

  constructor(status: number, detail: Partial<ErrorDetail> & Pick<ErrorDetail, 'code' | 'message'>) {
    super(detail.code === 'request_invalid' ? withoutHead(detail.message) : detail.message)
    this.name = 'ApiError'
    this.code = detail.code
    this.status = status
    this.requestId = detail.requestId ?? null
    this.actions = detail.actions ?? []
    this.checks = detail.checks ?? []
  }

  /** The server is away or starts again: the same request may succeed soon. That of Pinterest may take longer than one waits. */
  get isPassing(): boolean {
    if (this.code === 'pinterest_unavailable') return false
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** Who fills in a form has made no request: what is wrong is said without that word. */
function withoutHead(message: string): string {
  return capital(message.replace(/^Request not valid: /, ''))
}

/** Asks the API. Error: `ApiError`. */
export async function call<Id extends OperationId>(
  id: Id,
  input: Input<Id>,
  options: CallOptions = {},
): Promise<Answer<Id>> {
  const { body } = input as AnyInput
  const response = await send(urlOf(id, input), {
    method: operations[id].method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  if (!response.ok) throw await errorOf(response)
  return (response.status === 204 ? null : await response.json()) as Answer<Id>
}

/** Where an operation is; for links to downloads and for streams. */
export function urlOf<Id extends OperationId>(id: Id, input: Input<Id>): string {
  const { params = {}, query = {} } = input as AnyInput
  const path = operations[id].path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value))
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted === true) throw error
    throw new ApiError(0, {
      code: 'unreachable',
      message: 'The server cannot be reached. It may be restarting; this page reconnects automatically.',
    })
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id') ?? 'none'
  try {
    const { error } = (await response.json()) as ErrorBody
    return new ApiError(response.status, error)
  } catch {
    const message = `The server answered ${response.status} without a reason. Something between it and you may have answered instead.`
    return new ApiError(response.status, { code: 'unreadable', message, requestId })
  }
}
