import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { people, runOf, setUp } from './support.ts'
import type { Client, Ids, Service, WorkflowView } from './support.ts'
import { openWorkingService } from './support.ts'

/** What people of the business can do, as the page that Rollcall implements has it. */

let service: Service
let operator: Client

beforeAll(async () => {
  ;({ service, operator } = await openWorkingService())
})

afterAll(() => service.close())

const run = (ids: Ids, client = operator): Promise<WorkflowView> => runOf(service, client, ids)

describe('business users', () => {
  test('an analyst queries and runs, but sees neither credentials nor what is for administrators only', async () => {
    const analyst = await service.as(['analyst'])
    const ids = await setUp(service, operator, { name: 'for analysts', emails: people(120) })
    expect(await analyst.fails('GET', '/credentials')).toBe('access_denied')
    expect(await run(ids, analyst)).toMatchObject({ state: 'succeeded' })
    const { version } = await operator.ok<{ version: number }>('GET', `/destinations/${ids.destination}`)
    await operator.ok('PATCH', `/destinations/${ids.destination}`, { version, adminOnly: true })
    expect(await analyst.fails('GET', `/destinations/${ids.destination}`)).toBe('not_found')
    expect(await analyst.fails('POST', `/orchestrations/${ids.orchestration}/run`)).toBe('not_found')
  })

  test('who is restricted sees masked values and cannot send, unless the destination allows limited access', async () => {
    const ids = await setUp(service, operator, { name: 'personal', emails: people(120) })
    const restricted = await service.as(['analyst'], ['restrict_pii_access'])
    const limited = await service.as(['analyst'], ['allow_limited_pii_access'])
    const preview = await restricted.ok<{ masked: boolean; rows: string[][] }>(
      'POST',
      `/queries/${ids.query}/preview`,
      {},
    )
    expect(preview.masked).toBe(true)
    expect(JSON.stringify(preview.rows)).not.toContain('person')
    for (const client of [restricted, limited])
      expect(await client.fails('POST', `/orchestrations/${ids.orchestration}/run`)).toBe('not_found')
    const { version } = await operator.ok<{ version: number }>('GET', `/destinations/${ids.destination}`)
    await operator.ok('PATCH', `/destinations/${ids.destination}`, { version, limitedPii: true })
    expect(await restricted.fails('POST', `/orchestrations/${ids.orchestration}/run`)).toBe('not_found')
    expect(await run(ids, limited)).toMatchObject({ state: 'succeeded' })
  })

  test('who may only read sees workflows and takes no action', async () => {
    const reader = await service.as(['analyst_read_only'])
    const ids = await setUp(service, operator, { name: 'read only', emails: people(50) })
    const failed = await run(ids)
    expect(await reader.ok('GET', `/workflows/${failed.id}/actions`)).toMatchObject({ items: [] })
    expect(await reader.fails('POST', `/workflows/${failed.id}/actions`, { action: 'retry' })).toBe(
      'access_denied',
    )
    expect(await reader.fails('POST', `/workflows/${failed.id}/stop`)).toBe('access_denied')
  })
})
