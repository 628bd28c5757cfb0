import { errorCatalogue } from '../base/catalogue.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { VERSION } from '../base/version.ts'
import type { ErrorBody } from '../server/errors.ts'
import type { Platform } from '../platform/open.ts'
import type { JobQueue } from '../worker/queue.ts'
import { catchSignals } from './with-services.ts'

/**
 * The HTTP API for commands: that of the server at ROLLCALL_URL, else the very same routes in this process, on the data folder of
 * this machine. Which of the two it is makes no difference to a command.
 */
export interface ApiClient {
  /** `path` is below `/api/v1`. Errors: `ApiRefusal` with the API's own words, `server_unavailable`. */
  readonly request: (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    options?: { readonly signal?: AbortSignal },
  ) => Promise<ApiAnswer>
  readonly close: () => Promise<void>
}

export interface ApiAnswer {
  readonly status: number
  /** Null for an answer without content, or that is not JSON. */
  readonly body: unknown
  /** What is not JSON, such as a CSV file, as it comes. */
  readonly text?: AsyncIterable<Uint8Array>
}

/** A request that the API did not do, as it says itself. */
export class ApiRefusal extends RollcallError {
  readonly answer: ErrorBody['error']

  constructor(answer: ErrorBody['error']) {
    super(Object.hasOwn(errorCatalogue, answer.code) ? answer.code : ('internal_error' satisfies ErrorCode))
    this.answer = answer
    // It would tell of this place, not of what failed.
    this.stack = ''
  }

  override report(): ErrorBody['error'] {
    return this.answer
  }

  override advice(): ErrorBody['error'] {
    return this.answer
  }
}

/** Opens the API for one command. Errors: `wrong_usage`, and those of opening the platform. */
async function openApi(env: NodeJS.ProcessEnv): Promise<ApiClient> {
  if (env['ROLLCALL_URL']) return remoteApi(env['ROLLCALL_URL'], env['ROLLCALL_API_KEY'])
  const { openPlatform } = await import('../platform/open.ts')
  const platform = await openPlatform(env)
  const api = await localApi(platform)
  return {
    request: api.request,
    close: async () => {
      await api.close()
      await platform.store.close()
    },
  }
}

/** Opens the API, does the work and closes it. Ctrl-C and SIGTERM end the request under way. */
export async function withApi<T>(work: (api: ApiClient, signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = catchSignals()
  try {
    const api = await openApi(process.env)
    try {
      return await work(api, interruption.signal)
    } finally {
      await api.close()
    }
  } finally {
    interruption.close()
  }
}

/** Longest wait for the queue at the end; this process holds no job. */
const QUEUE_CLOSE_MS = 1_000

/** The API's routes in this process, for the person at this machine. `close` leaves the platform open. */
export async function localApi(platform: Platform): Promise<ApiClient> {
  const { localPrincipal } = await import('../access/permissions.ts')
  const { API_BASE } = await import('../server/api.ts')
  const { createApp } = await import('../server/app.ts')
  const { proxySettings } = await import('../server/client-address.ts')
  const { createLog } = await import('../server/log.ts')
  const { deliverySettings } = await import('./service.ts')
  const closing = new AbortController()
  const queue = lazyQueue(platform)
  const { app } = createApp({
    platform,
    queue,
    log: createLog('error', { write: printFrames }),
    metrics: { request: () => {}, text: async () => '', contentType: 'text/plain' },
    feed: { watch: () => () => {} },
    delivery: { ...(await deliverySettings(platform.env)), timeoutMs: platform.limits.alertTimeoutMs },
    publicUrl: platform.env['ROLLCALL_PUBLIC_URL'] ?? '',
    host: null,
    proxies: proxySettings({}),
    principal: localPrincipal,
    demo: null,
    closing: closing.signal,
  })
  return {
    request: async (method, path, body, { signal } = {}) => {
      const response = await app.request(API_BASE + path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: JSON_HEADERS }),
        ...(signal === undefined ? {} : { signal }),
      })
      return answerOf({
        status: response.status,
        media: response.headers.get('content-type') ?? '',
        bytes: response.body ?? [],
        where: 'this process',
      })
    },
    close: async () => {
      closing.abort()
      await queue.close()
    },
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' }

/** Opened when the first workflow or alert is handed over, since most commands hand over none. */
function lazyQueue(platform: Platform) {
  let opening: ReturnType<typeof open> | undefined
  const open = async () => {
    const { openQueue } = await import('../worker/queue.ts')
    const { store, limits } = platform
    return openQueue({ connection: store.connection, limits, onError: () => {} })
  }
  return {
    runWorkflow: async (workflowId: string) => {
      opening ??= open()
      await (await opening).runWorkflow(workflowId)
    },
    sendAlert: async (...asked: Parameters<JobQueue['sendAlert']>) => {
      opening ??= open()
      await (await opening).sendAlert(...asked)
    },
    close: async () => {
      const queue = await opening?.catch(() => undefined)
      await queue?.close(QUEUE_CLOSE_MS)
    },
  }
}

/** Where a defect came up is for a report of it; the answer says the rest. */
function printFrames(line: string): void {
  const { frames } = JSON.parse(line) as { frames?: string }
  if (frames !== undefined) process.stderr.write(`${frames}\n`)
}

/** The API of the server at this address. Error: `wrong_usage` when the address or the key cannot be one. */
async function remoteApi(address: string, key: string | undefined): Promise<ApiClient> {
  const base = URL.parse(address)
  if (base === null || !/^https?:$/.test(base.protocol))
    throw wrongUsage('ROLLCALL_URL is not an address such as https://rollcall.example.com.')
  if (!key)
    throw wrongUsage(
      'ROLLCALL_API_KEY is missing: ROLLCALL_URL needs the token of an API key of that server.',
    )
  if (!/^[\u0021-\u007e]+$/.test(key))
    throw wrongUsage('ROLLCALL_API_KEY is not an API key token: it contains spaces or invalid characters.')
  const { createWayOut, proxyRefusal } = await import('../base/http-way.ts')
  const { API_BASE } = await import('../server/api.ts')
  const agent = createWayOut(process.env, { connectMs: CONNECT_MS_MAX })
  const prefix = base.pathname.replace(/\/+$/, '') + API_BASE
  return {
    request: async (method, path, body, { signal } = {}) => {
      const sent = agent.request({
        origin: base.origin,
        path: prefix + path,
        method,
        headers: { authorization: `Bearer ${key}`, 'user-agent': `rollcall/${VERSION}`, ...JSON_HEADERS },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ?? null,
      })
      try {
        const { statusCode: status, headers, body: bytes } = await sent
        const media = String(headers['content-type'] ?? '')
        return await answerOf({ status, media, bytes, where: base.origin })
      } catch (error) {
        signal?.throwIfAborted()
        const refusal = proxyRefusal(error)
        if (refusal !== null)
          throw new RollcallError('server_unavailable', {
            detail: `${base.origin} cannot be reached: ${refusal}`,
          })
        throw unavailable(error, base.origin)
      }
    },
    // By now every answer has come, or no one wants it.
    close: () => agent.destroy(),
  }
}

const CONNECT_MS_MAX = 10_000

interface Received {
  readonly status: number
  readonly media: string
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  readonly where: string
}

async function answerOf({ status, media, bytes, where }: Received): Promise<ApiAnswer> {
  if (status < 400 && media !== '' && !media.startsWith('application/json'))
    return { status, body: null, text: streamOf(bytes, where) }
  const text = await textOf(bytes)
  const body = text === '' ? null : jsonOf(text)
  const { error } = Object(body) as Partial<ErrorBody>
  if (status >= 400 && typeof error?.message === 'string') throw new ApiRefusal(error)
  if (status >= 400 || body === undefined) {
    const detail = `the server at ${where} is not a Rollcall server (status ${status}). Check ROLLCALL_URL`
    throw new RollcallError('server_unavailable', { detail })
  }
  return { status, body }
}

async function* streamOf(bytes: Received['bytes'], where: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    throw unavailable(error, where)
  }
}

async function textOf(bytes: Received['bytes']): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** By the codes of Node and undici. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name cannot be resolved at the moment',
  ETIMEDOUT: 'it does not respond',
  EHOSTUNREACH: 'its host cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'it does not respond',
}

/** Whether a request was done whose answer is lost is not known, and the person is told so. */
function unavailable(error: unknown, where: string): RollcallError {
  if (error instanceof RollcallError) return error
  const code = String((Object(error) as { code?: unknown }).code)
  const reason = /CERT|TLS|SSL/.test(code) ? `its certificate is not trusted (${code})` : reasons[code]
  const detail =
    reason === undefined
      ? `the connection to ${where} was lost before the answer (${code}). Check whether your request took effect before you repeat it`
      : `${where} cannot be reached: ${reason}. Check ROLLCALL_URL, and that the server is running`
  return new RollcallError('server_unavailable', { detail }, { cause: error, passing: true })
}

function wrongUsage(detail: string): RollcallError {
  return new RollcallError('wrong_usage', { detail })
}
