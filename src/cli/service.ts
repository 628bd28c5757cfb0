import { framesOf, isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { FirstAdministrator } from '../access/first-administrator.ts'
import type { DeliverySettings } from '../notify/deliver-alert.ts'
import type { ServerContext } from '../server/server-context.ts'
import type { Log } from '../server/log.ts'
import type { RunningWorker } from '../worker/worker.ts'

/** Runs the service: the server, a worker, or both in one process, until a signal ends it in order. */

export interface ServiceOptions {
  readonly env: NodeJS.ProcessEnv
  readonly parts: { readonly server: { host: string; port: number } | null; readonly worker: boolean }
  readonly logLevel: string
  /** Starts although stored secrets were sealed with another key: they have to be entered again. */
  readonly keyLost: boolean
  readonly signal: AbortSignal
  readonly demo?: ServerContext['demo']
  /** Told when everything runs. */
  readonly onReady: (ready: Ready) => void
}

export interface Ready {
  /** Where the API is, or null without a server. */
  readonly url: string | null
  /** The first administrator, when this start made one. */
  readonly administrator: FirstAdministrator | null
}

/** Longest wait for jobs in hand at the end. What runs is left at its last finished batch. */
const END_MS_MAX = 20_000

/**
 * Starts the parts and resolves when they have ended. Errors: `wrong_usage`, those of opening the platform, and `secret_key_wrong` before
 * any stored secret is used.
 */
export async function runService(options: ServiceOptions): Promise<void> {
  const { env, parts, signal } = options
  const { builtConsole } = await import('./built-console.ts')
  const { createLog } = await import('../server/log.ts')
  const { openPlatform } = await import('../platform/open.ts')
  const { requireKeys } = await import('../access/sealed-rows.ts')
  const { openQueue } = await import('../worker/queue.ts')
  const log = createLog(options.logLevel)
  const sending = await deliverySettings(env)
  const { proxySettings } = await import('../server/client-address.ts')
  const proxies = proxySettings(env)
  const { ownNames, urlOf } = await import('../server/own-host.ts')
  const names = ownNames(env['ROLLCALL_HOSTS'] ?? '')
  // It may have to be built, which takes as long as all else together.
  const webFolder = parts.server === null ? null : builtConsole(log)
  webFolder?.catch(() => {})
  const platform = await openPlatform(env)
  // The demo reads its own samples.
  if (options.demo === undefined) warnOfRoot(log, process.getuid?.())
  const ends: (() => Promise<void>)[] = [() => platform.store.close()]
  try {
    await requireKeys(platform.store.db, platform.sealer).catch((error: unknown) => {
      if (!isRollcallError(error) || error.code !== 'secret_key_wrong') throw error
      if (!options.keyLost) throw withWayOn(error)
      log.warn({ code: error.code }, error.message)
    })
    ends.push(platform.store.keepRunning((error) => log.error({ code: error.code }, error.message)))
    const queue = await openQueue({
      connection: platform.store.connection,
      limits: platform.limits,
      onError: (error) => log.warn({ name: error.name }, 'the queue met an error and continues'),
    })
    ends.push(() => queue.close(END_MS_MAX))
    const closing = new AbortController()
    const publicUrl = (port: number): string =>
      env['ROLLCALL_PUBLIC_URL']?.replace(/\/+$/, '') || urlOf(parts.server?.host ?? 'localhost', port)
    const delivery = { ...sending, timeoutMs: platform.limits.alertTimeoutMs }
    let worker: RunningWorker | null = null
    if (parts.worker) {
      const { startWorker } = await import('../worker/worker.ts')
      worker = await startWorker({
        platform,
        queue,
        delivery,
        onError: (error, where) =>
          log.error(
            {
              code: error.code,
              where,
              ...(error.code === 'internal_error' ? { frames: framesOf(error) } : {}),
            },
            error.message,
          ),
      })
      ends.push(worker.close)
    }
    let ready: Ready = { url: null, administrator: null }
    if (parts.server !== null) {
      const { firstAdministrator } = await import('../access/first-administrator.ts')
      const { openFeed } = await import('../server/feed.ts')
      const { createMetrics } = await import('../server/metrics.ts')
      const { startServer } = await import('../server/serve.ts')
      const administrator = await firstAdministrator({ ...platform, env })
      const server = await startServer(
        {
          platform,
          queue,
          log,
          metrics: createMetrics(platform.store.db),
          feed: await openFeed(platform.store, closing.signal),
          delivery,
          publicUrl: publicUrl(parts.server.port),
          host: parts.server.host,
          names,
          proxies,
          principal: null,
          demo: options.demo ?? null,
          closing: closing.signal,
        },
        parts.server,
        await webFolder,
      )
      // What runs is left for another worker at once, and not after the last request.
      ends.push(async () => {
        closing.abort(endingError())
        await Promise.all([server.close(), worker?.close()])
      })
      ready = { url: publicUrl(server.port), administrator }
    }
    log.info({ server: parts.server !== null, worker: parts.worker }, 'running')
    options.onReady(ready)
    await ended(signal)
    log.info('ending: running work stops at its last finished batch')
  } finally {
    // In the opposite order of their start, each whatever became of the others.
    for (const end of ends.toReversed()) await end().catch((error: unknown) => complain(log, error))
  }
}

function withWayOn({ code, data }: RollcallError): RollcallError {
  return new RollcallError(code, { detail: `${data['detail']} (add --key-lost to start without them)` })
}

/** Said once at the start: as root, people who may write data sources can read every file. */
export function warnOfRoot(log: Pick<Log, 'warn'>, userId: number | undefined): void {
  if (userId === 0)
    log.warn(
      'the service runs as root, which can read every file. Run it as its own user, and set ROLLCALL_SOURCE_ROOTS',
    )
}

/** What a request is answered that is still under way when the service ends. */
function endingError(): RollcallError {
  const detail =
    'it is shutting down and did not finish the request. Send it again once the server is running'
  return new RollcallError('server_unavailable', { detail }, { passing: true })
}

function complain(log: Log, error: unknown): void {
  log.error({ name: error instanceof Error ? error.name : typeof error }, 'a part did not end cleanly')
}

async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** How alerts are sent, as the environment says. Error: `wrong_usage`. */
export async function deliverySettings(env: NodeJS.ProcessEnv): Promise<Omit<DeliverySettings, 'timeoutMs'>> {
  const { webhookHosts } = await import('../notify/webhook-hosts.ts')
  return {
    smtp: await mailSettings(env),
    publicUrl: env['ROLLCALL_PUBLIC_URL'] ?? null,
    webhooks: { hosts: webhookHosts(env['ROLLCALL_WEBHOOK_HOSTS'] ?? ''), env },
  }
}

/** The mail server of alerts, or null when none is set. */
async function mailSettings(env: NodeJS.ProcessEnv) {
  const url = env['ROLLCALL_SMTP_URL']
  if (!url) return null
  const from = env['ROLLCALL_MAIL_FROM']
  if (!from) {
    throw new RollcallError('wrong_usage', {
      detail: 'ROLLCALL_SMTP_URL needs ROLLCALL_MAIL_FROM, the sender of alerts.',
    })
  }
  const { smtpSettings } = await import('../notify/alert-senders.ts')
  return smtpSettings(url, from)
}
