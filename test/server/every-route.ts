import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { createApiKey } from '../../src/access/api-keys.ts'
import { localActor } from '../../src/access/activity.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import type { RouteSpec } from '../../src/server/api.ts'
import { authorize, clientOf, writeCustomers } from './support.ts'
import type { Client, Service } from './support.ts'

/** For each route a request that does something, so that one which was refused and took effect all the same is seen. */

export interface Asked {
  /** With an id in place of the braces, and a query if it takes one. */
  readonly path: string
  readonly body?: unknown
}

/** Makes what the requests are about, through the API and as somebody who may do everything. */
export interface World {
  readonly service: Service
  readonly admin: Client
  readonly asAdmin: As
  /** A workflow that has ended, with a list of rejects and a notification. */
  readonly endedWorkflow: string
  readonly make: {
    readonly credential: () => Promise<string>
    readonly destination: (fields?: object) => Promise<string>
    readonly dataSource: () => Promise<string>
    readonly query: (state: 'draft' | 'active' | 'edited') => Promise<string>
    readonly orchestration: (fields?: object) => Promise<string>
    readonly workflow: () => Promise<string>
    readonly alert: () => Promise<string>
    readonly user: () => Promise<string>
    readonly apiKey: () => Promise<string>
  }
}

export const EVERY_OPTION: readonly OptionName[] = [
  'allow_sandbox_administration',
  'allow_user_administration',
  'allow_api_key_administration',
]

/** The workflows that `others` makes are run too, and then no worker runs any more. */
export async function openWorld(
  service: Service,
  others: (make: World['make'], admin: Client) => Promise<readonly string[]> = async () => [],
): Promise<World> {
  const asAdmin = await keyWith(service, ['datagrid_administrator'], EVERY_OPTION)
  const admin = clientOf(service.fetch, asAdmin)
  let made = 0
  const fresh = (): string => `thing ${(made += 1)}`
  const create = async (path: string, body: object): Promise<string> =>
    (await admin.ok<{ id: string }>('POST', path, body)).id
  const credential = async (): Promise<string> => {
    const { id: appId, secret: appSecret } = service.simulator.app
    const { refreshToken } = await authorize(service.simulator)
    return create('/credentials', { name: fresh(), appId, appSecret, refreshToken })
  }
  await writeCustomers(service, 'world', ['reject me', 'person1@example.com', 'person2@example.com'])
  const source = { kind: 'files', folder: service.inputDir, files: ['world.csv'] }
  const dataSource = (): Promise<string> => create('/data-sources', { ...source, name: fresh() })
  const shared = { credential: await credential(), dataSource: await dataSource() }
  const destination = (fields: object = {}): Promise<string> =>
    create('/destinations', {
      name: fresh(),
      credentialId: shared.credential,
      adAccountId: AD_ACCOUNTS.owned,
      ...fields,
    })
  const query = async (state: 'draft' | 'active' | 'edited'): Promise<string> => {
    const draft = { sql: 'SELECT email FROM input' }
    const id = await create('/queries', { name: fresh(), dataSourceId: shared.dataSource, draft })
    if (state !== 'draft') await admin.ok('POST', `/queries/${id}/activate`, { version: 1 })
    if (state === 'edited') await admin.ok('PATCH', `/queries/${id}`, { version: 2, draft })
    return id
  }
  const common = { destinationId: await destination(), queryId: await query('active') }
  const orchestration = (fields: object = {}): Promise<string> => {
    const name = fresh()
    return create('/orchestrations', { name, listName: name, ...common, ...fields })
  }
  const workflow = async (): Promise<string> => {
    const path = `/orchestrations/${await orchestration()}/run`
    return (await admin.ok<{ workflow: string }>('POST', path)).workflow
  }
  const things = {
    credential,
    destination,
    dataSource,
    query,
    orchestration,
    workflow,
    alert: async () => {
      const body = { name: fresh(), events: ['workflow_failed'], target: { to: ['ops@example.com'] } }
      return (await admin.ok<{ alert: { id: string } }>('POST', '/alerts', body)).alert.id
    },
    user: () => create('/users', { name: fresh(), email: `user${made}@example.com`, policies: ['analyst'] }),
    apiKey: async () => {
      const body = { name: fresh(), policies: ['analyst'] }
      return (await admin.ok<{ apiKey: { id: string } }>('POST', '/api-keys', body)).apiKey.id
    },
  }
  const endedWorkflow = await workflow()
  const run = [endedWorkflow, ...(await others(things, admin))]
  const worker = await service.startWorker()
  for (const id of run) await untilTold(service, id)
  await worker.close()
  return { service, admin, asAdmin, endedWorkflow, make: things }
}

/** Until its end was told, so that nothing changes any more. */
async function untilTold({ platform }: Pick<Service, 'platform'>, workflow: string): Promise<void> {
  const { store } = platform
  const over = new AbortController()
  try {
    let news = Promise.withResolvers<void>()
    await store.listen({
      onEvent: () => news.resolve(),
      onGap: () => news.resolve(),
      signal: over.signal,
    })
    for (;;) {
      news = Promise.withResolvers<void>()
      const told = await store.db
        .selectFrom('workflow')
        .select('id')
        .where('id', '=', workflow)
        .where('told_at', 'is not', null)
        .executeTakeFirst()
      if (told !== undefined) return
      await news.promise
    }
  } finally {
    over.abort()
  }
}

/** Headers of somebody. */
export type As = Readonly<Record<string, string>>

/** A key with policies and options that nobody could give it, so that rules are tried beyond what the form allows. */
export async function keyWith(
  { platform }: Pick<Service, 'platform'>,
  policies: readonly PolicyName[],
  options: readonly OptionName[] = [],
): Promise<As> {
  const { store, limits } = platform
  const input = { name: `key ${crypto.randomUUID()}`, policies: ['marketer'], options: [], expiresAt: null }
  const { token, apiKey } = await createApiKey({ store, limits, actor: localActor }, input)
  await store.db
    .updateTable('api_key')
    .set({ policies: [...policies], options: [...options] })
    .where('id', '=', apiKey.id)
    .execute()
  return bearer(token)
}

export function bearer(token: string): As {
  return { authorization: `Bearer ${token}` }
}

/** What a route answers to somebody; a stream is left at once. */
export async function ask(
  { fetch }: Pick<Service, 'fetch'>,
  as: As,
  { method, media }: RouteSpec,
  { path, body }: Asked,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(
    new Request(`http://rollcall.test/api/v1${path}`, {
      method,
      headers: { ...as, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  )
  if (media === 'text/event-stream' && response.ok) {
    await response.body?.cancel()
    return { status: response.status, text: '' }
  }
  return { status: response.status, text: await response.text() }
}

type Ask = (world: World) => Promise<Asked> | Asked

const on =
  (what: (make: World['make']) => Promise<string>, path: (id: string) => string, body?: unknown): Ask =>
  async ({ make }) => ({ path: path(await what(make)), body })

const edit = (folder: string, what: (make: World['make']) => Promise<string>, version = 1): Ask =>
  on(what, (id) => `/${folder}/${id}`, { version, name: `edited ${folder}` })

const one = (folder: string, what: (make: World['make']) => Promise<string>): Ask =>
  on(what, (id) => `/${folder}/${id}`)

/** By the route's id. A route without an entry here is not known to this test, which then says so. */
export const requestOf: Readonly<Record<string, Ask>> = {
  'credentials.list': () => ({ path: '/credentials' }),
  'credentials.create': () => ({
    path: '/credentials',
    body: { name: 'made by request', appId: '1', appSecret: 'some-secret', refreshToken: 'some-token' },
  }),
  'credentials.get': one('credentials', (make) => make.credential()),
  'credentials.update': edit('credentials', (make) => make.credential()),
  'credentials.delete': one('credentials', (make) => make.credential()),
  'credentials.ad-accounts': on(
    (make) => make.credential(),
    (id) => `/credentials/${id}/ad-accounts`,
  ),
  'destinations.list': () => ({ path: '/destinations' }),
  'destinations.create': async ({ make }) => ({
    path: '/destinations',
    body: {
      name: 'made by request',
      credentialId: await make.credential(),
      adAccountId: AD_ACCOUNTS.owned,
    },
  }),
  'destinations.check': async ({ make }) => ({
    path: '/destinations/check',
    body: { credentialId: await make.credential(), adAccountId: AD_ACCOUNTS.owned },
  }),
  'destinations.check-saved': on(
    (make) => make.destination(),
    (id) => `/destinations/${id}/check`,
  ),
  'destinations.get': one('destinations', (make) => make.destination()),
  'destinations.update': edit('destinations', (make) => make.destination()),
  'destinations.copy': on(
    (make) => make.destination(),
    (id) => `/destinations/${id}/copy`,
    { name: 'copied destination' },
  ),
  'destinations.delete': one('destinations', (make) => make.destination()),
  'data-sources.list': () => ({ path: '/data-sources' }),
  'data-sources.types': () => ({ path: '/data-source-types' }),
  'destinations.kinds': () => ({ path: '/destination-kinds' }),
  'data-sources.create': ({ service }) => ({
    path: '/data-sources',
    body: { kind: 'files', name: 'made by request', folder: service.inputDir, files: ['world.csv'] },
  }),
  'data-sources.get': one('data-sources', (make) => make.dataSource()),
  'data-sources.update': edit('data-sources', (make) => make.dataSource()),
  'data-sources.delete': one('data-sources', (make) => make.dataSource()),
  'data-sources.tables': on(
    (make) => make.dataSource(),
    (id) => `/data-sources/${id}/tables`,
  ),
  'queries.list': () => ({ path: '/queries' }),
  'queries.create': async ({ make }) => ({
    path: '/queries',
    body: { name: 'made by request', dataSourceId: await make.dataSource(), draft: { sql: 'SELECT 1' } },
  }),
  'queries.get': one('queries', (make) => make.query('draft')),
  'queries.update': edit('queries', (make) => make.query('draft')),
  'queries.activate': on(
    (make) => make.query('draft'),
    (id) => `/queries/${id}/activate`,
    { version: 1 },
  ),
  'queries.discard-draft': on(
    (make) => make.query('edited'),
    (id) => `/queries/${id}/discard-draft`,
    { version: 3 },
  ),
  'queries.preview': on(
    (make) => make.query('active'),
    (id) => `/queries/${id}/preview`,
    {},
  ),
  'queries.count': on(
    (make) => make.query('active'),
    (id) => `/queries/${id}/count`,
    {},
  ),
  'queries.delete': one('queries', (make) => make.query('draft')),
  'orchestrations.list': () => ({ path: '/orchestrations' }),
  'orchestrations.create': async ({ make }) => ({
    path: '/orchestrations',
    body: {
      name: 'made by request',
      queryId: await make.query('active'),
      destinationId: await make.destination(),
      listName: 'made by request',
    },
  }),
  'orchestrations.describe-schedule': () => ({
    path: '/orchestrations/describe-schedule?cron=30%202%20*%20*%20*&timeZone=UTC',
  }),
  'orchestrations.get': one('orchestrations', (make) => make.orchestration()),
  'orchestrations.update': edit('orchestrations', (make) => make.orchestration()),
  'orchestrations.run': on(
    (make) => make.orchestration(),
    (id) => `/orchestrations/${id}/run`,
  ),
  'orchestrations.plan': on(
    (make) => make.orchestration(),
    (id) => `/orchestrations/${id}/plan`,
  ),
  'orchestrations.sample': on(
    (make) => make.orchestration(),
    (id) => `/orchestrations/${id}/sample`,
    { members: 10 },
  ),
  'orchestrations.copy': on(
    (make) => make.orchestration(),
    (id) => `/orchestrations/${id}/copy`,
    { name: 'copied orchestration', listName: 'copied list' },
  ),
  'orchestrations.delete': one('orchestrations', (make) => make.orchestration()),
  'lists.list': () => ({ path: '/lists' }),
  'lists.summary': () => ({ path: '/lists/summary' }),
  'lists.get': async (world) => ({ path: `/lists/${await endedList(world)}` }),
  'lists.verify': async (world) => ({ path: `/lists/${await endedList(world)}/at-pinterest` }),
  'lists.rebuild': async ({ make, admin }) => {
    const { listId } = await admin.ok<{ listId: string }>(
      'GET',
      `/orchestrations/${await make.orchestration()}`,
    )
    return { path: `/lists/${listId}/rebuild` }
  },
  'workflows.list': () => ({ path: '/workflows' }),
  'workflows.get': ({ endedWorkflow }) => ({ path: `/workflows/${endedWorkflow}` }),
  'workflows.actions': ({ endedWorkflow }) => ({ path: `/workflows/${endedWorkflow}/actions` }),
  'workflows.resolve': on(
    (make) => make.workflow(),
    (id) => `/workflows/${id}/actions`,
    { action: 'stop' },
  ),
  'workflows.stop': on(
    (make) => make.workflow(),
    (id) => `/workflows/${id}/stop`,
  ),
  'workflows.receipts': ({ endedWorkflow }) => ({ path: `/workflows/${endedWorkflow}/receipts` }),
  'workflows.rejects': ({ endedWorkflow }) => ({ path: `/workflows/${endedWorkflow}/rejects` }),
  'notifications.list': () => ({ path: '/notifications' }),
  'notifications.read': async (world) => ({ path: `/notifications/${await notification(world)}/read` }),
  'notifications.unread': async (world) => ({ path: `/notifications/${await notification(world)}/unread` }),
  'notifications.read-all': () => ({ path: '/notifications/read-all', body: { upTo: 1_000_000 } }),
  'notifications.stream': () => ({ path: '/notifications/stream' }),
  'alerts.list': () => ({ path: '/alerts' }),
  'alerts.events': () => ({ path: '/alert-events' }),
  'alerts.create': () => ({
    path: '/alerts',
    body: {
      name: 'made by request',
      events: ['workflow_failed'],
      target: { url: 'http://localhost:1/hook' },
    },
  }),
  'alerts.get': one('alerts', (make) => make.alert()),
  'alerts.update': edit('alerts', (make) => make.alert()),
  'alerts.test': on(
    (make) => make.alert(),
    (id) => `/alerts/${id}/test`,
  ),
  'alerts.delete': one('alerts', (make) => make.alert()),
  'activity.list': () => ({ path: '/activity' }),
  'activity.export': () => ({ path: '/activity/export' }),
  'configuration.export': () => ({ path: '/configuration' }),
  'configuration.plan': ({ service }) => ({
    path: '/configuration/plan',
    body: { document: configurationOf(service) },
  }),
  'configuration.apply': async ({ service, admin }) => {
    const document = configurationOf(service)
    const { digest } = await admin.ok<{ digest: string }>('POST', '/configuration/plan', { document })
    return { path: '/configuration/apply', body: { document, digest } }
  },
  'me.sign-in': () => ({
    path: '/sign-in',
    body: { email: 'nobody@example.com', password: 'a wrong password' },
  }),
  'me.sign-in-with-ticket': () => ({ path: '/sign-in/ticket', body: { ticket: 'made-up' } }),
  'me.where': () => ({ path: '/where' }),
  'me.sign-out': () => ({ path: '/sign-out' }),
  'me.get': () => ({ path: '/me' }),
  'me.change-password': () => ({
    path: '/me/password',
    body: { currentPassword: 'a wrong password', newPassword: 'another password, a long one' },
  }),
  'me.sessions': () => ({ path: '/me/sessions' }),
  'me.end-session': () => ({ path: '/me/sessions/se_none' }),
  'policies.list': () => ({ path: '/policies' }),
  'users.list': () => ({ path: '/users' }),
  'users.create': () => ({
    path: '/users',
    body: { name: 'made by request', email: 'made.by.request@example.com', policies: ['marketer'] },
  }),
  'users.get': one('users', (make) => make.user()),
  'users.update': edit('users', (make) => make.user()),
  'users.set-password': on(
    (make) => make.user(),
    (id) => `/users/${id}/password`,
    { password: 'a password for somebody else' },
  ),
  'users.unblock': on(
    (make) => make.user(),
    (id) => `/users/${id}/unblock`,
  ),
  'users.disable': on(
    (make) => make.user(),
    (id) => `/users/${id}/disable`,
  ),
  'users.enable': async ({ admin, make }) => {
    const id = await make.user()
    await admin.ok('POST', `/users/${id}/disable`)
    return { path: `/users/${id}/enable` }
  },
  'users.delete': one('users', (make) => make.user()),
  'api-keys.list': () => ({ path: '/api-keys' }),
  'api-keys.create': () => ({
    path: '/api-keys',
    body: { name: 'made by request', policies: ['marketer'] },
  }),
  'api-keys.get': one('api-keys', (make) => make.apiKey()),
  'api-keys.update': edit('api-keys', (make) => make.apiKey()),
  'api-keys.rotate': on(
    (make) => make.apiKey(),
    (id) => `/api-keys/${id}/rotate`,
  ),
  'api-keys.revoke-former': async ({ admin, make }) => {
    const id = await make.apiKey()
    await admin.ok('POST', `/api-keys/${id}/rotate`)
    return { path: `/api-keys/${id}/revoke-former` }
  },
  'api-keys.revoke': on(
    (make) => make.apiKey(),
    (id) => `/api-keys/${id}/revoke`,
  ),
}

function configurationOf({ inputDir }: Service) {
  const source = { name: 'made by configuration', kind: 'files', folder: inputDir, files: ['world.csv'] }
  return { version: 1, dataSources: [source] }
}

async function endedList({ admin, endedWorkflow }: World): Promise<string> {
  return (await admin.ok<{ listId: string }>('GET', `/workflows/${endedWorkflow}`)).listId
}

async function notification({ admin, endedWorkflow }: World): Promise<string> {
  const { items } = await admin.ok<{ items: { id: string; workflow: string }[] }>('GET', '/notifications')
  return items.find(({ workflow }) => workflow === endedWorkflow)?.id ?? 'none'
}

/** The same route with nothing behind it: let through, it changes nothing. */
export function harmless(route: RouteSpec, { path, body }: Asked): Asked {
  if (route.path.includes('{')) {
    const steps = path.split('/')
    const place = route.path.split('/').findIndex((step) => step.startsWith('{'))
    return { path: steps.with(place, 'none').join('/'), body }
  }
  return { path, body: route.method === 'GET' || body === undefined ? undefined : {} }
}
