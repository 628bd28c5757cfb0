import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request as requestOver } from 'undici'
import { AD_ACCOUNTS, startSimulator } from '../../simulator/main.ts'
import type { Simulator, SimulatorOptions } from '../../simulator/main.ts'
import { createApiKey } from '../../src/access/api-keys.ts'
import { localPrincipal } from '../../src/access/permissions.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import { openSealer } from '../../src/access/secret-key.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { createApp } from '../../src/server/app.ts'
import { proxySettings } from '../../src/server/client-address.ts'
import type { RouteSpec } from '../../src/server/api.ts'
import { openFeed } from '../../src/server/feed.ts'
import { createLog } from '../../src/server/log.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import type { ServerContext } from '../../src/server/server-context.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Platform } from '../../src/platform/open.ts'
import { openQueue } from '../../src/worker/queue.ts'
import type { SmtpSettings } from '../../src/notify/alert-senders.ts'
import type { JobQueue } from '../../src/worker/queue.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { startWorker } from '../../src/worker/worker.ts'
import type { RunningWorker } from '../../src/worker/worker.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'

/** The service as a test uses it: the API without a socket, a real database, the simulator, and workers when asked for. */

export interface Answer<T> {
  readonly status: number
  readonly body: T
  readonly headers: Headers
}

export interface Client {
  readonly request: <T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer<T>>
  /** The body of an answer that must have succeeded. */
  readonly ok: <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<T>
  /** The code of the error of an answer that must have failed. */
  readonly fails: (method: string, path: string, body?: unknown) => Promise<string>
  /** An answer that goes on until the signal ends it. */
  readonly stream: (path: string, signal: AbortSignal) => Promise<Response>
}

/** What a test needs of a simulator, in this process or another. */
export interface SimulatorAt {
  readonly url: string
  readonly app: Simulator['app']
  readonly close: () => Promise<void>
}

export interface Service<Sim extends SimulatorAt = Simulator> {
  readonly platform: Platform
  readonly simulator: Sim
  readonly queue: JobQueue
  readonly routes: readonly RouteSpec[]
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** Everything that was logged. */
  readonly log: () => string
  /** Folder for the files of data sources. */
  readonly inputDir: string
  /** A client with an API key of these policies. */
  readonly as: (policies: readonly PolicyName[], options?: readonly OptionName[]) => Promise<Client>
  readonly startWorker: () => Promise<RunningWorker>
  readonly close: () => Promise<void>
}

/** Quick in time, and no rate limit that a test could meet. */
const quick: Partial<Limits> = {
  writesPerMinute: 100_000,
  readsPerMinute: 100_000,
  requestTimeoutMs: 10_000,
  retryBackoffMs: 1,
  retryForMs: 300,
  validateForMs: 300,
  taskWaitForMs: 0,
}

export async function openService(
  options: { simulator?: SimulatorOptions; limits?: Partial<Limits> } & Served = {},
): Promise<Service> {
  const simulator = await startSimulator({ limits: 'off', strict: true, ...options.simulator })
  return openServiceAt(simulator, options.limits, options)
}

/** The service with a worker, and an operator's way to it. */
export async function openWorkingService(): Promise<{
  readonly service: Service
  readonly operator: Client
}> {
  const service = await openService()
  await service.startWorker()
  return { service, operator: await service.as(['datagrid_operator']) }
}

interface Served {
  readonly webFolder?: string | null
  readonly demo?: ServerContext['demo']
  /** The mail server of alerts. */
  readonly smtp?: SmtpSettings | null
}

/** The service with a simulator that runs already; closing the service ends both. */
export async function openServiceAt<Sim extends SimulatorAt>(
  simulator: Sim,
  ownLimits: Partial<Limits> = {},
  { webFolder = null, demo = null, smtp = null }: Served = {},
): Promise<Service<Sim>> {
  const database = await createTestDatabase()
  const folder = await makeFolder('service')
  const inputDir = join(folder.dir, 'input')
  await mkdir(inputDir)
  const limits = { ...defaultLimits, ...quick, ...ownLimits }
  const home = await openHome({ ROLLCALL_HOME: join(folder.dir, 'home') })
  const env = { ROLLCALL_PINTEREST_API: simulator.url }
  const store = await openStore({ home, env: { DATABASE_URL: database.url }, limits })
  const platform: Platform = { env, home, limits, store, sealer: await openSealer({ home, env }) }
  const queue = await openQueue({ connection: store.connection, limits, onError: () => undefined })
  const logged: string[] = []
  const webhooks = { hosts: webhookHosts('127.0.0.1 localhost'), env: {} }
  const delivery = { smtp, publicUrl: 'http://rollcall.test', webhooks, timeoutMs: 2_000 }
  const closing = new AbortController()
  const { app, routes } = createApp(
    {
      platform,
      queue,
      log: createLog('debug', { write: (line) => void logged.push(line) }),
      metrics: createMetrics(store.db),
      feed: await openFeed(store, closing.signal),
      delivery,
      publicUrl: 'http://rollcall.test',
      host: '127.0.0.1',
      proxies: proxySettings({}),
      principal: null,
      demo,
      closing: closing.signal,
    },
    webFolder,
  )
  const workers: RunningWorker[] = []
  const fetch = (request: Request): Response | Promise<Response> => app.fetch(request)
  return {
    platform,
    simulator,
    queue,
    routes,
    fetch,
    log: () => logged.join(''),
    inputDir,
    as: async (policies, granted = []) => {
      const actor = { principal: localPrincipal, originIp: null, userAgent: null }
      const name = `test ${randomBytes(6).toString('hex')}`
      const { token } = await createApiKey(
        { store, limits, actor },
        { name, policies, options: granted, expiresAt: null },
      )
      return clientOf(fetch, { authorization: `Bearer ${token}` })
    },
    startWorker: async () => {
      const worker = await startWorker({
        platform,
        queue,
        delivery,
        onError: (error, where) => logged.push(`${where}: ${error.code} ${error.message}\n`),
      })
      workers.push(worker)
      return worker
    },
    close: async () => {
      closing.abort()
      await Promise.all(workers.map((worker) => worker.close()))
      await queue.close(5_000)
      await store.close()
      await simulator.close()
      await database.drop()
      await folder.remove()
    },
  }
}

export function clientOf(fetch: Service['fetch'], always: Record<string, string>): Client {
  const request: Client['request'] = async (method, path, body, headers = {}) => {
    const response = await fetch(
      new Request(`http://rollcall.test${path.startsWith('/api/') ? path : `/api/v1${path}`}`, {
        method,
        headers: {
          ...always,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : text) as never,
      headers: response.headers,
    }
  }
  return {
    request,
    ok: async (method, path, body) => {
      const answer = await request(method, path, body)
      if (answer.status >= 400)
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as never
    },
    stream: async (path, signal) =>
      fetch(new Request(`http://rollcall.test/api/v1${path}`, { headers: always, signal })),
    fails: async (method, path, body) => {
      const answer = await request<{ error: { code: string } }>(method, path, body)
      if (answer.status < 400) throw new Error(`${method} ${path} did not fail: ${answer.status}`)
      return answer.body.error.code
    },
  }
}

export interface Ids {
  readonly credential: string
  readonly destination: string
  readonly dataSource: string
  readonly query: string
  readonly orchestration: string
}

/** Everything that a run needs, made through the API: credential, destination, data source, active query and orchestration. */
export async function setUp(
  service: Service<SimulatorAt>,
  client: Client,
  options: { name?: string; list?: string; emails: readonly string[]; limits?: object } = { emails: [] },
): Promise<Ids> {
  const name = options.name ?? `loyal ${randomBytes(4).toString('hex')}`
  const { app } = service.simulator
  const id = async (path: string, body: object): Promise<string> =>
    (await client.ok<{ id: string }>('POST', path, body)).id
  const credential = await id('/credentials', {
    name,
    appId: app.id,
    appSecret: app.secret,
    refreshToken: (await authorize(service.simulator)).refreshToken,
  })
  const destination = await id('/destinations', {
    name,
    credentialId: credential,
    adAccountId: AD_ACCOUNTS.owned,
  })
  await writeCustomers(service, name, options.emails)
  const dataSource = await id('/data-sources', {
    kind: 'files',
    name,
    folder: service.inputDir,
    files: [`${name}.csv`],
  })
  const query = await id('/queries', {
    name,
    dataSourceId: dataSource,
    draft: { sql: 'SELECT email FROM input' },
  })
  await client.ok('POST', `/queries/${query}/activate`, { version: 1 })
  const orchestration = await id('/orchestrations', {
    name,
    queryId: query,
    destinationId: destination,
    listName: options.list ?? name,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  return { credential, destination, dataSource, query, orchestration }
}

export async function writeCustomers(
  service: Pick<Service, 'inputDir'>,
  name: string,
  emails: readonly string[],
): Promise<void> {
  await writeFile(join(service.inputDir, `${name}.csv`), `email\n${emails.join('\n')}\n`)
}

export function people(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `person${from + index}@example.com`)
}

/** Asks for something that starts a workflow, and waits until that has ended or waits for a person. */
export async function started(
  service: Pick<Service, 'platform'>,
  client: Client,
  path: string,
  body?: object,
): Promise<WorkflowView> {
  const { workflow } = await client.ok<{ workflow: string }>('POST', path, body)
  return ended(service, client, workflow)
}

export function runOf(
  service: Pick<Service, 'platform'>,
  client: Client,
  { orchestration }: Pick<Ids, 'orchestration'>,
): Promise<WorkflowView> {
  return started(service, client, `/orchestrations/${orchestration}/run`)
}

/** Takes a workflow action. */
export function actOn(
  service: Pick<Service, 'platform'>,
  client: Client,
  workflow: string,
  action: string,
): Promise<WorkflowView> {
  return started(service, client, `/workflows/${workflow}/actions`, { action })
}

/** Who is really on the lists of a name, as Pinterest knows. */
export function membersOn({ simulator: { control } }: Pick<Service, 'simulator'>, name: string): string[] {
  return control.lists(AD_ACCOUNTS.owned, name).flatMap(({ id }) => control.members(id))
}

/** Waits until a workflow has ended or waits for a person and that was told, by the events of the database. */
export async function ended(
  service: Pick<Service, 'platform'>,
  client: Client,
  workflow: string,
): Promise<WorkflowView> {
  const over = new AbortController()
  try {
    let wake = nothing
    await service.platform.store.listen({
      onEvent: () => wake(),
      onGap: () => wake(),
      signal: over.signal,
    })
    for (;;) {
      const woken = new Promise<void>((resolve) => (wake = resolve))
      if (await isTold(service, workflow)) return await client.ok('GET', `/workflows/${workflow}`)
      await woken
    }
  } finally {
    over.abort()
  }
}

function nothing(): void {}

async function isTold({ platform }: Pick<Service, 'platform'>, workflow: string): Promise<boolean> {
  const found = await platform.store.db
    .selectFrom('workflow')
    .select('told_at')
    .where('id', '=', workflow)
    .where('state', 'not in', ['scheduled', 'running'])
    .executeTakeFirst()
  return found !== undefined && found.told_at !== null
}

export interface WorkflowView {
  readonly id: string
  readonly state: string
  readonly orchestration: { readonly id: string } | null
  readonly error: { readonly code: string; readonly message: string } | null
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly rows: { readonly received: number; readonly invalid: number; readonly members: number }
  readonly changes: { readonly added: number; readonly removed: number }
  readonly stages: readonly { readonly stage: string; readonly state: string }[]
  readonly log: readonly { readonly level: string; readonly text: string }[]
  readonly receipts: readonly { readonly state: string; readonly requestId: string | null }[]
  readonly rejects: boolean
}

/** As when a person authorizes in the browser: tokens that nobody has used yet. */
export async function authorize(
  simulator: Omit<SimulatorAt, 'close'>,
): Promise<{ readonly accessToken: string; readonly refreshToken: string }> {
  const { id, secret, authorizationCode } = simulator.app
  const form = { grant_type: 'authorization_code', code: authorizationCode, redirect_uri: 'http://localhost' }
  const response = await requestOver(`${simulator.url}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  })
  const body = (await response.body.json()) as { access_token: string; refresh_token: string }
  return { accessToken: body.access_token, refreshToken: body.refresh_token }
}
