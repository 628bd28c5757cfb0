import { AD_ACCOUNTS } from '../../simulator/main.ts'
import type { Service } from './support.ts'
import type { Asked, World } from './every-route.ts'

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
