import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Context, MiddlewareHandler } from 'hono'
import { bareAddress, isLoopback } from '../base/addresses.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { answerError } from './errors.ts'
import type { ServerContext } from './server-context.ts'

/**
 * Answers only to the names of this server. A page elsewhere can have its own name point here (DNS rebinding), and would then read
 * what it is not meant to, from within the network and with the browser's trust in that name. Ports do not matter for that,
 * and are changed by what forwards them.
 */
export function requireOwnHost({
  publicUrl,
  host,
  names: further = [],
  log,
}: ServerContext): MiddlewareHandler {
  const listening = host === null ? null : hostName(authorityOf(host))
  const names = new Set(
    ['localhost', URL.parse(publicUrl)?.hostname, listening, ...further].flatMap((name) =>
      name === null || name === undefined ? [] : [normal(name)],
    ),
  )
  return async (c, next) => {
    if (hostsOf(c).every((asked) => isOwn(asked, names, localAddressOf(c)))) return next()
    return answerError(c, new RollcallError('wrong_host'), { log, requestId: 'none' })
  }
}

function isOwn(asked: string, names: ReadonlySet<string>, local: string | null): boolean {
  const name = hostName(asked)
  if (name === null) return false
  const address = bareAddress(name.replace(/^\[(.*)\]$/, '$1'))
  return names.has(normal(name)) || (address !== null && (isLoopback(address) || address === local))
}

/** What a request is addressed to: its header, and its target when that names a host too. */
function hostsOf(c: Context): string[] {
  const incoming = incomingOf(c)
  const target = new URL(c.req.url).host
  if (incoming === undefined) return [target]
  const { host = [] } = incoming.headersDistinct
  // HTTP/1.0 may come without the header, and of two no one can tell which is meant; the empty text is no name.
  return [host.length === 1 ? (host[0] ?? '') : '', target]
}

/** Undefined for a request that came over no socket. */
function incomingOf(c: Context): IncomingMessage | undefined {
  return (c.env as { incoming?: IncomingMessage } | undefined)?.incoming
}

function localAddressOf(c: Context): string | null {
  return bareAddress(incomingOf(c)?.socket.localAddress ?? '')
}

/** The host of `host:port`, in lower case and addresses in one way; null for anything else. */
function hostName(authority: string): string | null {
  if (!/^(?:\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d*)?$/i.test(authority)) return null
  return URL.parse(`http://${authority}`)?.hostname ?? null
}

/**
 * Reads the names that the server answers to beside its public one, separated by commas or spaces, such as that of its container.
 * Error: `wrong_usage` for what is no host name or address.
 */
export function ownNames(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const authority = isIPv6(entry) ? authorityOf(entry) : entry
      const name = /^[^:]*$|\]$/.test(authority) ? hostName(authority) : null
      if (name !== null) return name
      const detail = `ROLLCALL_HOSTS holds "${entry}", which is not a host name or an address. Give names without a port, such as "rollcall, rollcall.internal".`
      throw new RollcallError('wrong_usage', { detail })
    })
}

/** The address of a server that listens here. All addresses of a machine together are none that a browser can open. */
export function urlOf(host: string, port: number): string {
  const isEverywhere = ['', '0.0.0.0'].includes(host) || /^[0:]+$/.test(host)
  return `http://${isEverywhere ? 'localhost' : authorityOf(host)}:${port}`
}

/** An IPv6 address to listen on has no brackets. */
function authorityOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** A name may end in a dot, and is the same. */
function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
