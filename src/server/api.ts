import { randomBytes } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { z } from 'zod'
import type { Actor } from '../access/activity.ts'
import { may } from '../access/permissions.ts'
import type { Permission, Principal } from '../access/permissions.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import { asRollcallError, framesOf, RollcallError } from '../base/rollcall-error.ts'
import { tenantOf } from '../workspace/tenant.ts'
import type { Frozen } from '../objects/object-kind.ts'
import type { Tenant } from '../workspace/tenant.ts'
import { authenticate } from './authenticate.ts'
import { clientAddress } from './client-address.ts'
import { answerError } from './errors.ts'
import { once } from './idempotency.ts'
import { bodyOf, inputOf } from './input.ts'
import type { BytesLimit } from './input.ts'
import type { ServerContext } from './server-context.ts'

/**
 * One way to make a route: what it is called, who may use it, what it takes and what it answers are said once, and the checks,
 * the OpenAPI document and the walk over all permissions are made from that.
 */

export interface RouteSpec<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType | null = z.ZodType | null,
> {
  /** `resource.verb`: the operation's id, and the command `rollcall resource verb`. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, with parameters in braces. */
  readonly path: string
  readonly summary: string
  /** `signed_in` is anyone who is known; `public` is anyone. */
  readonly permission: Permission | 'signed_in' | 'public'
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** The limit of the body; `requestBytesMax` unless it says otherwise. */
  readonly bytesLimit?: BytesLimit
  /** Null for an answer without content. */
  readonly answer: Answer
  /** Errors of the catalogue besides those that follow from the rest, as `route-errors.ts` says. */
  readonly errors?: readonly ErrorCode[]
  readonly status?: 200 | 201 | 202 | 204
  /** The answer holds a secret that is shown once, or is a stream: it is not kept for repeated requests. */
  readonly unrepeatable?: boolean
  /** Media type of an answer that is not JSON. */
  readonly media?: 'text/csv' | 'text/event-stream' | 'application/x-ndjson'
}

export interface ApiRequest<Params, Query, Body> {
  readonly tenant: Tenant
  readonly principal: Principal
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Ends when the person goes away. */
  readonly signal: AbortSignal
  readonly context: ServerContext
  /** For what only some routes need: cookies and streams. */
  readonly c: Context
}

export interface Api {
  readonly app: Hono
  readonly context: ServerContext
  readonly routes: RouteSpec[]
}

export const API_BASE = '/api/v1'

/** No browser keeps an answer, takes it for something else than it is, or gives it to a page of another origin. */
const GUARDS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** What a handler returns: checked against the answer as it is compiled. */
type AnswerOf<Answer> = Answer extends z.ZodType ? Frozen<z.input<Answer>> | Response : unknown

type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** Adds a route. What the handler returns is the answer; a `Response` is passed on as it is. */
export function addRoute<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType | null,
>(
  api: Api,
  spec: RouteSpec<Params, Query, Body, Answer>,
  handle: (request: ApiRequest<Out<Params>, Out<Query>, Out<Body>>) => Promise<AnswerOf<Answer>>,
): void {
  api.routes.push(spec)
  const path = API_BASE + spec.path.replaceAll(/\{(\w+)\}/g, ':$1')
  api.app.on(spec.method, path, async (c) => {
    const requestId = requestIdOf(c)
    const started = performance.now()
    const response = await answer(api, spec, handle, c, requestId)
    response.headers.set('x-request-id', requestId)
    for (const [name, value] of Object.entries(GUARDS)) response.headers.set(name, value)
    observe(api.context, spec, { requestId, status: response.status, ms: performance.now() - started })
    return response
  })
}

async function answer<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  { context }: Api,
  spec: RouteSpec<Params, Query, Body>,
  handle: (request: ApiRequest<Out<Params>, Out<Query>, Out<Body>>) => Promise<unknown>,
  c: Context,
  requestId: string,
): Promise<Response> {
  try {
    const actor = await actorOf(context, spec, c)
    const text = await bodyOf(c, context.platform.limits, spec.bytesLimit ?? 'requestBytesMax')
    const request = {
      tenant: tenantOf(context.platform, actor),
      principal: actor.principal,
      params: inputOf(spec.params, c.req.param(), 'path') as Out<Params>,
      query: inputOf(spec.query, c.req.query(), 'query') as Out<Query>,
      body: inputOf(spec.body, text, 'body') as Out<Body>,
      // What hears it can be ended at any time, so that the service does not wait for a preview when it has to end.
      signal: AbortSignal.any([c.req.raw.signal, context.closing]),
      context,
      c,
    }
    const key = c.req.header('idempotency-key')
    const work = () => handle(request)
    const result =
      key === undefined || spec.method !== 'POST' || spec.unrepeatable === true
        ? await work()
        : await once(request.tenant, { key, digest: digestOf(context, spec, c, text) }, work)
    if (result instanceof Response)
      return spec.media === 'text/csv' ? told(result, context, { requestId, operation: spec.id }) : result
    if (spec.answer === null) return c.body(null, spec.status ?? 204)
    return c.json(result as object, spec.status === 204 ? 200 : (spec.status ?? 200))
  } catch (error) {
    if (c.req.raw.signal.aborted) return new Response(null, { status: CLIENT_GONE })
    return answerError(c, error, { log: context.log, requestId })
  }
}

/**
 * The same answer, whose body is logged when it fails half way: by its code and frames, as other failures are, since the text may
 * quote a row. The connection ends then, so that the download does not seem whole.
 */
function told(
  response: Response,
  { log }: ServerContext,
  which: { requestId: string; operation: string },
): Response {
  const { body } = response
  if (body === null) return response
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* body as unknown as AsyncIterable<Uint8Array>
    } catch (thrown) {
      const error = asRollcallError(thrown)
      log.error({ ...which, code: error.code, frames: framesOf(error) }, 'a download was cut off')
      // oxlint-disable-next-line preserve-caught-error -- the server prints what ends a body, with its cause
      throw new Error('the download was cut off')
    }
  }
  return new Response(ReadableStream.from(pieces()), response)
}

/** For the log, as others number it too: the client went away, and no one hears the answer. */
const CLIENT_GONE = 499

const nobody: Principal = Object.freeze({
  kind: 'user',
  id: 'nobody',
  name: 'nobody',
  policies: [],
  options: [],
  sessionId: null,
})

async function actorOf(context: ServerContext, spec: RouteSpec, c: Context): Promise<Actor> {
  const originIp = clientAddress(c, context.proxies).ip
  const origin = { originIp, userAgent: c.req.header('user-agent')?.slice(0, 500) ?? null }
  if (spec.permission === 'public') return { principal: nobody, ...origin }
  const principal = await authenticate(context, c, spec)
  if (spec.permission !== 'signed_in' && !may(principal, spec.permission)) {
    const detail = `your policies do not allow "${spec.summary.toLowerCase()}". Ask an administrator.`
    throw new RollcallError('access_denied', { detail })
  }
  if (isDownload(spec) && !may(principal, 'download'))
    throw new RollcallError('access_denied', { detail: 'your policies do not allow downloads.' })
  return { principal, ...origin }
}

/** What is answered as a file, and is not told as it happens. */
function isDownload({ media }: RouteSpec): boolean {
  return media !== undefined && media !== 'text/event-stream'
}

/** Keyed, since a body may hold a password, and a reader of the database must not be able to try guesses against it. */
function digestOf({ platform }: ServerContext, spec: RouteSpec, c: Context, body: unknown): string {
  return platform.sealer.digest(JSON.stringify(['request', spec.id, c.req.path, body ?? null]))
}

function requestIdOf(c: Context): string {
  const given = c.req.header('x-request-id')
  return given !== undefined && /^[\w-]{8,64}$/.test(given) ? given : `rq_${randomBytes(12).toString('hex')}`
}

function observe(
  { log, metrics }: ServerContext,
  spec: RouteSpec,
  { requestId, status, ms }: { requestId: string; status: number; ms: number },
): void {
  metrics.request(spec.id, status, ms)
  const line = { requestId, operation: spec.id, status, ms: Math.round(ms) }
  if (status >= 500) log.error(line, 'request failed')
  else log.info(line, 'request')
}
