import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SENTINEL_TOKENS } from '../../simulator/main.ts'
import type { AlertJob } from '../../src/worker/queue.ts'
import { renewTokens } from '../../src/worker/renew-tokens.ts'
import { takeCare } from '../../src/worker/upkeep.ts'
import { authorize, openService } from '../server/support.ts'
import type { Client, Service } from '../server/support.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'

const DAY_MS = 24 * 60 * 60_000

let service: Service
let client: Client
let sent: AlertJob[]

beforeAll(async () => {
  service = await openService({ simulator: { refreshTokenMs: 60 * DAY_MS } })
  client = await service.as(['datagrid_administrator'])
  await client.ok('POST', '/alerts', {
    name: 'expiring',
    events: ['token_expiring'],
    target: { to: ['ops@example.com'] },
  })
})

beforeEach(() => {
  sent = []
})

afterAll(async () => {
  await service.close()
})

interface View {
  readonly id: string
  readonly refreshExpiresAt: string | null
  readonly problem: { readonly code: string } | null
}

async function make(name: string, refreshToken: string, leftMs: number): Promise<string> {
  const { id: appId, secret: appSecret } = service.simulator.app
  const { id } = await client.ok<View>('POST', '/credentials', { name, appId, appSecret, refreshToken })
  await allWorkspaces(service.platform.store.db)
    .updateTable('credential')
    .set({ refresh_expires_at: new Date(Date.now() + leftMs) })
    .where('id', '=', id)
    .execute()
  return id
}

function worker(): Parameters<typeof renewTokens>[0] {
  return {
    platform: service.platform,
    queue: {
      runWorkflow: async () => {},
      sendAlert: async (_, job) => {
        sent.push(job)
      },
    },
    signal: new AbortController().signal,
  }
}

async function renew(): Promise<void> {
  await renewTokens(worker())
}

function view(id: string): Promise<View> {
  return client.ok<View>('GET', `/credentials/${id}`)
}

async function warnings(name: string): Promise<string[]> {
  const path = `/notifications?kind=warning&search=${encodeURIComponent(name)}`
  const { items } = await client.ok<{ items: { text: string }[] }>('GET', path)
  return items.map(({ text }) => text)
}

test('a refresh token is exchanged weeks before it expires, though no run needs it', async () => {
  const { refreshToken } = await authorize(service.simulator)
  const soon = await make('soon', refreshToken, 13 * DAY_MS)
  const later = await make('later', (await authorize(service.simulator)).refreshToken, 15 * DAY_MS)
  const before = await view(later)
  await renew()
  const leftMs = Date.parse((await view(soon)).refreshExpiresAt ?? '') - Date.now()
  expect(leftMs).toBeGreaterThan(59 * DAY_MS)
  expect(await view(later)).toEqual(before)
  expect(await warnings('soon')).toEqual([])
})

test('one that is refused is warned of and alerted at once, and once a day', async () => {
  const id = await make('refused', SENTINEL_TOKENS.revoked, 13 * DAY_MS)
  await renew()
  await renew()
  expect(await view(id)).toMatchObject({ problem: { code: 'authorization_error' } })
  expect(await warnings('refused')).toHaveLength(1)
  expect(sent.map(({ event }) => event.kind)).toEqual(['token_expiring'])
  expect(JSON.stringify(sent)).not.toContain('pinr.')
})

test('a failure that may pass is told only when time runs short', async () => {
  await make('patient', SENTINEL_TOKENS.unavailable, 13 * DAY_MS)
  await make('urgent', SENTINEL_TOKENS.unavailable, 2 * DAY_MS)
  await renew()
  expect(await warnings('patient')).toEqual([])
  expect(await warnings('urgent')).toHaveLength(1)
})

test('a defect of one credential keeps no other from being renewed, and raises an alert when time runs short', async () => {
  const { platform } = service
  const defective = await make('defective', SENTINEL_TOKENS.revoked, DAY_MS)
  const sealed = platform.sealer.seal('{', { table: 'credential', id: defective })
  await allWorkspaces(platform.store.db)
    .updateTable('credential')
    .set({ sealed })
    .where('id', '=', defective)
    .execute()
  const sound = await make('sound', (await authorize(service.simulator)).refreshToken, 2 * DAY_MS)
  await expect(renew()).rejects.toThrow(SyntaxError)
  const leftMs = Date.parse((await view(sound)).refreshExpiresAt ?? '') - Date.now()
  expect(leftMs).toBeGreaterThan(59 * DAY_MS)
  expect(await warnings('defective')).toHaveLength(1)
  await client.ok('DELETE', `/credentials/${defective}`)
})

test('a chore of upkeep that fails is reported by its name, and keeps no other from being done', async () => {
  const { db } = service.platform.store
  const old = { principal_id: 'x', key: 'old', request_digest: 'x', created_at: new Date(0) }
  await db
    .insertInto('idempotency')
    .values({ ...old, status: null, body: null })
    .execute()
  await sql`alter table session rename to session_gone`.execute(db)
  const failed: string[] = []
  try {
    await takeCare(worker(), (error, where) => failed.push(`${where}: ${error.code}`))
  } finally {
    await sql`alter table session_gone rename to session`.execute(db)
  }
  expect(failed).toEqual(['upkeep: sessions: internal_error'])
  expect(await db.selectFrom('idempotency').select('key').where('key', '=', 'old').execute()).toEqual([])
})
