import type { IncomingMessage } from 'node:http'
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
export function requireOwnHost({ publicUrl, host, log }: ServerContext): MiddlewareHandler {
  const names = new Set(
    ['localhost', URL.parse(publicUrl)?.hostname, host === null ? null : hostName(authorityOf(host))].flatMap(
      (name) => (name === null || name === undefined ? [] : [normal(name)]),
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
  // HTTP/1.0 may come without the header; the empty text is no name.
  return incoming === undefined ? [target] : [incoming.headers.host ?? '', target]
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

/** An IPv6 address to listen on has no brackets. */
function authorityOf(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** A name may end in a dot, and is the same. */
function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
