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

/**
 * So many sources, queries and orchestrations of them. Their texts are long, since it is bytes that the limit counts: thousands of
 * objects with short ones are refused or taken by the same number, and take half a minute.
 */
function largeDocument(count: number) {
  const numbers = Array.from({ length: count }, (_, index) => index)
  const files = { kind: 'files', folder: service.inputDir, files: ['handed over.csv'] }
  return {
    version: 1,
    dataSources: numbers.map((n) => ({ ...files, name: `source ${n}` })),
    queries: numbers.map((n) => ({
      name: `query ${n}`,
      dataSource: `source ${n}`,
      draft: { sql: `SELECT email FROM input /* ${'x'.repeat(12_000)} */ LIMIT ${n}` },
    })),
    orchestrations: numbers.map((n) => ({
      name: `orchestration ${n}`,
      query: 'handed over',
      destination: 'handed over',
      listName: `list ${n}`,
    })),
  }
}

test('a configuration may be larger than other requests: it is applied, exported, and applied again', async () => {
  const administrator = await service.as(['datagrid_administrator'])
  const { requestBytesMax } = service.platform.limits
  const apply = async (document: object): Promise<string[]> => {
    expect(JSON.stringify({ document }).length).toBeGreaterThan(requestBytesMax)
    const { digest } = await administrator.ok<{ digest: string }>('POST', '/configuration/plan', { document })
    const body = { document, digest }
    const { applied } = await administrator.ok<{ applied: { action: string; name: string }[] }>(
      'POST',
      '/configuration/apply',
      body,
    )
    return applied.map(({ action, name }) => `${action} ${name}`)
  }
  expect(await apply(largeDocument(100))).toHaveLength(300)
  const exported = await administrator.ok<ReturnType<typeof largeDocument>>('GET', '/configuration')
  expect(await apply(exported)).toEqual([])
  const orchestrations = exported.orchestrations.map((item) =>
    item.name === 'orchestration 7' ? { ...item, listName: 'another list' } : item,
  )
  expect(await apply({ ...exported, orchestrations })).toEqual(['change orchestration 7'])
})

test('any other request that is as large is refused, with the limit that it is held to', async () => {
  const asked = await operator.request<{ error: { message: string } }>('POST', '/queries', largeDocument(100))
  expect([asked.status, asked.body.error.message]).toEqual([
    413,
    'Request too large: it holds more than 1,048,576 bytes (limit requestBytesMax).',
  ])
})
