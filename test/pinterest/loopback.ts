import { createServer } from 'node:http'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { createPinterestClient } from '../../src/pinterest/client.ts'
import { createTransport } from '../../src/pinterest/transport.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Limits } from '../../src/base/limits.ts'
import type { PinterestClient, PinterestClientOptions, RetryInfo } from '../../src/pinterest/client.ts'
import type { TokenEndpoint } from '../../src/pinterest/oauth.ts'
import type { CallKind, RateLimiter, RequestCounts, Tokens, TokenVault } from '../../src/pinterest/types.ts'

/** What came in over the wire. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How to answer: a whole answer, a socket cut before or after the headers, or nothing ever. */
export type Reply =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { text: string; status?: number }
  | { drop: 'at_once' | 'in_body' }
  | { hang: 'at_once' | 'in_body' }

export interface Loopback {
  readonly baseUrl: string
  readonly seen: Seen[]
  openSockets(): number
  close(): Promise<void>
}

/** A real HTTP server whose answers the test decides. Closed when the test ends. */
export async function startLoopback(
  reply: (request: Seen, nth: number) => Reply | Promise<Reply>,
): Promise<Loopback> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const one: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString('utf8'),
    }
    seen.push(one)
    answer(response, await reply(one, seen.length - 1))
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  // Long enough that only the client can be the one who closes a socket.
  server.keepAliveTimeout = 120_000
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  onTestFinished(close)
  const { port } = server.address() as AddressInfo
  return { baseUrl: `http://127.0.0.1:${port}/v5`, seen, openSockets: () => sockets.size, close }
}

function answer(response: ServerResponse, reply: Reply): void {
  if ('hang' in reply) {
    if (reply.hang === 'in_body') response.writeHead(200).write('{"id":')
    return
  }
  if ('drop' in reply) {
    if (reply.drop === 'at_once') response.destroy()
    else response.writeHead(200, { 'content-length': '1000' }).write('{"id":', () => response.destroy())
    return
  }
  if ('text' in reply) {
    response.writeHead(reply.status ?? 200, { 'content-type': 'text/html' }).end(reply.text)
    return
  }
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
  response.end(reply.body === undefined ? '' : JSON.stringify(reply.body))
}

export const APP_SECRET = 'app-secret-5e3f'
export const ACCOUNT = '549755885175'

/** Tokens that are alive for a day. */
export function freshTokens(changes: Partial<Tokens> = {}): Tokens {
  return {
    appId: '1234',
    appSecret: APP_SECRET,
    refreshToken: 'pinr.refresh-0',
    refreshExpiresAt: null,
    accessToken: 'pina_access-0',
    accessExpiresAt: new Date(Date.now() + 86_400_000),
    ...changes,
  }
}

/** A vault in memory: one renewal at a time, across all clients that share it. */
export class MemoryVault implements TokenVault {
  readonly name = 'main'
  tokens: Tokens
  reads = 0
  renewals = 0
  /** Called after new tokens are stored and before `renew` resolves. */
  onStored: (tokens: Tokens) => void = () => undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(tokens: Tokens = freshTokens()) {
    this.tokens = tokens
  }

  async read(): Promise<Tokens> {
    this.reads += 1
    return this.tokens
  }

  async renew(exchange: (current: Tokens) => Promise<Tokens>): Promise<Tokens> {
    this.renewals += 1
    const before = this.#last
    const mine = (async () => {
      await before
      this.tokens = await exchange(this.tokens)
      this.onStored(this.tokens)
      return this.tokens
    })()
    this.#last = mine.catch(() => undefined)
    return await mine
  }
}

/** A budget without end that remembers what it was asked. */
export class OpenLimiter implements RateLimiter {
  readonly taken: string[] = []
  readonly held: { key: string; kind: CallKind; waitMs: number }[] = []

  async take(key: string, kind: CallKind, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.taken.push(`${kind} ${key}`)
  }

  async hold(key: string, kind: CallKind, waitMs: number): Promise<void> {
    this.held.push({ key, kind, waitMs })
  }
}

/** Patient with a busy machine, quick to try again. */
export const quickLimits: Limits = {
  ...defaultLimits,
  requestTimeoutMs: 10_000,
  retryBackoffMs: 5,
  retryForMs: 5_000,
}

/** Gives up at the first failure. */
export const oneTry: Limits = { ...quickLimits, retryForMs: 0 }

export interface Rig {
  readonly client: PinterestClient
  readonly vault: MemoryVault
  readonly limiter: OpenLimiter
  readonly counts: RequestCounts
  readonly retries: RetryInfo[]
  readonly stop: AbortController
}

/** A client with all its parts, closed when the test ends. */
export function createRig(
  baseUrl: string,
  changes: Partial<PinterestClientOptions> & { vault?: MemoryVault } = {},
): Rig {
  const vault = changes.vault ?? new MemoryVault()
  const limiter = new OpenLimiter()
  const counts = { reads: 0, writes: 0, retries: 0, throttled: 0 }
  const retries: RetryInfo[] = []
  const stop = new AbortController()
  const client = createPinterestClient({
    baseUrl,
    env: {},
    limiter,
    limits: quickLimits,
    signal: stop.signal,
    counts,
    onRetry: (info) => retries.push(info),
    ...changes,
    vault,
  })
  onTestFinished(async () => {
    stop.abort()
    await client.close()
  })
  return { client, vault, limiter, counts, retries, stop }
}

/** What a promise was rejected with. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`expected an error, got ${JSON.stringify(value)}`)
    },
    (error: unknown) => error,
  )
}

/** A customer list as Pinterest describes it. */
export function listBody(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '643',
    name: 'VIP',
    ad_account_id: ACCOUNT,
    type: 'customerlist',
    status: 'PROCESSING',
    num_batches: 2,
    num_uploaded_user_records: 11,
    num_removed_user_records: 1,
    created_time: 1_452_208_622,
    updated_time: 1_461_269_616,
    exceptions: {},
    ...changes,
  }
}

export function tokenBody(nth: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    response_type: 'refresh_token',
    access_token: `pina_access-${nth}`,
    token_type: 'bearer',
    expires_in: 2_592_000,
    scope: 'ads:read,ads:write',
    refresh_token: `pinr.refresh-${nth}`,
    refresh_token_expires_in: 5_184_000,
    refresh_token_expires_at: 1_900_000_000,
    ...changes,
  }
}

export function isTokenCall(request: Seen): boolean {
  return request.path === '/v5/oauth/token'
}

export function bearerOf(request: Seen): string {
  return (request.headers['authorization'] ?? '').replace('Bearer ', '')
}

export const UNAUTHORIZED: Reply = { status: 401, body: { code: 2, message: 'Authentication failed.' } }

/** Where a server of this kind gives out tokens. */
export function endpointOf(server: Loopback): TokenEndpoint {
  const transport = createTransport({ baseUrl: server.baseUrl, requestTimeoutMs: 10_000, env: {} })
  const counts = { reads: 0, writes: 0, retries: 0, throttled: 0 }
  const { signal } = new AbortController()
  const pace = { limits: quickLimits, signal, random: Math.random, counts, onRetry: () => undefined }
  return { transport, pace, credential: 'main' }
}

export function refreshTokenOf(request: Seen): string | null {
  return new URLSearchParams(request.body).get('refresh_token')
}

/** Accepts only the newest tokens, and gives new ones for the newest refresh token: rotation at its strictest. */
export async function startRotating(): Promise<Loopback & { refreshes: () => number }> {
  let nth = 0
  const server = await startLoopback((request) => {
    if (!isTokenCall(request))
      return bearerOf(request) === `pina_access-${nth}` && nth > 0
        ? { status: 200, body: listBody() }
        : UNAUTHORIZED
    if (refreshTokenOf(request) !== `pinr.refresh-${nth}`) return UNAUTHORIZED
    nth += 1
    return { status: 200, body: tokenBody(nth) }
  })
  return { ...server, refreshes: () => nth }
}
