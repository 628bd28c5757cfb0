import { Client as Postgres } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSourceDatabase } from '../support/database.ts'
import type { SourceDatabase } from '../support/database.ts'
import { openService, runOf, setUp } from './support.ts'
import type { Client, Service } from './support.ts'

/**
 * Nothing that a query does in a database is ever made lasting. A notification passes a read-only transaction, and is delivered only
 * when that is committed.
 */

const CHANNEL = 'made_lasting'

let service: Service
let operator: Client
let database: SourceDatabase
let listener: Postgres
const heard: string[] = []

beforeAll(async () => {
  service = await openService()
  await service.startWorker()
  operator = await service.as(['datagrid_operator'])
  database = await createSourceDatabase()
  listener = new Postgres({ connectionString: database.admin })
  await listener.connect()
  listener.on('notification', ({ payload = '' }) => heard.push(payload))
  await listener.query(`listen ${CHANNEL}`)
  await listener.query(
    `create table customers as select 'person' || n || '@example.com' as email from generate_series(1, 120) n`,
  )
})

afterAll(async () => {
  await listener.end()
  await service.close()
  await database.drop()
})

/** All that was notified until now: they come in the order in which they were committed. */
async function notified(): Promise<string[]> {
  const mark = crypto.randomUUID()
  await listener.query('select pg_notify($1, $2)', [CHANNEL, mark])
  await expect.poll(() => heard.includes(mark)).toBe(true)
  return heard.splice(0).filter((payload) => payload !== mark)
}

/** Notifies once for each row that is read. */
const telling = (payload: string) =>
  `SELECT email FROM customers WHERE pg_notify('${CHANNEL}', '${payload}')::text = ''`

test('a preview, a count, an activation and a run leave nothing behind in the database that they read', async () => {
  const ids = await setUp(service, operator, { emails: [] })
  const source = { kind: 'postgres', name: 'shop', url: database.url }
  const { id: dataSourceId } = await operator.ok<{ id: string }>('POST', '/data-sources', source)
  const query = { name: 'telling', dataSourceId, draft: { sql: telling('read') } }
  const { id: queryId } = await operator.ok<{ id: string }>('POST', '/queries', query)
  expect(await operator.ok('POST', `/queries/${queryId}/preview`, {})).toMatchObject({ rowCount: null })
  expect(await operator.ok('POST', `/queries/${queryId}/count`, {})).toMatchObject({ rows: 120 })
  await operator.ok('POST', `/queries/${queryId}/activate`, { version: 1 })
  const { destination: destinationId } = ids
  const orchestration = { name: 'telling', listName: 'telling', queryId, destinationId }
  const made = await operator.ok<{ id: string }>('POST', '/orchestrations', orchestration)
  expect(await runOf(service, operator, { orchestration: made.id })).toMatchObject({ state: 'succeeded' })
  expect(await notified()).toEqual([])

  // Committed, it is heard.
  await listener.query(telling('heard'))
  expect(await notified()).toContain('heard')
})
