import { sql } from 'kysely'
import { Client } from 'pg'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { proxySettings } from '../../src/server/client-address.ts'
import type { FeedEvent } from '../../src/server/feed.ts'
import { createLog } from '../../src/server/log.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { startServer } from '../../src/server/serve.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { clientOf as connectionOf } from '../../src/base/postgres-client.ts'
import { keyWith } from './every-route.ts'
import { openService } from './support.ts'

/** A stream that a marketer's key listens to, and to which the test alone tells events. No sign of life comes to the help of what was missed. */
async function listen(streamPingMs = 10 * 60_000) {
  const service = await openService({ limits: { streamPingMs } })
  onTestFinished(service.close)
  const { platform, queue } = service
  const { db, connection } = platform.store
  const watchers = new Set<(event: FeedEvent) => void>()
  const closing = new AbortController()
  const server = await startServer(
    {
      platform,
      queue,
      log: createLog('silent'),
      metrics: createMetrics(db),
      feed: {
        watch: (onEvent) => {
          watchers.add(onEvent)
          return () => watchers.delete(onEvent)
        },
      },
      delivery: {
        smtp: null,
        publicUrl: null,
        webhooks: { hosts: webhookHosts(''), env: {} },
        timeoutMs: 1_000,
      },
      publicUrl: 'http://127.0.0.1',
      host: '127.0.0.1',
      proxies: proxySettings({}),
      principal: null,
      demo: null,
      closing: closing.signal,
    },
    { host: '127.0.0.1', port: 0 },
  )
  onTestFinished(async () => {
    closing.abort()
    await server.close()
  })
  const headers = await keyWith(service, ['marketer'])
  const { body } = await request(`http://127.0.0.1:${server.port}/api/v1/notifications/stream`, { headers })
  await expect.poll(() => watchers.size).toBe(1)
  const { id } = await db
    .selectFrom('api_key')
    .select('id')
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow()
  const tell = (event: FeedEvent = { type: 'api_key', id }): void => {
    for (const watcher of watchers) watcher(event)
  }
  return { db, connection, id, body, tell }
}

test('rights that change while a stream asks for them are asked for again at once', async () => {
  const { db, connection, id, body, tell } = await listen()
  // The stream asks between the two who hold the table: it reads what was true before the second one changed it.
  const [first, second] = [await holder(), await holder()]
  await first.query('lock table api_key in access exclusive mode')
  tell()
  await untilWaiting(1)
  const changed = second
    .query('lock table api_key in access exclusive mode')
    .then(() => second.query('update api_key set revoked_at = now() where id = $1', [id]))
  await untilWaiting(2)
  tell()
  await first.query('commit')
  await changed
  await second.query('commit')
  expect(await body.text()).toContain('event: gap')

  async function holder(): Promise<Client> {
    const client = connectionOf(connection, {})
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('begin')
    return client
  }

  async function waiting(): Promise<number> {
    const { rows } = await sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    return rows.length
  }

  async function untilWaiting(number: number): Promise<void> {
    await expect.poll(waiting).toBe(number)
  }
})

test('a stream ends once its permission is taken away, though its key is still good', async () => {
  const { db, id, body, tell } = await listen()
  await db.updateTable('api_key').set({ policies: [] }).where('id', '=', id).execute()
  tell()
  expect(await body.text()).toContain('event: gap')
})

test('a stream asks for its rights again after a gap, in which their change may have been missed', async () => {
  const { db, id, body, tell } = await listen()
  await db
    .updateTable('api_key')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
  tell({ type: 'gap' })
  expect(await body.text()).toBe('event: gap\ndata: {"aliveMs":600000}\n\n')
})

test('a stream gives signs of life while only hidden things change', async () => {
  const { body, tell } = await listen(600)
  // More often than a sign of life is due; marketers see no data sources.
  const hidden = setInterval(() => tell({ type: 'data_source', id: 'sr_hidden' }), 10)
  onTestFinished(() => clearInterval(hidden))
  let heard = ''
  body.on('data', (piece: Buffer) => (heard += piece.toString()))
  await expect.poll(() => heard.split('event: alive').length).toBeGreaterThan(1)
  expect(heard).not.toContain('data_source')
  body.on('error', () => undefined).destroy()
})
