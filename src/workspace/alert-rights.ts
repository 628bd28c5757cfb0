import { sql } from 'kysely'
import { record } from '../access/activity.ts'
import { may } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { presentPrincipal } from '../access/present.ts'
import { waitOf } from '../access/throttle.ts'
import { maskEmail } from '../members/mask.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { transact } from '../store/workspace.ts'
import type { Store } from '../store/store.ts'
import type { AlertEvent } from '../notify/alert-event.ts'
import { isOwner, reached, requireEdit } from '../notify/alert-reach.ts'
import type { Alert } from '../notify/alerts.ts'
import { alertReach } from './seen.ts'
import type { Tenant } from './tenant.ts'

/** What a person sees of where alerts go, and what they may send there. */

/**
 * Refuses to edit or delete an alert for those who may not edit alerts. Its owner may always end it, by switching it off or deleting
 * it, whatever else they may do no more. Error: `access_denied`.
 */
export function requireAlertEdit(principal: Principal, alert: Alert, does: 'edits' | 'ends'): void {
  if (may(principal, 'alert:edit') || (does === 'ends' && isOwner(principal, alert))) return
  const detail = 'your policies do not let you edit alerts, except to end your own. Ask an administrator.'
  throw new RollcallError('access_denied', { detail })
}

const HOUR_SECONDS = 3_600

/**
 * Lets a person send a test to an alert, and records that they do: its owner, or one who could have written where it goes. At most
 * `alertTestsPerHourMax` of one person in an hour, whichever alerts they are of, so that no mailbox can be flooded. Errors:
 * `access_denied`, `too_many_tests`.
 */
export async function claimTest({ db, actor, limits }: Tenant, alert: Alert): Promise<void> {
  const { principal } = actor
  if (!isOwner(principal, alert)) requireEdit(alertReach(principal), alert)
  await transact(db, async (tx) => {
    // One after the other, or many at once would each count those before them.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`alert tests of ${principal.kind} ${principal.id}`}, 0))`.execute(
      tx,
    )
    const { rows } = await sql<{ seconds: number }>`
      select ceil(extract(epoch from at - clock_timestamp()) + ${HOUR_SECONDS})::integer as seconds from activity
      where object_type = 'alert' and action = 'alert.tested'
        and principal_kind = ${principal.kind} and principal_id = ${principal.id}
        and at between clock_timestamp() - ${HOUR_SECONDS} * interval '1 s' and clock_timestamp()
      order by id desc offset ${limits.alertTestsPerHourMax - 1} limit 1
    `.execute(tx)
    const [oldest] = rows
    if (oldest !== undefined)
      throw new RollcallError(
        'too_many_tests',
        { limit: limits.alertTestsPerHourMax, ...waitOf(oldest.seconds) },
        { passing: true },
      )
    await record(tx, actor, 'alert.tested', { type: 'alert', id: alert.id, name: alert.name })
  })
}

/**
 * Where an alert goes, as this person may see it. E-mail addresses are personal data, which its owner wrote. The URL of a webhook
 * often is its secret, so that people who cannot edit the alert see only the host.
 */
export function targetSeen(
  principal: Principal,
  { target, owner }: Pick<Alert, 'target' | 'owner'>,
  editRefused: string | null,
): Alert['target'] {
  if ('to' in target) {
    const isOpen = may(principal, 'pii:view') || isOwner(principal, { owner })
    return isOpen ? target : { to: target.to.map((address) => maskEmail(address)) }
  }
  if (may(principal, 'alert:edit') && editRefused === null) return target
  const { protocol, host } = new URL(target.url)
  return { url: `${protocol}//${host}/•••` }
}

const OWNER_GONE =
  'Alert not delivered: its owner no longer has access. A user with full access can take it over'

/**
 * The event as an alert may send it now, or null: the alert covers it, and the present rights of its owner include it. An alert whose
 * owner has no access any more sends nothing, and has the reason on record.
 */
export async function presentEvent(
  db: Store['db'],
  alertId: string,
  event: AlertEvent,
): Promise<AlertEvent | null> {
  const alert = await db
    .selectFrom('alert')
    .select(['owner', 'reach'])
    .where('id', '=', alertId)
    .where('enabled', '=', true)
    .executeTakeFirst()
  if (alert === undefined) return null
  const covered = await reached(db, event, alert.reach)
  if (covered === null || alert.owner === null) return covered
  const owner = await presentPrincipal(db, alert.owner)
  if (owner !== null && may(owner, 'alert:view')) return reached(db, covered, alertReach(owner))
  await db.updateTable('alert').set({ last_problem: OWNER_GONE }).where('id', '=', alertId).execute()
  return null
}
