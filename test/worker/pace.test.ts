import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openService, people, setUp, started } from '../server/support.ts'
import type { Client, Service } from '../server/support.ts'

/** The rates that a destination allows are those that a run keeps to, and those that its forecast is made of. */

let service: Service
let client: Client

beforeAll(async () => {
  service = await openService({ limits: { batchSize: 10 } })
  client = await service.as(['datagrid_operator'])
  await service.startWorker()
})

afterAll(async () => {
  await service.close()
})

test('a run sends no faster than its destination allows, and as long as was forecast', async () => {
  const ids = await setUp(service, client, { name: 'paced', emails: people(300) })
  const { version } = await client.ok<{ version: number }>('GET', `/destinations/${ids.destination}`)
  await client.ok('PATCH', `/destinations/${ids.destination}`, { version, limits: { writesPerMinute: 600 } })
  const plan = `/orchestrations/${ids.orchestration}/plan`
  const reviewed = await started(service, client, plan)
  const { difference } = await client.ok<{
    difference: { forecast: { requests: number; seconds: number } }
  }>('GET', `/workflows/${reviewed.id}`)
  const { requests, seconds } = difference.forecast
  await started(service, client, `/workflows/${reviewed.id}/actions`, { action: 'send' })
  const { rows } = await service.platform.store.db.executeQuery<{ ms: number; writes: number }>(
    sql<{
      ms: number
      writes: number
    }>`select extract(epoch from max(at) - min(sent_at)) * 1000 as ms, count(*)::int as writes
      from change_set join attempt on attempt.change_set_id = change_set.id
      join attempt_outcome o on o.change_set_id = change_set.id and o.batch = attempt.batch and o.attempt = attempt.number
      where change_set.workflow_id = ${reviewed.id}`.compile(service.platform.store.db),
  )
  const [sent] = rows
  expect(sent?.writes).toBe(30)
  expect(requests).toBe(31)
  // Thirty slots of 600 a minute lie at least so far apart, and the forecast is of the same slots.
  expect(Number(sent?.ms)).toBeGreaterThan(29 * 100)
  expect(seconds).toBe(4)
})
