import { sql } from 'kysely'
import { Client as PgClient } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService } from './support.ts'
import type { Answer, Client, Service } from './support.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'

/** The database goes in the middle of requests, and comes back. */

let service: Service
let world: World
let admin: Client

beforeAll(async () => {
  service = await openService()
  world = await openWorld(service)
  admin = world.admin
})

afterAll(async () => {
  await service.close()
})

interface Failure {
  readonly error: { readonly code: string; readonly message: string }
}

let made = 0
const fresh = (): string => `made ${(made += 1)}`

/** Every second one can be repeated. */
function create(name: string, index: number): Promise<Answer<Failure>> {
  const body = { kind: 'files', name, folder: '/x', files: ['x.csv'] }
  const headers: Record<string, string> = index % 2 === 0 ? {} : { 'idempotency-key': `key-${made}-${index}` }
  return admin.request<Failure>('POST', '/data-sources', body, headers)
}

/** How many there are of those of these names that are there. */
async function savedOf(names: readonly string[]): Promise<Map<string, number>> {
  const db = allWorkspaces(service.platform.store.db)
  const rows = await db.selectFrom('data_source').select('name').where('name', 'in', names).execute()
  return new Map(
    names.flatMap((name) => {
      const count = rows.filter((row) => row.name === name).length
      return count === 0 ? [] : [[name, count]]
    }),
  )
}

async function loggedOf(names: readonly string[]): Promise<Set<string | null>> {
  const { db } = service.platform.store
  const rows = await db
    .selectFrom('activity')
    .select('object_name')
    .where('action', '=', 'data_source.created')
    .where('object_name', 'in', names)
    .execute()
  return new Set(rows.map((row) => row.object_name))
}

function defects(): string[] {
  const lines = service.log().split('\n')
  return lines.filter((line) => line.includes('a defect stopped'))
}

/** Ends connections of the service, as when the server goes down; resolves when they have ended. */
async function cut(which: 'all' | 'those that wait for a lock'): Promise<void> {
  const client = new PgClient(service.platform.store.connection)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
        and ($1 or wait_event_type = 'Lock')`,
    [which === 'all'],
  )
  const pids = rows.map(({ pid }) => pid)
  await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [pids])
  for (;;) {
    const left = await client.query('select 1 from pg_stat_activity where pid = any($1)', [pids])
    if (left.rows.length === 0) break
  }
  await client.end()
}

/** Every connection that broke was noticed, in a moment. */
async function isBack(): Promise<void> {
  const all = Array.from({ length: 8 }, () => 200)
  const statuses = () => Promise.all(all.map(async () => (await admin.request('GET', '/me')).status))
  await expect.poll(statuses).toEqual(all)
}

describe('the database is gone in the middle', () => {
  test('a request succeeds or says so, nothing is half saved, and the next one works', async () => {
    for (let round = 0; round < 10; round += 1) {
      const names = Array.from({ length: 12 }, fresh)
      const [answers] = await Promise.all([Promise.all(names.map(create)), cut('all')])
      await isBack()
      const saved = await savedOf(names)
      const told = answers.map(({ status, body }) => (status === 503 ? body.error.code : status))
      for (const [index, name] of names.entries()) {
        expect(told[index] === 'database_unavailable' || told[index] === 201, JSON.stringify(answers)).toBe(
          true,
        )
        // Of one that broke off nobody knows, but what was answered is there, with its entry in the log.
        expect(saved.get(name) ?? 0, name).toBeGreaterThanOrEqual(told[index] === 201 ? 1 : 0)
        expect(saved.get(name) ?? 0, name).toBeLessThanOrEqual(1)
      }
      expect(await loggedOf(names)).toEqual(new Set(saved.keys()))
    }
    expect(defects()).toEqual([])
  })

  test('requests that are in the middle of it are told so, and saved nothing', async () => {
    const { connection, db } = service.platform.store
    const names = Array.from({ length: 5 }, fresh)
    const other = new PgClient(connection)
    await other.connect()
    other.on('error', () => undefined)
    try {
      await other.query('begin')
      await other.query('lock table data_source in access exclusive mode')
      const requests = names.map(create)
      await expect
        .poll(async () => {
          const { rows } = await sql`select 1 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
          return rows.length
        })
        .toBe(names.length)
      await cut('those that wait for a lock')
      for (const { status, body } of await Promise.all(requests))
        expect([status, body.error.code]).toEqual([503, 'database_unavailable'])
    } finally {
      await other.end().catch(() => undefined)
    }
    await isBack()
    expect((await savedOf(names)).size).toBe(0)
  })

  test('whoever watches is told to read again', async () => {
    const response = await service.fetch(
      new Request('http://rollcall.test/api/v1/notifications/stream', { headers: world.asAdmin }),
    )
    const reader = textsOf(response).getReader()
    try {
      expect((await reader.read()).value).toContain('event: gap')
      await cut('all')
      expect((await reader.read()).value).toContain('event: gap')
      await isBack()
      const alert = await world.make.alert()
      expect((await reader.read()).value).toContain(alert)
    } finally {
      await reader.cancel()
    }
  })

  test('a download is whole, or breaks off', async () => {
    await sql`insert into activity (principal_kind, principal_name, action, object_type, user_agent)
      select 'local', 'many', 'many.made', 'many', repeat('x', 500) from generate_series(1, 30000)`.execute(
      service.platform.store.db,
    )
    const response = await service.fetch(
      new Request('http://rollcall.test/api/v1/activity/export?action=many.', { headers: world.asAdmin }),
    )
    const lines = linesOf(response)
    expect(await lines.next()).toMatchObject({ done: false })
    await cut('all')
    // It may go on over another connection, but then with every line.
    expect([30_000, 'broken off']).toContain(await countLines(lines))
    await isBack()
  })
})

function textsOf(response: Response): ReadableStream<string> {
  return (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream())
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  for await (const text of textsOf(response)) yield* text.split('\r\n').slice(0, -1)
}

/** What is left of them. */
async function countLines(lines: AsyncIterable<string>): Promise<number | 'broken off'> {
  let count = 0
  try {
    for await (const _ of lines) count += 1
    return count
  } catch {
    return 'broken off'
  }
}
