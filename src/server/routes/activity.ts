import { z } from 'zod'
import { exportActivity, listActivity, record } from '../../access/activity.ts'
import type { Principal } from '../../access/permissions.ts'
import { seesActivity, seesEverything } from '../../workspace/seen.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { instant, time } from '../../objects/fields.ts'
import { pageAnswer, pageQuery } from '../schemas.ts'

const filter = {
  principal: z.string().max(60).optional().describe('ID of the user or key that acted'),
  action: z.string().max(100).optional().describe('prefix of the action, such as credential.'),
  objectType: z
    .string()
    .max(60)
    .optional()
    .describe('only what was done to such objects, such as destination'),
  objectId: z.string().max(60).optional().describe('only what was done to this object'),
  from: instant.optional().describe('at or after this day or time'),
  to: instant.optional().describe('exclusive'),
  search: z
    .string()
    .max(500)
    .optional()
    .describe('part of the action, or of who did it, to what or from where'),
}

const entry = z.object({
  id: z.int(),
  at: time,
  action: z.string(),
  principalKind: z.string(),
  principalId: z.string().nullable(),
  principalName: z.string(),
  sessionId: z.string().nullable(),
  objectType: z.string(),
  objectId: z.string().nullable(),
  objectName: z.string().nullable(),
  originIp: z.string().nullable(),
  userAgent: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
})

/** The detail of an entry holds settings, which may name what is hidden: it is for those who see all of them. */
function seenBy(principal: Principal) {
  return { where: seesActivity(principal), detail: seesEverything(principal) }
}

/** Who did what to which object, when and from where. There is no route that changes it. */
export function addActivityRoutes(api: Api): void {
  const { limits } = api.context.platform
  addRoute(
    api,
    {
      id: 'activity.list',
      method: 'GET',
      path: '/activity',
      summary: 'List the activity log, newest first',
      permission: 'activity:view',
      query: z.strictObject({ limit: pageQuery.shape.limit, cursor: pageQuery.shape.cursor, ...filter }),
      answer: pageAnswer(entry),
    },
    ({ tenant, principal, query: { limit, cursor, ...wanted } }) =>
      listActivity(
        tenant.db,
        { ...wanted, seen: seenBy(principal) },
        { limit: Math.min(limit, limits.pageRowsMax), cursor: cursor ?? null },
      ),
  )
  addRoute(
    api,
    {
      id: 'activity.export',
      method: 'GET',
      path: '/activity/export',
      summary: 'Download the activity log as CSV',
      permission: 'activity:view',
      query: z.strictObject(filter),
      answer: z.string(),
      media: 'text/csv',
    },
    async ({ tenant, principal, query }) => {
      await record(tenant.db, tenant.actor, 'activity.exported', {
        type: 'activity',
        id: null,
        name: null,
      })
      const day = new Date().toISOString().slice(0, 10)
      const lines = exportActivity(tenant.db, { ...query, seen: seenBy(principal) })
      const body = ReadableStream.from(lines).pipeThrough(new TextEncoderStream())
      return new Response(body, {
        headers: {
          'content-type': 'text/csv; charset=utf-8',
          'content-disposition': `attachment; filename="activity-${day}.csv"`,
        },
      })
    },
  )
}
