import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { kinds as objectNames } from '../objects/kinds.ts'
import { isAdmin, may } from '../access/permissions.ts'
import type { Permission, Principal } from '../access/permissions.ts'
import { accessEventTypes, liveEventTypes } from '../store/events.ts'
import type { LiveEvent, LiveEventType } from '../store/events.ts'
import type { AlertReach } from '../objects/alert-reach.ts'
import { isVisible } from '../notify/notifications.ts'
import type { Visibility } from '../notify/notifications.ts'
import { seesDestination, seesEveryDestination, visiblePairs } from './destinations.ts'
import type { Db } from './tenant.ts'
import { seenKinds, seesWorkflow } from './seen-workflows.ts'

/**
 * What a person sees of the things that are named beside their own pages: in the activity log and in the stream of events. A
 * kind needs its permission, and what belongs to a destination is hidden with it.
 */

/** The permission that shows things of a kind at all. */
const PERMISSIONS = Object.fromEntries(
  liveEventTypes.map((type) => [type, `${type}:view` satisfies Permission]),
) as Readonly<Record<LiveEventType, Permission>>

const BOUND = ['notification', 'workflow', 'destination', 'orchestration'] as const

/** Kinds that belong to a destination. */
type Bound = (typeof BOUND)[number]

/** What is said of a thing that is named beside others, such as by a workflow: nothing where this person may not see its kind. */
export function seenThing<T>(principal: Principal, kind: LiveEventType, thing: T | null): T | null {
  return may(principal, PERMISSIONS[kind]) ? thing : null
}

export function visibilityOf(principal: Principal): Visibility {
  return { adminOnly: isAdmin(principal), destinations: visiblePairs(principal), kinds: seenKinds(principal) }
}

/** Whether nothing that is configured is hidden from this person. */
export function seesEverything(principal: Principal): boolean {
  return (
    seesEveryDestination(principal) &&
    Object.values(PERMISSIONS).every((permission) => may(principal, permission))
  )
}

/** What an alert may name besides destinations. */
const REACHED = objectNames.filter((kind) => kind !== 'destination')

/** What an alert tells of that this person saves; null for everything. */
export function alertReach(principal: Principal): AlertReach | null {
  const kinds = REACHED.filter((kind) => may(principal, PERMISSIONS[kind]))
  if (seesEveryDestination(principal) && kinds.length === REACHED.length) return null
  return { destinations: visiblePairs(principal), kinds }
}

/** The ids that this person sees of a kind that belongs to a destination. */
function seenIds(principal: Principal, kind: Bound): RawBuilder<unknown> {
  const queries: Readonly<Record<Bound, () => RawBuilder<unknown>>> = {
    destination: () => sql`select destination.id from destination where ${seesDestination(principal)}`,
    orchestration: () => sql`select orchestration.id from orchestration
      join destination on destination.id = orchestration.destination_id where ${seesDestination(principal)}`,
    workflow: () => sql`select workflow.id from workflow
      left join destination on destination.id = workflow.destination_id
      where ${seesWorkflow(principal, 'workflow')}`,
    notification: () => sql`select notification.id from notification
      left join destination on destination.id = notification.destination_id
      where ${isVisible(visibilityOf(principal))}`,
  }
  return queries[kind]()
}

/**
 * How many there are of a kind beyond those that this person sees. A number names nothing and no one, so that everyone may know
 * it who may see the kind at all. `which` must not ask for names, or one could be guessed by what it counts.
 */
export async function countHidden(
  db: Db,
  principal: Principal,
  kind: Exclude<Bound, 'notification'>,
  which: RawBuilder<boolean> = sql<boolean>`true`,
): Promise<number> {
  if (seesEveryDestination(principal)) return 0
  const { rows } = await sql<{ hidden: number }>`
    select count(*)::int as hidden from ${sql.table(kind)} where ${which} and id not in (${seenIds(principal, kind)})
  `.execute(db)
  return rows[0]?.hidden ?? 0
}

/**
 * The condition that this person sees what an entry of the activity log is about. What is deleted is seen by those alone who see
 * every destination, since no one knows any more for whom it was.
 */
export function seesActivity(principal: Principal): RawBuilder<boolean> {
  if (seesEverything(principal)) return sql<boolean>`true`
  const kinds = Object.entries(PERMISSIONS)
    .filter(([, permission]) => may(principal, permission))
    .map(([kind]) => kind)
  const isBound = (kind: string): boolean => BOUND.some((one) => one === kind)
  const isFree = (kind: string): boolean => !isBound(kind) || seesEveryDestination(principal)
  const free = ['activity', ...accessEventTypes, ...kinds.filter(isFree)]
  const bound = BOUND.filter((kind) => kinds.includes(kind) && !isFree(kind)).map(
    (kind) => sql`(object_type = ${kind} and object_id in (${seenIds(principal, kind)}))`,
  )
  return sql<boolean>`(${sql.join([sql`object_type = any(${free}::text[])`, ...bound], sql` or `)})`
}

/** An event as it is sent: without an id when what it tells of is gone, and it cannot be said for whom it was. */
export type SeenEvent = Omit<LiveEvent, 'id'> & { readonly id?: string }

/** Those of these events that concern what this person may see, in their order. */
export async function seenEvents(
  db: Db,
  principal: Principal,
  events: readonly LiveEvent[],
): Promise<SeenEvent[]> {
  const allowed = events.filter(({ type }) => may(principal, PERMISSIONS[type]))
  if (seesEveryDestination(principal)) return allowed
  const fates = new Map<string, boolean>()
  for (const kind of BOUND) {
    const ids = [...new Set(allowed.filter(({ type }) => type === kind).map(({ id }) => id))]
    if (ids.length === 0) continue
    const { rows } = await sql<{ id: string; seen: boolean }>`
      select id, id in (${seenIds(principal, kind)}) as seen from ${sql.table(kind)} where id = any(${ids}::text[])
    `.execute(db)
    for (const { id, seen } of rows) fates.set(`${kind} ${id}`, seen)
  }
  return allowed.flatMap((event): SeenEvent[] => {
    if (!BOUND.some((kind) => kind === event.type)) return [event]
    const isSeen = fates.get(`${event.type} ${event.id}`)
    if (isSeen === undefined) return [{ type: event.type }]
    return isSeen ? [event] : []
  })
}
