import type { Context } from 'hono'
import { getConnInfo } from '@hono/node-server/conninfo'
import { bareAddress, isLoopback, parseRanges } from '../base/addresses.ts'
import type { Ranges } from '../base/addresses.ts'
import { RollcallError } from '../base/rollcall-error.ts'

/** Where a request comes from. Anyone can write a header: it counts only when a proxy that is trusted has added to it. */

export interface ClientAddress {
  /** For the activity log: of the client, or of the proxy when that cannot be said. */
  readonly ip: string | null
  /** Whose tries to sign in are counted together; null when all people may seem to come from one address. */
  readonly countedIp: string | null
}

export interface ProxySettings {
  /** Whose `X-Forwarded-For` counts. */
  readonly trusted: Ranges
  /** People open an address that this server does not listen on, so that a proxy stands before it. */
  readonly isProxied: boolean
}

/** The settings of the environment. Error: `wrong_usage` for a proxy that is neither an address nor a range. */
export function proxySettings(env: NodeJS.ProcessEnv): ProxySettings {
  const trusted = parseRanges(env['ROLLCALL_TRUSTED_PROXIES'] ?? '')
  if (typeof trusted === 'string')
    throw new RollcallError('wrong_usage', {
      detail: `ROLLCALL_TRUSTED_PROXIES holds "${trusted}", which is not an address or a range such as 10.0.0.0/8.`,
    })
  return { trusted, isProxied: URL.parse(env['ROLLCALL_PUBLIC_URL'] ?? '')?.protocol === 'https:' }
}

/** What only a proxy adds. */
const PROXY_HEADERS = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'x-forwarded-proto',
  'x-forwarded-host',
  'via',
]

/** The client's address: of the socket, or as a trusted proxy says. Without a socket there is none. */
export function clientAddress(c: Context, { trusted, isProxied }: ProxySettings): ClientAddress {
  const peer = peerOf(c)
  if (peer === null) return { ip: null, countedIp: null }
  if (trusted.hold(peer)) {
    const ip = forwardedFor(c.req.header('x-forwarded-for') ?? '', trusted)
    return { ip: ip ?? peer, countedIp: ip }
  }
  // A proxy on this machine that no setting names: all people would be blocked together.
  const isUnnamedProxy =
    isLoopback(peer) && (isProxied || PROXY_HEADERS.some((name) => c.req.header(name) !== undefined))
  return { ip: peer, countedIp: isUnnamedProxy ? null : peer }
}

function peerOf(c: Context): string | null {
  try {
    const address = getConnInfo(c).remote.address
    return address === undefined ? null : (bareAddress(address) ?? address)
  } catch {
    // A request that came over no socket: the command line's.
    return null
  }
}

/**
 * The last address that no trusted proxy has: each proxy appends whom it was asked by, so that only what stands before may be
 * invented. Null when there is none, or something else in its place.
 */
function forwardedFor(header: string, trusted: Ranges): string | null {
  for (const entry of header.split(',').toReversed()) {
    const address = bareAddress(withoutPort(entry.trim()))
    if (address === null || !trusted.hold(address)) return address
  }
  return null
}

/** Some proxies add the port: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? []
  return bracketed ?? plain ?? entry
}
