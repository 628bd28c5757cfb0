import type { Kysely } from 'kysely'
import type { AlertReach, Tables } from '../store/schema.ts'
import type { AlertEvent } from './alert-events.ts'

/**
 * Alerts tell only of what the person may see who set them up last. Null tells of everything. What belongs to no destination, such as
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
  const ids = due.flatMap(({ event }) => (event.destination === null ? [] : [event.destination.id]))
  const destinations =
    ids.length === 0
      ? []
      : await db
          .selectFrom('destination')
          .select(['id', 'admin_only', 'limited_pii'])
          .where('id', 'in', ids)
          .execute()
  return due.flatMap((one) => {
    const reach = alerts.find(({ id }) => id === one.alertId)?.reach ?? null
    if (reach === null) return [one]
    if (!reaches(reach, destinations.find(({ id }) => id === one.event.destination?.id) ?? null)) return []
    return reachesAdminOnly(reach) ? [one] : [{ ...one, event: { ...one.event, credential: null } }]
  })
}

type Settings = AlertReach[number]

function reaches(reach: AlertReach, destination: Settings | null): boolean {
  if (destination === null) return reachesAdminOnly(reach)
  return reach.some(
    (pair) => pair.admin_only === destination.admin_only && pair.limited_pii === destination.limited_pii,
  )
}

/** As administrators do, who may see credentials too. */
function reachesAdminOnly(reach: AlertReach): boolean {
  return reach.some((pair) => pair.admin_only)
}
