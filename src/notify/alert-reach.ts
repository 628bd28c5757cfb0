import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { AlertOwner } from '../objects/alert.ts'
import type { AlertReach } from '../objects/alert-reach.ts'
import { allWorkspaces } from '../store/workspace.ts'
import type { AlertEvent } from './alert-event.ts'
import { seenProblem } from '../workflow/seen-problem.ts'

/** Whether an alert is this person's, or this key's. */
export function isOwner(
  { kind, id }: Pick<AlertOwner, 'kind' | 'id'>,
  { owner }: { readonly owner: AlertOwner | null },
): boolean {
  return owner !== null && owner.kind === kind && owner.id === id
}

/**
 * Alerts cover only what their owner could see when it was last saved. Null covers everything. What belongs to no destination, such as
 * a credential, is for those who see what is for administrators only.
 */
export async function withinReach<Due extends { readonly alertId: string; readonly event: AlertEvent }>(
  db: Kysely<Tables>,
  due: readonly Due[],
): Promise<Due[]> {
  if (due.length === 0) return []
  const alerts = await db
    .selectFrom('alert')
    .select(['id', 'reach'])
    .where(
      'id',
      'in',
      due.map(({ alertId }) => alertId),
    )
    .execute()
  const reachOf = (alertId: string) => alerts.find(({ id }) => id === alertId)?.reach ?? null
  const told: Due[] = []
  for (const one of due) {
    const event = await reached(db, one.event, reachOf(one.alertId))
    if (event !== null) told.push({ ...one, event })
  }
  return told
}

/** The event as this reach covers it; null when it does not. */
export async function reached(
  db: Kysely<Tables>,
  event: AlertEvent,
  reach: AlertReach | null,
): Promise<AlertEvent | null> {
  if (reach === null) return event
  const destination =
    event.destination === null
      ? undefined
      : await allWorkspaces(db)
          .selectFrom('destination')
          .select(['admin_only', 'limited_pii'])
          .where('id', '=', event.destination.id)
          .executeTakeFirst()
  return reaches(reach, destination ?? null) ? within(event, reach) : null
}

/**
 * Why a person of this reach may not edit or delete an alert, in one or two sentences; null when they may. They could
 * send themselves what they may not see; or, as its new owner, take from it what others wait for.
 */
export function editRefusal(
  own: AlertReach | null,
  alert: { readonly name: string; readonly reach: AlertReach | null },
): string | null {
  if (own === null || (alert.reach !== null && includes(own, alert.reach))) return null
  return `alert "${alert.name}" covers more than your access includes. Ask a user with full access to edit or delete it.`
}

/** Error: `access_denied`, with the reason. */
export function requireEdit(...args: Parameters<typeof editRefusal>): void {
  const detail = editRefusal(...args)
  if (detail !== null) throw new RollcallError('access_denied', { detail })
}

function includes(own: AlertReach, other: AlertReach): boolean {
  return (
    other.kinds.every((kind) => own.kinds.includes(kind)) &&
    other.destinations.every((pair) => own.destinations.some((owned) => isSame(owned, pair)))
  )
}

/** The event without what the person may not see. */
function within(event: AlertEvent, { kinds }: AlertReach): AlertEvent {
  const sees = (kind: AlertReach['kinds'][number]): boolean => kinds.includes(kind)
  return {
    ...event,
    title: sees('orchestration') ? event.title : titleWithout(event),
    credential: sees('credential') ? event.credential : null,
    orchestration: sees('orchestration') ? event.orchestration : null,
    query: sees('query') ? event.query : null,
    problem:
      event.problem === null
        ? null
        : seenProblem(event.problem, { sources: sees('data_source'), queries: sees('query') }),
  }
}

/** The title of a workflow names its orchestration, also when that is gone. */
function titleWithout({ title, workflow, destination }: AlertEvent): string {
  return workflow === null ? title : (destination?.name ?? workflow.id)
}

type Settings = AlertReach['destinations'][number]

function reaches({ destinations }: AlertReach, destination: Settings | null): boolean {
  if (destination === null) return destinations.some((pair) => pair.admin_only)
  return destinations.some((pair) => isSame(pair, destination))
}

function isSame(left: Settings, right: Settings): boolean {
  return left.admin_only === right.admin_only && left.limited_pii === right.limited_pii
}
