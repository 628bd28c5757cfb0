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

/** The same route with nothing behind it: let through, it changes nothing. */
export function harmless(route: RouteSpec, { path, body }: Asked): Asked {
  if (route.path.includes('{')) {
    const steps = path.split('/')
    const place = route.path.split('/').findIndex((step) => step.startsWith('{'))
    return { path: steps.with(place, 'none').join('/'), body }
  }
  return { path, body: route.method === 'GET' || body === undefined ? undefined : {} }
}
