import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import { asRollcallError, isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { AlertTable, Tables } from '../store/schema.ts'
import type { AlertEvent } from './alert-events.ts'
import { alertMessage, webhookBody } from './alert-message.ts'
import { sendEmail, sendWebhook } from './alert-senders.ts'
import type { SmtpSettings, WebhookSettings } from './alert-senders.ts'
import type { SecretSealer } from './alerts.ts'

type Db = Kysely<Tables>

export interface DeliverySettings {
  /** Null when no mail server is set: alerts by e-mail then fail with that reason. */
  readonly smtp: SmtpSettings | null
  /** Where people reach the console; null leaves out links. */
  readonly publicUrl: string | null
  /** Where webhooks may go, and how. */
  readonly webhooks: Pick<WebhookSettings, 'hosts' | 'env'>
  /** The limit `alertTimeoutMs`. */
  readonly timeoutMs: number
}

/**
 * Delivers an event to an alert and records how that went. An alert that is gone or switched off meanwhile gets nothing. It may be delivered
 * twice, when the process dies before it is recorded: both have the event's id. Errors: `alert_not_delivered`, passing when
 * another try may succeed; `secret_key_wrong`.
 */
export async function deliver(
  db: Db,
  sealer: SecretSealer,
  settings: DeliverySettings,
  alertId: string,
  event: AlertEvent,
): Promise<void> {
  const alert = await db.selectFrom('alert').selectAll().where('id', '=', alertId).executeTakeFirst()
  if (alert === undefined || !alert.enabled) return
  const outcome = await send(alert, sealer, settings, event).catch(asRollcallError)
  const isFailure = isRollcallError(outcome)
  await db
    .updateTable('alert')
    .set({
      last_problem: isFailure ? outcome.message : outcome,
      ...(isFailure ? {} : { last_sent_at: sql<Date>`now()` }),
    })
    .where('id', '=', alertId)
    .execute()
  if (isFailure) throw outcome
}

/** Gives what is wrong although it was sent, or null. */
async function send(
  alert: Selectable<AlertTable>,
  sealer: SecretSealer,
  { smtp, publicUrl, webhooks, timeoutMs }: DeliverySettings,
  event: AlertEvent,
): Promise<string | null> {
  if ('url' in alert.target) {
    const secret = sealer.open(alert.sealed ?? '', { table: 'alert', id: alert.id })
    const webhook = { id: event.id, body: webhookBody(event, publicUrl) }
    await sendWebhook(alert.target.url, secret, webhook, { ...webhooks, timeoutMs })
    return null
  }
  if (smtp === null) throw new RollcallError('alert_not_delivered', { detail: 'no mail server is set' })
  const { to } = alert.target
  const email = { id: `${event.id}.${alert.id}`, to, ...alertMessage(event, publicUrl) }
  const refused = await sendEmail(smtp, email, timeoutMs)
  if (refused.length === 0) return null
  return `the mail server refused recipients ${refused.join(', ')} of ${to.length}; the others got it`
}
