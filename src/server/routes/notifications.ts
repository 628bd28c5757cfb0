import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import { isAdmin } from '../../access/permissions.ts'
import type { Principal } from '../../access/permissions.ts'
import { pageOf } from '../../store/pages.ts'
import { visiblePairs } from '../../tenant/destinations.ts'
import {
  countUnread,
  listNotifications,
  markAllRead,
  markRead,
  markUnread,
} from '../../workflow/notifications.ts'
import type { Viewer } from '../../workflow/notifications.ts'
import { addRoute } from '../api.ts'
import { isStillLetIn } from '../authenticate.ts'
import type { Api } from '../api.ts'
import type { FeedEvent } from '../feed.ts'
import { idParam, pageQuery, ref, time } from '../schemas.ts'

const kind = z.enum(['running', 'completed', 'warning', 'error'])

const notification = z.object({
  id: z.string(),
  number: z.int(),
  kind,
  title: z.string(),
  text: z.string(),
  code: z.string().nullable(),
  workflow: z.string().nullable(),
  destination: ref.nullable(),
  data: z.record(z.string(), z.unknown()),
  read: z.boolean(),
  createdAt: time,
  updatedAt: time,
})

const number = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Events that wait for somebody who reads slowly. */
const PENDING_MAX = 1_000

function viewerOf(principal: Principal): Viewer {
  const visibility = { adminOnly: isAdmin(principal), destinations: visiblePairs(principal) }
  return { principalId: principal.id, visibility }
}

export function addNotificationRoutes(api: Api): void {
  const { limits } = api.context.platform
  const permission = 'notification:view'
  addRoute(
    api,
    {
      id: 'notifications.list',
      method: 'GET',
      path: '/notifications',
      summary: 'List notifications, newest first',
      permission,
      query: z.strictObject({
        limit: pageQuery.shape.limit,
        search: pageQuery.shape.search,
        cursor: number.optional().describe('`nextCursor` of the page before'),
        kind: kind.optional(),
        unread: z.enum(['true', 'false']).default('false').describe('only unread ones'),
      }),
      answer: z.object({
        items: z.array(notification),
        nextCursor: z.string().nullable(),
        unread: z.int().describe('all that are unread'),
      }),
    },
    async ({ tenant, principal, query }) => {
      const viewer = viewerOf(principal)
      const limit = Math.min(query.limit, limits.pageRowsMax)
      const found = await listNotifications(tenant.store.db, viewer, {
        unreadOnly: query.unread === 'true',
        kind: query.kind ?? null,
        search: query.search ?? null,
        before: query.cursor ?? null,
        limit: limit + 1,
      })
      return {
        ...pageOf(found, limit, 'number', (item) => item),
        unread: await countUnread(tenant.store.db, viewer),
      }
    },
  )
  addRoute(
    api,
    {
      id: 'notifications.read',
      method: 'POST',
      path: '/notifications/{id}/read',
      summary: 'Mark a notification as read',
      permission,
      params: idParam,
      answer: null,
    },
    ({ tenant, principal, params }) => markRead(tenant.store.db, viewerOf(principal), params.id),
  )
  addRoute(
    api,
    {
      id: 'notifications.unread',
      method: 'POST',
      path: '/notifications/{id}/unread',
      summary: 'Mark a notification as unread',
      permission,
      params: idParam,
      answer: null,
    },
    ({ tenant, principal, params }) => markUnread(tenant.store.db, viewerOf(principal), params.id),
  )
  addRoute(
    api,
    {
      id: 'notifications.read-all',
      method: 'POST',
      path: '/notifications/read-all',
      summary: 'Mark all notifications as read, up to the newest that you have seen',
      permission,
      body: z.strictObject({ upTo: z.int().min(0) }),
      answer: z.object({ marked: z.int() }),
    },
    async ({ tenant, principal, body }) => ({
      marked: await markAllRead(tenant.store.db, viewerOf(principal), body.upTo),
    }),
  )
  addRoute(
    api,
    {
      id: 'notifications.stream',
      method: 'GET',
      path: '/notifications/stream',
      summary: 'Be told live of what changed: server-sent events that name what to read again',
      permission,
      answer: z.string(),
      media: 'text/event-stream',
    },
    async ({ c, context }) => {
      // Nobody reads the body of an answer to HEAD, so that it would watch for ever.
      if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
      return streamSSE(c, async (stream) => {
        const pending: FeedEvent[] = []
        let wake = nothing
        const unwatch = context.feed.watch((event) => {
          // Who does not read is told to read everything anew later, instead of filling the memory.
          if (pending.length < PENDING_MAX) pending.push(event)
          else pending.splice(0, PENDING_MAX, { type: 'gap' })
          wake()
        })
        stream.onAbort(() => wake())
        try {
          // Whoever connects reads everything once, since nobody knows what was missed.
          await stream.writeSSE({ event: 'gap', data: '{}' })
          let askedMs = performance.now()
          while (!stream.aborted && !stream.closed && !context.closing.aborted) {
            if (performance.now() - askedMs >= limits.streamPingMs) {
              if (!(await isStillLetIn(context, c))) return
              askedMs = performance.now()
            }
            const event = pending.shift()
            if (event !== undefined) {
              const { type, ...data } = event
              await stream.writeSSE({ event: type, data: JSON.stringify(data) })
              continue
            }
            const isWoken = await untilWoken(
              (resolve) => (wake = resolve),
              limits.streamPingMs,
              context.closing,
            )
            if (!isWoken) await stream.write(': alive\n\n')
          }
        } finally {
          unwatch()
        }
      })
    },
  )
}

function nothing(): void {}

/** False when nothing happened for a while. */
function untilWoken(
  onWake: (wake: () => void) => void,
  waitMs: number,
  closing: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), waitMs)
    const close = (): void => end(true)
    const end = (isWoken: boolean): void => {
      clearTimeout(timer)
      closing.removeEventListener('abort', close)
      resolve(isWoken)
    }
    closing.addEventListener('abort', close, { once: true })
    onWake(() => end(true))
  })
}
