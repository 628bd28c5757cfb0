import type { Hono } from 'hono'
import { localPrincipal } from '../src/access/permissions.ts'
import { webhookHosts } from '../src/notify/webhook-hosts.ts'
import type { Platform } from '../src/platform/open.ts'
import { createApp } from '../src/server/app.ts'
import { proxySettings } from '../src/server/client-address.ts'
import { createLog } from '../src/server/log.ts'
import { createMetrics } from '../src/server/metrics.ts'
import type { ServerContext } from '../src/server/server-context.ts'

/** The API of a service without a socket, events or mail, for the local principal. It ends with `closing`. */
export function serviceApp(
  platform: Platform,
  queue: ServerContext['queue'],
  { webFolder, closing }: { readonly webFolder: string | null; readonly closing: AbortSignal },
): Hono {
  const context: ServerContext = {
    platform,
    queue,
    log: createLog('silent'),
    metrics: createMetrics(platform.store.db),
    feed: { watch: () => () => {} },
    delivery: {
      smtp: null,
      publicUrl: null,
      webhooks: { hosts: webhookHosts(''), env: {} },
      timeoutMs: 1_000,
    },
    publicUrl: 'http://localhost',
    host: null,
    proxies: proxySettings({}),
    demo: null,
    principal: localPrincipal,
    closing,
  }
  return createApp(context, webFolder).app
}
