import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { openWorkingService, people, setUp } from './support.ts'
import type { Client, Service } from './support.ts'

/** All customer lists together: their order, and how many of them stand how. */

let service: Service
let operator: Client

beforeAll(async () => {
  ;({ service, operator } = await openWorkingService())
})

afterAll(() => service.close())

describe('all lists', () => {
  test('come the worst first over all pages, and are counted over all pages, not over one', async () => {
    const { db } = service.platform.store
    const ids = await setUp(service, operator, { name: 'many', emails: people(10) })
    await sql`insert into target (id, kind, key, name)
      select 'cl_many_' || n, 'customer_list', n, n from generate_series(1, 5000) n`.execute(db)
    await sql`insert into customer_list (id, ad_account_id, name)
      select 'cl_many_' || n, ${AD_ACCOUNTS.owned}, 'many ' || lpad(n::text, 4, '0') from generate_series(1, 5000) n`.execute(
      db,
    )
    await sql`insert into orchestration (id, workspace, name, query_id, destination_id, list_name, target_id)
      select 'or_many_' || n, 'production', 'many ' || lpad(n::text, 4, '0'), ${ids.query}, ${ids.destination}, 'many ' || n, 'cl_many_' || n
      from generate_series(1, 5000) n`.execute(db)
    await sql`insert into workflow (id, workspace, kind, subject, state, inputs, name, orchestration_id, destination_id, ended_at, warnings)
      select 'wf_many_' || n, 'production', 'sync', 'cl_many_' || n,
        case when n = 4711 then 'failed' when n in (4000, 4001) then 'waiting' when n = 3000 then 'running' else 'succeeded' end,
        '{"list":"x","adAccountId":"1"}', 'many', 'or_many_' || n, ${ids.destination}, now(),
        case when n = 2500 then '[{"code":"threshold_warning","data":{}}]'::jsonb else '[]' end
      from generate_series(1, 4999) n`.execute(db)
    interface Standing {
      readonly items: readonly { readonly name: string; readonly state: string }[]
      readonly nextCursor: string | null
    }
    const found: { name: string; state: string }[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const at: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page: Standing = await operator.ok(
        'GET',
        `/lists?order=state&kept=true&limit=200&search=many${at}`,
      )
      found.push(...page.items.map(({ name, state }) => ({ name, state })))
      cursor = page.nextCursor
    }
    expect(found.slice(0, 5)).toEqual([
      { name: 'many 4711', state: 'failed' },
      { name: 'many 4000', state: 'waiting' },
      { name: 'many 4001', state: 'waiting' },
      { name: 'many 2500', state: 'warnings' },
      { name: 'many 3000', state: 'running' },
    ])
    expect(found.slice(5, 7)).toEqual([
      { name: 'many', state: 'never_run' },
      { name: 'many 5000', state: 'never_run' },
    ])
    expect(new Set(found.map(({ name }) => name)).size).toBe(5_001)
    expect(found).toHaveLength(5_001)
    const summary = await operator.ok<{ lists: number; needPerson: number; byState: Record<string, number> }>(
      'GET',
      '/lists/summary',
    )
    expect(summary.lists).toBeGreaterThanOrEqual(5_001)
    const needing = ['failed', 'waiting', 'changed_elsewhere'].map((state) => summary.byState[state] ?? 0)
    expect(summary.needPerson).toBe(needing.reduce((sum, count) => sum + count, 0))
    expect(summary.byState['waiting']).toBe(2)
  })
})
