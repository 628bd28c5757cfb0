import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { queryObject } from '../../src/objects/query.ts'
import type { Query } from '../../src/objects/query.ts'
import { addRoute } from '../../src/server/api.ts'
import type { ServerContext } from '../../src/server/server-context.ts'

test('a handler that answers otherwise than its route says does not compile', () => {
  const api = { app: new Hono(), context: {} as ServerContext, routes: [] }
  const spec = {
    id: 'queries.get',
    method: 'GET',
    path: '/queries/{id}',
    summary: 'View a query',
    permission: 'query:view',
    answer: queryObject.answer,
  } as const
  const query = {} as Query
  addRoute(api, spec, async () => query)
  // @ts-expect-error -- the answer has no name
  addRoute(api, spec, async (): Promise<Omit<Query, 'name'>> => query)
  // @ts-expect-error -- there is no such status
  addRoute(api, spec, async () => ({ ...query, status: 'unknown' as const }))
  expect(api.routes).toHaveLength(3)
})
