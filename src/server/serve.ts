import { serve } from '@hono/node-server'
import type { ServerType } from '@hono/node-server'
import { RollcallError } from '../base/rollcall-error.ts'
import { createApp } from './app.ts'
import type { ServerContext } from './server-context.ts'

export interface RunningServer {
  readonly port: number
  /** Takes no new requests and waits for those under way; what hears `closing` ends at once. */
  readonly close: () => Promise<void>
}

/** Longest wait for requests under way when the server ends. */
const CLOSE_MS_MAX = 10_000
const IDLE_LOOK_MS = 50

/** Serves the API and the console. Error: `wrong_usage` when the address cannot be used. */
export async function startServer(
  context: ServerContext,
  address: { readonly host: string; readonly port: number },
  webFolder: string | null = null,
): Promise<RunningServer> {
  const { app } = createApp(context, webFolder)
  const server = await listenOn(app.fetch, address)
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    close: () => closeServer(server),
  }
}

async function listenOn(
  fetch: Parameters<typeof serve>[0]['fetch'],
  { host, port }: { host: string; port: number },
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, () => resolve(server))
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: 'another program uses it',
        EACCES: 'this user may not use it',
        EADDRNOTAVAIL: 'this machine does not have it',
      }
      const reason = reasons[error.code ?? ''] ?? String(error.code)
      const detail = `The address ${host}:${port} cannot be used: ${reason}.`
      reject(new RollcallError('wrong_usage', { detail }, { cause: error }))
    })
  })
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // A browser keeps its connection after the answer to its last request.
  const idle = setInterval(() => {
    if ('closeIdleConnections' in server) server.closeIdleConnections()
  }, IDLE_LOOK_MS)
  const timer = setTimeout(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
  }, CLOSE_MS_MAX)
  await closed
  clearTimeout(timer)
  clearInterval(idle)
}
