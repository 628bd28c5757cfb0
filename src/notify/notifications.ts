import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import { asksPerson, errorCatalogue, fill } from '../base/catalogue.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import { newId } from '../base/ids.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { unlessHidden } from '../base/words.ts'
import { publish } from '../store/events.ts'
import { holds } from '../store/pages.ts'
import type { WorkspaceDb } from '../store/workspace.ts'
import { onlyLooks } from '../workflow/only-looks.ts'
import { seenText } from '../workflow/seen-problem.ts'
import type { SeenKinds } from '../workflow/seen-problem.ts'
import { isNewer, REPLACES } from '../workflow/family-store.ts'
import type { Tables } from '../store/schema.ts'
import type { NotificationKind, StoredProblem } from '../base/workflow-states.ts'

/** Notifications: cards that people read, each person for themselves. Those of workflows are made in `workflow-card.ts`. */

type Db = WorkspaceDb

/** What someone may see. */
export interface Visibility {
  /** Sees what is only for administrators. */
  readonly adminOnly: boolean
  /** The settings of a destination with which it is there for them. */
  readonly destinations: readonly { readonly admin_only: boolean; readonly limited_pii: boolean }[]
  readonly kinds: SeenKinds
}

export interface Viewer {
  readonly principalId: string
  readonly visibility: Visibility
}

export interface Notification {
  readonly id: string
  /** Rises with each news: the cursor of the list. */
  readonly number: number
  readonly kind: NotificationKind
  readonly title: string
  readonly text: string
  readonly code: ErrorCode | null
  readonly workflow: string | null
  readonly destination: { readonly id: string; readonly name: string } | null
  /** Of a workflow: counts, tasks that are done, progress. Otherwise what the text was filled with. */
  readonly data: Readonly<Record<string, unknown>>
  readonly read: boolean
  /** An error that a newer workflow of the list, which succeeded, has settled. */
  readonly settled: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

export interface NotificationFilter {
  readonly unreadOnly: boolean
  /** Only errors and what waits for a person, until a newer workflow of the list takes their place. */
  readonly wantingOnly: boolean
  readonly kind: NotificationKind | null
  /** A part of title or text, whatever its case. */
  readonly search: string | null
  /** Only those with a lower number. */
  readonly before: number | null
  readonly limit: number
}

/** Cards that this viewer may see, newest news first. */
export async function listNotifications(
  db: Db,
  viewer: Viewer,
  { unreadOnly, wantingOnly, kind, search, before, limit }: NotificationFilter,
): Promise<Notification[]> {
  let query = db
    .selectFrom('notification')
    .leftJoin('destination', 'destination.id', 'notification.destination_id')
    .leftJoin('workflow_progress', 'workflow_progress.workflow_id', 'notification.workflow_id')
    .where(isVisible(viewer.visibility))
    .where(isNews)
    .where(
      holds(
        search,
        viewer.visibility.kinds.sources
          ? ['notification.title', 'notification.text']
          : ['notification.title'],
      ),
    )
    .selectAll('notification')
    .select('destination.name as destination_name')
    .select([
      'workflow_progress.task',
      'workflow_progress.done',
      'workflow_progress.total',
      'workflow_progress.unit',
    ])
    .select([isRead(viewer).as('read'), isSettled.as('settled')])
  if (unreadOnly) query = query.where(isRead(viewer), '=', false)
  if (wantingOnly) query = query.where(isWanting)
  if (kind !== null) query = query.where('notification.kind', '=', kind)
  if (before !== null) query = query.where('notification.number', '<', before)
  const rows = await query.orderBy('notification.number', 'desc').limit(limit).execute()
  return rows.map((row) => {
    const { task, done, total, unit } = row
    // Earlier versions kept the progress with the card.
    const { slowTold: _, progress: __, ...data } = row.data
    return {
      id: row.id,
      number: row.number,
      kind: row.kind,
      title: row.title,
      text: seenText(row.text, viewer.visibility.kinds),
      code: row.code,
      workflow: row.workflow_id,
      destination:
        row.destination_id === null ? null : { id: row.destination_id, name: row.destination_name ?? '' },
      data:
        task === null || row.kind !== 'running' ? data : { ...data, progress: { task, done, total, unit } },
      read: row.read,
      settled: row.settled,
      createdAt: row.created_at.toISOString(),
      updatedAt: row.updated_at.toISOString(),
    }
  })
}

/** People who compare see the difference on the page where they asked for it: a card shows how far that is, and nothing afterwards. */
const isNews = sql<boolean>`(notification.kind = 'running' or not exists (select from workflow told
  where told.id = notification.workflow_id and ${onlyLooks('told')}))`

/** Codes that wait for a person. */
const WAITING_CODES = (Object.keys(errorCatalogue) as ErrorCode[]).filter(asksPerson)

/** Whether a newer workflow for which this holds has taken the place of a notification's. */
const hasNewer = (condition: RawBuilder<unknown>) => {
  const by = (replaces: RawBuilder<unknown>) => sql`exists (select from workflow
    join workflow newer on ${replaces} and ${isNewer}
    where workflow.id = notification.workflow_id and not ${onlyLooks('newer')} and ${condition})`
  return sql<boolean>`(${sql.join(REPLACES.map(by), sql` or `)})`
}

/** A newer workflow has taken the place of the one that failed or waited, as the overview has it. */
const isOver = hasNewer(sql`true`)

/** A newer workflow succeeded: what failed before it is settled, and is news for no one. */
const isSettled = sql<boolean>`(notification.kind = 'error' and ${hasNewer(sql`newer.state = 'succeeded'`)})`

const isWanting = sql<boolean>`((notification.kind = 'error' or notification.code in (${sql.join(WAITING_CODES)}))
  and not ${isOver})`

/** What this viewer has not read, and how much of it is an error or waits for a person. */
export async function countUnread(
  db: Db,
  viewer: Viewer,
): Promise<{ readonly unread: number; readonly wanting: number }> {
  return db
    .selectFrom('notification')
    .leftJoin('destination', 'destination.id', 'notification.destination_id')
    .where(isVisible(viewer.visibility))
    .where(isNews)
    .where(isRead(viewer), '=', false)
    .select((eb) => eb.fn.countAll<number>().as('unread'))
    .select(sql<number>`count(*) filter (where ${isWanting})`.as('wanting'))
    .executeTakeFirstOrThrow()
}

/** Error: `not_found`, also for one that this viewer may not see. */
export async function markRead(db: Db, viewer: Viewer, id: string): Promise<void> {
  if ((await read(db, viewer, { id })) === 0) throw notFound(viewer, id)
}

/** Marks all that this viewer may see, up to the number of the newest that they have seen; gives how many it were. */
export async function markAllRead(db: Db, viewer: Viewer, upTo: number): Promise<number> {
  return read(db, viewer, { upTo })
}

/** Error: `not_found`, also for one that this viewer may not see. */
export async function markUnread(db: Db, viewer: Viewer, id: string): Promise<void> {
  const found = await db
    .selectFrom('notification')
    .leftJoin('destination', 'destination.id', 'notification.destination_id')
    .where(isVisible(viewer.visibility))
    .where('notification.id', '=', id)
    .select('notification.id')
    .executeTakeFirst()
  if (found === undefined) throw notFound(viewer, id)
  await db
    .deleteFrom('notification_read')
    .where('principal_id', '=', viewer.principalId)
    .where('notification_id', '=', id)
    .execute()
}

async function read(db: Db, viewer: Viewer, which: { id: string } | { upTo: number }): Promise<number> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('notification_read')
    .columns(['principal_id', 'notification_id'])
    .expression((eb) => {
      const visible = eb
        .selectFrom('notification')
        .leftJoin('destination', 'destination.id', 'notification.destination_id')
        .where(isVisible(viewer.visibility))
        .select([sql<string>`${viewer.principalId}`.as('principal_id'), 'notification.id'])
        .orderBy('notification.id')
        // One that is swept at this moment must not fail the others.
        .forKeyShare('notification')
      return 'id' in which
        ? visible.where('notification.id', '=', which.id)
        : visible.where('notification.number', '<=', which.upTo).where(isRead(viewer), '=', false)
    })
    .onConflict((conflict) =>
      conflict.columns(['principal_id', 'notification_id']).doUpdateSet({ at: sql<Date>`now()` }),
    )
    .executeTakeFirstOrThrow()
  return Number(numInsertedOrUpdatedRows)
}

const EVERY_PAIR = 4

/** In the same words for all that this viewer does not see, whether it is there. */
function notFound({ visibility }: Viewer, id: string): RollcallError {
  const seesAll = visibility.adminOnly && visibility.destinations.length === EVERY_PAIR
  return new RollcallError('not_found', { what: `notification ${id}${unlessHidden(seesAll)}` })
}

/**
 * The condition that a notification is seen. Expects it joined with its destination, if it has one. A run of the command line has
 * none; its card is for those who see a destination as it is unless anyone changes it, as the run itself is.
 */
export function isVisible({ adminOnly, destinations }: Visibility): RawBuilder<boolean> {
  const pairs = destinations.map(
    (pair) =>
      sql`(destination.admin_only = ${pair.admin_only} and destination.limited_pii = ${pair.limited_pii})`,
  )
  const seesUnbound = destinations.some((pair) => !pair.admin_only && !pair.limited_pii)
  const unbound = sql`(notification.destination_id is null and (notification.workflow_id is null or ${seesUnbound}))`
  const sees = sql.join([unbound, ...pairs], sql` or `)
  return sql<boolean>`((${adminOnly} or not notification.admin_only) and (${sees}))`
}

function isRead({ principalId }: Viewer): RawBuilder<boolean> {
  return sql<boolean>`(exists (select from notification_read
    where notification_read.notification_id = notification.id and notification_read.principal_id = ${principalId})
    or ${isSettled})`
}

/**
 * Tells something that is not about one workflow, in the words of the catalogue. With `adminOnly` only administrators see it.
 * Gives its id.
 */
export async function notify(
  db: Kysely<Tables>,
  card: {
    readonly kind: Exclude<NotificationKind, 'running'>
    readonly title: string
    readonly problem: StoredProblem
    readonly destinationId: string | null
    readonly adminOnly: boolean
  },
): Promise<string> {
  const id = newId('nt')
  const { code, data } = card.problem
  await db
    .insertInto('notification')
    .values({
      id,
      kind: card.kind,
      workflow_id: null,
      destination_id: card.destinationId,
      admin_only: card.adminOnly,
      title: card.title,
      text: fill(errorCatalogue[code].message, data),
      code,
      data: JSON.stringify(data),
    })
    .execute()
  await publish(db, { type: 'notification', id })
  return id
}

/** Deletes cards that have not changed for so long (the limit `notificationKeepMs`); gives how many. */
export async function sweepNotifications(db: Kysely<Tables>, keepMs: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('notification')
    .where('updated_at', '<', sql<Date>`now() - ${keepMs} * interval '1 millisecond'`)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
