import { networkInterfaces } from 'node:os'
import { proxySettings } from '../../src/server/client-address.ts'
import { ownNames } from '../../src/server/own-host.ts'
import { startServer } from '../../src/server/serve.ts'
import type { ServerContext } from '../../src/server/server-context.ts'
import type { RunningServer } from '../../src/server/serve.ts'
import { createLog } from '../../src/server/log.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import type { Service } from './support.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'

/** A server over real connections, and where this machine is reached. */

export const PUBLIC_URL = 'https://rollcall.example.com'

/** Addresses of this machine, and one that others reach it at; empty where there is none. */
export const addresses = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter(({ family }) => family === 'IPv4')

/** What a server of this service needs besides, unless `own` says otherwise: it tells no one anything, and stands behind no proxy. */
export function contextOf({ platform, queue }: Service, own: Partial<ServerContext> = {}): ServerContext {
  return {
    platform,
    queue,
    log: createLog('silent'),
    metrics: createMetrics(platform.store.db),
    feed: { watch: () => () => undefined },
    delivery: {
      smtp: null,
      publicUrl: null,
      webhooks: { hosts: webhookHosts(''), env: {} },
      timeoutMs: 1_000,
    },
    publicUrl: PUBLIC_URL,
    host: '127.0.0.1',
    proxies: proxySettings({}),
    principal: null,
    demo: null,
    closing: new AbortController().signal,
    ...own,
  }
}

/** A server as people reach it over the network, with this environment. */
export async function served(
  service: Service,
  env: NodeJS.ProcessEnv = {},
  host = '127.0.0.1',
): Promise<RunningServer> {
  const context = contextOf(service, {
    publicUrl: env['ROLLCALL_PUBLIC_URL'] ?? 'http://127.0.0.1',
    host,
    names: ownNames(env['ROLLCALL_HOSTS'] ?? ''),
    proxies: proxySettings(env),
  })
  return startServer(context, { host, port: 0 })
}
