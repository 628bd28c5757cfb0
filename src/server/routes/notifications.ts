import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { SSEStreamingApi } from 'hono/streaming'
import { z } from 'zod'
import { may } from '../../access/permissions.ts'
import type { Permission, Principal } from '../../access/permissions.ts'
import { asRollcallError } from '../../base/rollcall-error.ts'
import { isAccessEvent } from '../../store/events.ts'
import type { LiveEvent } from '../../store/events.ts'
import { pageOf } from '../../store/pages.ts'
import { seenEvents, visibilityOf } from '../../workspace/seen.ts'
import type { SeenEvent } from '../../workspace/seen.ts'
import type { Db } from '../../workspace/tenant.ts'
import {
  countUnread,
  listNotifications,
  markAllRead,
  markRead,
  markUnread,
} from '../../notify/notifications.ts'
import type { Viewer } from '../../notify/notifications.ts'
import { addRoute } from '../api.ts'
import { askAgain } from '../authenticate.ts'
import type { Api } from '../api.ts'
import { ref, time } from '../../objects/fields.ts'
import { idParam, pageQuery } from '../schemas.ts'
import type { ServerContext } from '../server-context.ts'

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
  settled: z.boolean().describe('true for an error after which a newer workflow of its list succeeded'),
  createdAt: time,
  updatedAt: time,
})

const number = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Events that wait for someone who reads slowly. */
const PENDING_MAX = 1_000

function viewerOf(principal: Principal): Viewer {
  return { principalId: principal.id, visibility: visibilityOf(principal) }
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
        cursor: number.optional().describe('`nextCursor` of the previous page'),
        kind: kind.optional().describe('only notifications of this kind'),
        unread: z.enum(['true', 'false']).default('false').describe('only unread notifications'),
        wanting: z
          .enum(['true', 'false'])
          .default('false')
          .describe('only errors and decisions that you need to make'),
      }),
      answer: z.object({
        items: z.array(notification),
        nextCursor: z.string().nullable(),
        unread: z.int().describe('all unread notifications'),
        wanting: z.int().describe('unread errors and unread decisions'),
      }),
    },
    async ({ tenant, principal, query }) => {
      const viewer = viewerOf(principal)
      const limit = Math.min(query.limit, limits.pageRowsMax)
      const found = await listNotifications(tenant.db, viewer, {
        unreadOnly: query.unread === 'true',
        wantingOnly: query.wanting === 'true',
        kind: query.kind ?? null,
        search: query.search ?? null,
        before: query.cursor ?? null,
        limit: limit + 1,
      })
      return {
        ...pageOf(found, limit, 'number', (item) => item),
        ...(await countUnread(tenant.db, viewer)),
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
    ({ tenant, principal, params }) => markRead(tenant.db, viewerOf(principal), params.id),
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
    ({ tenant, principal, params }) => markUnread(tenant.db, viewerOf(principal), params.id),
  )
  addRoute(
    api,
    {
      id: 'notifications.read-all',
      method: 'POST',
      path: '/notifications/read-all',
      summary: 'Mark all notifications as read, up to the newest one that you have seen',
      permission,
      body: z.strictObject({
        upTo: z.int().min(0).describe('number of the last notification that you have seen'),
      }),
      answer: z.object({ marked: z.int() }),
    },
    async ({ tenant, principal, body }) => ({
      marked: await markAllRead(tenant.db, viewerOf(principal), body.upTo),
    }),
  )
  addRoute(
    api,
    {
      id: 'notifications.stream',
      method: 'GET',
      path: '/notifications/stream',
      summary: 'Follow changes live: server-sent events that name the resources that changed',
      permission,
      answer: z.string(),
      media: 'text/event-stream',
    },
    async ({ c, context, tenant: { db }, principal }) => {
      // No one reads the body of an answer to HEAD, so that it would watch for ever.
      if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
      return streamSSE(c, (stream) => tellLive({ stream, context, db, principal, permission, c }))
    },
  )
}

interface Listener {
  readonly stream: SSEStreamingApi
  readonly context: ServerContext
  /** The workspace whose events the stream sends. */
  readonly db: Db
  /** Who asked for the stream. */
  readonly principal: Principal
  readonly permission: Permission
  readonly c: Context
}

/** Tells what changed until the listener goes away, or may not listen any more. */
async function tellLive({ stream, context, db, c, permission, ...asked }: Listener): Promise<void> {
  const { limits } = context.platform
  const pending: (LiveEvent | { readonly type: 'gap' })[] = []
  let { principal } = asked
  let isAsked = true
  let wake = nothing
  const unwatch = context.feed.watch((event) => {
    if (isAccessEvent(event)) {
      if (event.id !== principal.id && event.id !== principal.sessionId) return
      isAsked = false
      wake()
      return
    }
    // What was missed may have been that someone is not let in any more.
    if (event.type === 'gap') isAsked = false
    // Who does not read is told to read everything anew later, instead of filling the memory.
    if (pending.length < PENDING_MAX) pending.push(event)
    else pending.splice(0, PENDING_MAX, { type: 'gap' })
    wake()
  })
  stream.onAbort(() => wake())
  try {
    // A client that connects reads everything once, since no one knows what was missed. It learns when to expect a sign of life.
    await stream.writeSSE({ event: 'gap', data: JSON.stringify({ aliveMs: limits.streamPingMs }) })
    let askedMs = performance.now()
    let wroteMs = askedMs
    while (!stream.aborted && !stream.closed && !context.closing.aborted) {
      if (!isAsked || performance.now() - askedMs >= limits.streamPingMs) {
        isAsked = true
        askedMs = performance.now()
        const now = await askAgain(context, c)
        if (now === null || !may(now, permission)) return
        principal = now
        // Rights may have changed while they were read, or the reader or the server may have ended: nothing wakes it for that.
        continue
      }
      // What happens beyond what this person may see wakes the stream too, and writes nothing.
      const quietMs = performance.now() - wroteMs
      if (quietMs >= limits.streamPingMs) {
        await stream.writeSSE({ event: 'alive', data: '{}' })
        wroteMs = performance.now()
        continue
      }
      const event = pending.shift()
      if (event !== undefined) {
        const seen = await seenOf(db, principal, [event, ...pending.splice(0)])
        await send(stream, seen)
        if (seen.length > 0) wroteMs = performance.now()
        continue
      }
      await untilWoken((resolve) => (wake = resolve), limits.streamPingMs - quietMs, context.closing)
    }
  } catch (error) {
    // It ends without the database, and the client connects anew.
    context.log.warn({ code: asRollcallError(error).code }, 'a stream of events ended')
  } finally {
    unwatch()
  }
}

/** Events from before a gap are part of what is read anew. */
async function seenOf(
  db: Db,
  principal: Principal,
  batch: readonly (LiveEvent | { readonly type: 'gap' })[],
): Promise<readonly (SeenEvent | { readonly type: 'gap' })[]> {
  const gap = batch.findLastIndex(({ type }) => type === 'gap')
  const since = batch.slice(gap + 1).filter((event): event is LiveEvent => event.type !== 'gap')
  const seen = await seenEvents(db, principal, since)
  return gap < 0 ? seen : [{ type: 'gap' }, ...seen]
}

async function send(
  stream: SSEStreamingApi,
  events: readonly (SeenEvent | { readonly type: 'gap' })[],
): Promise<void> {
  for (const { type, ...data } of events) {
    if (stream.aborted || stream.closed) return
    await stream.writeSSE({ event: type, data: JSON.stringify(data) })
  }
}

function nothing(): void {}

/** Ends when something happens, or after a while. */
function untilWoken(onWake: (wake: () => void) => void, waitMs: number, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      closing.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, waitMs)
    closing.addEventListener('abort', end, { once: true })
    onWake(end)
  })
}
