import { Readable } from 'node:stream'
import { createWayOut, proxyRefusal } from '../base/http-way.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { readRate, readRequestId } from './rate-headers.ts'
import { secondsInWords } from './words.ts'
import type { Dispatcher } from 'undici'
import type { Outcome } from './outcome.ts'

/** Resolves while a request may be made, with what says at once whether that still holds. Rejects when it may not. */
export type MayGoOn = () => Promise<() => boolean>

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** Below the base URL, with its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /**
   * Awaited once the connection stands, before the first byte of a request with a body: connecting takes its time, in which a process
   * may have been stopped. What it throws, `send` throws, and nothing has gone out. The process may be stopped after it too, so what it
   * gives is asked in the very step that sends: when that says no, all of it begins again.
   */
  readonly mayGoOn?: MayGoOn | undefined
}

export interface Transport {
  /** One attempt. What goes wrong on the way is an outcome, not an error. */
  send(request: HttpRequest, signal: AbortSignal): Promise<Outcome>
  /** Waits for the calls under way, then closes every socket. */
  close(): Promise<void>
}

interface TransportOptions {
  readonly baseUrl: string
  /** From the first byte sent to the last received, connecting included. */
  readonly requestTimeoutMs: number
  /** For the variables of proxies. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A page of 250 lists takes well below 1 MiB. */
const ANSWER_BYTES_MAX = 8 * 2 ** 20
const CONNECT_MS_MAX = 10_000

/** HTTP to one base URL, with sockets kept open between calls. */
export function createTransport(options: TransportOptions): Transport {
  const base = parseBase(options.baseUrl)
  const way = createWayOut(options.env, { connectMs: Math.min(CONNECT_MS_MAX, options.requestTimeoutMs) })
  let closing: Promise<void> | null = null
  const prefix = base.pathname.replace(/\/+$/, '')
  return {
    send: async (request, signal) => {
      if (closing !== null) return { kind: 'stopped', sent: false }
      return await withDeadline(signal, options.requestTimeoutMs, async (deadline) =>
        receive(
          await way.request({
            origin: base.origin,
            path: prefix + request.path,
            method: request.method,
            ...contentOf(request),
            signal: deadline,
            // The deadline counts for both together.
            headersTimeout: 0,
            bodyTimeout: 0,
          }),
        ),
      )
    },
    close: async () => {
      closing ??= way.close()
      await closing
    },
  }
}

const HEADERS = { accept: 'application/json', 'user-agent': 'rollcall' }

function contentOf({ headers, body, mayGoOn }: HttpRequest) {
  if (body === undefined || mayGoOn === undefined)
    return { headers: { ...HEADERS, ...headers }, body: body ?? null }
  const bytes = Buffer.from(body)
  let isAsked = false
  const pieces = new Readable({
    // The first piece is asked for when the connection stands, and with it go the headers.
    read() {
      if (isAsked) return
      isAsked = true
      void pushWhileHeld(this, bytes, mayGoOn)
    },
  })
  return { headers: { ...HEADERS, ...headers, 'content-length': String(bytes.length) }, body: pieces }
}

/** What is pushed is written to the connection before `push` returns. */
async function pushWhileHeld(to: Readable, bytes: Buffer, mayGoOn: MayGoOn): Promise<void> {
  try {
    for (let isHeld = await mayGoOn(); !isHeld(); isHeld = await mayGoOn());
    to.push(bytes)
    to.push(null)
  } catch (error) {
    to.destroy(new HeldBack(error))
  }
}

/** The request was held back before its first byte. */
class HeldBack extends Error {
  constructor(cause: unknown) {
    super('held back', { cause })
  }
}

/** The base URL of the API. Error: `wrong_usage` for what is none. */
export function parseBase(text: string): URL {
  const base = URL.canParse(text) ? new URL(text) : null
  if (base !== null && (base.protocol === 'https:' || base.protocol === 'http:')) return base
  // The text itself is not shown: an address can hold a password.
  throw new RollcallError('wrong_usage', {
    detail: 'ROLLCALL_PINTEREST_API is not an http or https address.',
  })
}

/** Runs one exchange, ended by the signal or after `timeoutMs`, and turns what it throws into an outcome. */
async function withDeadline(
  signal: AbortSignal,
  timeoutMs: number,
  exchange: (deadline: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  if (signal.aborted) return { kind: 'stopped', sent: false }
  const deadline = new AbortController()
  const abort = (): void => deadline.abort()
  const timer = setTimeout(abort, timeoutMs)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await exchange(deadline.signal)
  } catch (error) {
    if (error instanceof HeldBack) throw error.cause
    if (signal.aborted) return { kind: 'stopped', sent: true }
    return deadline.signal.aborted
      ? { kind: 'lost', cause: `no answer within ${secondsInWords(timeoutMs)}` }
      : failureOf(error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

async function receive(response: Dispatcher.ResponseData): Promise<Outcome> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Leaving the loop destroys the socket.
    if (bytes > ANSWER_BYTES_MAX) return { kind: 'lost', cause: 'an answer that is too large' }
    chunks.push(chunk)
  }
  const body = parseJson(Buffer.concat(chunks))
  return {
    kind: 'answer',
    status: response.statusCode,
    body,
    isText: body === undefined && bytes > 0,
    requestId: readRequestId(response.headers),
    rate: readRate(response.headers),
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Finding the address, connecting or agreeing on TLS failed: nothing of the request went out. */
const UNSENT =
  /^(?:ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)$/

function failureOf(error: unknown): Outcome {
  const refusal = proxyRefusal(error)
  if (refusal !== null) return { kind: 'unsent', cause: refusal }
  const { code, syscall } = causeOf(error)
  // A header or path that cannot be sent is our own mistake and would not pass. Its text may quote the header.
  if (code === 'UND_ERR_INVALID_ARG') throw new RollcallError('internal_error', { detail: code })
  return syscall === 'connect' || UNSENT.test(code)
    ? { kind: 'unsent', cause: `no connection (${code})` }
    : { kind: 'lost', cause: `connection lost (${code})` }
}

/** The system's code and call of an error; of several addresses of a host, none of which could be reached, those of the first. */
function causeOf(error: unknown): { readonly code: string; readonly syscall: unknown } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code, syscall } = Object(first) as { code?: unknown; syscall?: unknown }
  return { code: typeof code === 'string' ? code : 'unknown', syscall }
}
