import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { randomInt } from 'node:crypto'
import {
  ApiError,
  badRequest,
  errorOfFault,
  lacksScope,
  notPermitted,
  rateLimited,
  tooLarge,
} from './errors.ts'
import { delay, FAULTS } from './faults.ts'
import { rateHeaders } from './limiter.ts'
import { pathId } from './input.ts'
import { plannedBySentinel } from './sentinel-calls.ts'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Fault } from './faults.ts'
import type { Quota } from './limiter.ts'
import type { Call, Operation, Reply } from './operation.ts'
import type { World } from './world.ts'

export type Env = { Bindings: HttpBindings }

/** Answers one request of an operation, or lets it fail as planned. */
export async function serveOperation(
  context: Context<Env>,
  operation: Operation,
  world: World,
): Promise<Response> {
  const text = operation.method === 'GET' ? '' : await context.req.text()
  world.settle()
  return await new Exchange(context, operation, world, text).answer()
}

/** One request on its way through token, rate limit, body, faults, role and handler. */
class Exchange {
  readonly #context: Context<Env>
  readonly #operation: Operation
  readonly #world: World
  readonly #text: string
  readonly #params: Readonly<Record<string, string>>
  readonly #note: Call['note'] = {}
  readonly #requestId = String(randomInt(10 ** 12, 10 ** 14))
  #rate: Quota['headers']
  #hasEffect = false

  constructor(context: Context<Env>, operation: Operation, world: World, text: string) {
    this.#context = context
    this.#operation = operation
    this.#world = world
    this.#text = text
    this.#params = context.req.param()
    this.#rate = world.limiter.look(operation.category, this.#adAccountId)
  }

  async answer(): Promise<Response> {
    try {
      this.#admit()
      const call = this.#call()
      const fault = this.#world.faults.next(this.#operation.id) ?? plannedBySentinel(this.#operation.id, call)
      return fault === null ? this.#respond(this.#handle(call)) : await this.#fail(fault, call)
    } catch (error) {
      return this.#respond(replyOf(error))
    }
  }

  get #adAccountId(): string {
    return this.#params['ad_account_id'] ?? ''
  }

  get #accessToken(): string {
    return /^Bearer (\S+)$/.exec(this.#context.req.header('authorization') ?? '')?.[1] ?? ''
  }

  #admit(): void {
    const { scope, category } = this.#operation
    if (scope !== null && !this.#world.tokens.check(this.#accessToken).includes(scope))
      throw lacksScope(scope)
    const quota = this.#world.limiter.take(category, this.#adAccountId)
    this.#rate = quota.headers
    if (!quota.allowed) throw rateLimited()
    if (Buffer.byteLength(this.#text) > this.#world.settings.bodyBytesMax) throw tooLarge()
  }

  #call(): Call {
    return {
      world: this.#world,
      params: this.#params,
      query: this.#context.req.query(),
      body: this.#body(),
      headers: this.#context.req.raw.headers,
      adAccount: () => this.#world.state.adAccount(pathId(this.#params, 'ad_account_id')),
      note: this.#note,
    }
  }

  #body(): unknown {
    const { method, scope } = this.#operation
    if (method === 'GET' || scope === null) return this.#text
    if (!(this.#context.req.header('content-type') ?? '').startsWith('application/json')) {
      throw badRequest('The body must be application/json.')
    }
    try {
      return JSON.parse(this.#text) as unknown
    } catch {
      throw badRequest('The body is not JSON.')
    }
  }

  #handle(call: Call): Reply {
    try {
      this.#checkRole(call)
      const reply = this.#operation.handle(call)
      this.#hasEffect = this.#operation.method !== 'GET'
      return reply
    } catch (error) {
      return replyOf(error)
    }
  }

  #checkRole(call: Call): void {
    const { roles } = this.#operation
    if (roles === null) return
    const { permissions } = call.adAccount()
    if (!roles.some((role) => permissions.includes(role))) throw notPermitted()
  }

  async #fail(fault: Fault, call: Call): Promise<Response> {
    if (fault.kind === 'late') await delay(fault, this.#world.closing)
    const { acts, ends } = FAULTS[fault.kind]
    const reply = acts ? this.#handle(call) : null
    if (fault.kind === 'slow') await delay(fault, this.#world.closing)
    if (ends === 'lost') this.#context.env.incoming.socket.destroy()
    if (ends === 'lost' || ends === 'hung') return this.#silence(ends)
    if (ends === 'garbage') return this.#send(200, '<!doctype html><title>Pinterest</title>', 'text/html')
    if (ends === 'usual' && reply !== null) return this.#respond(reply)
    if (fault.kind === '401-expired') this.#world.tokens.expireAccess(this.#accessToken)
    if (fault.kind === '429') this.#rate = usedUp(this.#rate, fault.resetSeconds ?? 1)
    return this.#respond(replyOf(errorOfFault(fault.kind)))
  }

  #respond(reply: Reply): Response {
    return this.#send(reply.status, JSON.stringify(reply.body), 'application/json')
  }

  #send(status: number, text: string, type: string): Response {
    this.#log(String(status))
    const headers = { 'content-type': type, 'x-pinterest-rid': this.#requestId, ...this.#rate }
    return new Response(text, { status, headers })
  }

  #silence(outcome: 'lost' | 'hung'): Response {
    this.#log(outcome)
    return RESPONSE_ALREADY_SENT
  }

  #log(outcome: string): void {
    const { change = '', records = 0, subjectId } = this.#note
    this.#world.stats.record({
      operation: this.#operation.id,
      outcome,
      adAccountId: this.#adAccountId,
      subjectId: subjectId ?? this.#params['customer_list_id'] ?? this.#params['audience_id'] ?? '',
      change,
      records,
      effect: this.#hasEffect,
      requestId: this.#requestId,
      atMs: this.#world.clock.now(),
    })
  }
}

function replyOf(error: unknown): Reply {
  if (error instanceof ApiError) return { status: error.status, body: error.body }
  throw error
}

function usedUp(rate: Quota['headers'], resetSeconds: number): Quota['headers'] {
  return rateHeaders(Number.parseInt(rate['x-ratelimit-limit'] ?? '0', 10), 0, resetSeconds)
}
