import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, openService, people, setUp } from './support.ts'
import type { Client, Ids, Service } from './support.ts'

/** What an answer says is what happens, also where the database takes one thing and not the next. */

let service: Service
let operator: Client
let ids: Ids

beforeAll(async () => {
  service = await openService()
  operator = await service.as(['datagrid_operator'])
  ids = await setUp(service, operator, { name: 'handed over', emails: people(120) })
})

afterAll(async () => {
  await service.close()
})

test('a run that is on record and that the queue cannot take is answered as started, and runs', async () => {
  const { db } = service.platform.store
  await sql`alter schema pgboss rename to elsewhere`.execute(db)
  const asked = await operator.request<{ workflow: string }>(
    'POST',
    `/orchestrations/${ids.orchestration}/run`,
  )
  await sql`alter schema elsewhere rename to pgboss`.execute(db)
  expect(asked.status).toBe(202)
  const worker = await service.startWorker()
  expect(await ended(service, operator, asked.body.workflow)).toMatchObject({ state: 'succeeded' })
  await worker.close()
})

test('a request that took effect is answered so although its answer cannot be kept, and is not done twice', async () => {
  const { db } = service.platform.store
  await sql`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception using errcode = '53100', message = 'no space left'; end $$`.execute(db)
  await sql`create trigger refuse before update on idempotency for each row execute function refuse()`.execute(
    db,
  )
  const draft = { sql: 'SELECT email FROM input' }
  const body = { name: 'made once', dataSourceId: ids.dataSource, draft }
  const headers = { 'idempotency-key': 'the-key-of-this-test' }
  const first = await operator.request('POST', '/queries', body, headers)
  expect(first.status).toBe(201)
  await sql`drop trigger refuse on idempotency`.execute(db)
  const again = await operator.request<{ error: { code: string } }>('POST', '/queries', body, headers)
  expect([again.status, again.body.error.code]).toEqual([400, 'request_invalid'])
  const { items } = await operator.ok<{ items: object[] }>('GET', '/queries?search=made%20once')
  expect(items).toHaveLength(1)
})

test('a configuration may be larger than other requests, and says which limit it is held to', async () => {
  const administrator = await service.as(['datagrid_administrator'])
  const queries = Array.from({ length: 3_000 }, (_, index) => ({
    name: `exported ${index}`,
    dataSource: 'handed over',
    draft: { sql: `SELECT email FROM input /* ${'x'.repeat(400)} */ LIMIT ${index}` },
  }))
  const document = { version: 1, queries }
  const bytes = JSON.stringify({ document }).length
  expect(bytes).toBeGreaterThan(service.platform.limits.requestBytesMax)
  const planned = await administrator.request<{ error?: { code: string } }>('POST', '/configuration/plan', {
    document,
  })
  expect([planned.status, planned.body.error?.code]).not.toContain('request_too_large')
  expect(planned.status).toBe(200)
  const other = await administrator.request<{ error: { message: string } }>('POST', '/queries', { document })
  expect([other.status, other.body.error.message]).toEqual([
    413,
    'Request too large: it holds more than 1,048,576 bytes (limit requestBytesMax).',
  ])
})
