import { afterAll, beforeAll, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { openWorkingService, people, setUp } from './support.ts'
import type { Client, Service } from './support.ts'

queriesRunHere()

/** A copy does nothing by itself: people look at it first. */

let service: Service
let operator: Client

beforeAll(async () => {
  ;({ service, operator } = await openWorkingService())
})

afterAll(() => service.close())

test('a copy of a scheduled orchestration runs by hand, and keeps the rest', async () => {
  const { orchestration } = await setUp(service, operator, { name: 'Copied', emails: people(10) })
  const schedule = { automatic: true, cron: '0 6 1 1 *', timeZone: 'America/New_York' }
  await operator.ok('PATCH', `/orchestrations/${orchestration}`, { version: 1, ...schedule })
  const original = await operator.ok('GET', `/orchestrations/${orchestration}`)
  expect(original).toMatchObject({ automatic: true, nextRunAt: expect.any(String) as unknown })
  const wanted = { name: 'The copy', listName: 'Another list' }
  const copy = await operator.ok('POST', `/orchestrations/${orchestration}/copy`, wanted)
  expect(copy).toMatchObject({ name: 'The copy', automatic: false, nextRunAt: null })
  const { query, destination } = original as { query: object; destination: object }
  expect(copy).toMatchObject({ query, destination })
})
