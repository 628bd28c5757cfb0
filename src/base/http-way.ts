import type { LookupFunction } from 'node:net'
import { EnvHttpProxyAgent, Pool } from 'undici'
import { RollcallError } from './rollcall-error.ts'

/** The way out over HTTP: straight, or through the proxy that the environment names. */

type Environment = Readonly<Record<string, string | undefined>>

interface WayOptions {
  /** Longest wait for a connection, and again for the answer of a proxy that makes one. */
  readonly connectMs: number
  /** Looks hosts up for straight connections; a proxy looks them up by itself. */
  readonly lookup?: LookupFunction
}

/**
 * Sends each request through `HTTPS_PROXY` or `HTTP_PROXY`, unless `NO_PROXY` names its host. Error: `wrong_usage` for a proxy that
 * is no address.
 */
export function createWayOut(env: Environment, { connectMs, lookup }: WayOptions): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    // One request a socket: with HTTP/2 a single lost socket would make every call under way unsure at once.
    allowH2: false,
    connect: { timeout: connectMs, ...(lookup === undefined ? {} : { lookup }) },
    connectTimeout: connectMs,
    // While a tunnel is made, no signal ends the request.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectMs }),
    httpProxy: proxyOf(env, 'http_proxy'),
    httpsProxy: proxyOf(env, 'https_proxy'),
    noProxy: setting(env, 'no_proxy'),
  })
}

/** The names are written in either case; the lower one wins, as with other programs. */
function setting(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || ''
}

/** Empty without a proxy. */
function proxyOf(env: Environment, name: string): string {
  const text = setting(env, name).trim()
  if (text === '') return ''
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href
  // The text itself is not shown: it may hold a password.
  throw new RollcallError('wrong_usage', {
    detail: `${name.toUpperCase()} is not an address such as http://proxy.example.com:3128.`,
  })
}

/** What a proxy answered in place of the host that was asked for; null for any other error. Nothing of the request went on. */
export function proxyRefusal(error: unknown): string | null {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : ''
  const status = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(text)?.[1]
  if (status === '407') return 'the proxy requires a user and password'
  if (status !== undefined) return `the proxy refused to connect (${status})`
  return typeof code === 'string' && code.startsWith('UND_ERR_PRX') ? 'the proxy cannot be reached' : null
}
