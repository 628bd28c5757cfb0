import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import { asRollcallError, isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { AlertTable, Tables } from '../store/schema.ts'
import { plural } from '../base/words.ts'
import { testEvent } from './alert-events.ts'
import type { AlertEvent } from './alert-events.ts'
import { alertMessage, webhookBody } from './alert-message.ts'
import { sendEmail, sendWebhook } from './alert-senders.ts'
import type { SmtpSettings, WebhookSettings } from './alert-senders.ts'
import type { SecretSealer } from './alerts.ts'

type Db = Kysely<Tables>

const NO_MAIL_SERVER =
  'no mail server is set. Set ROLLCALL_SMTP_URL and ROLLCALL_MAIL_FROM where Rollcall runs'

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
  const outcome = await attempt(db, sealer, settings, alert, event)
  if (isRollcallError(outcome)) throw outcome
}

/** What happened to a test. */
export interface TestOutcome {
  readonly delivered: boolean
  /** In a sentence, such as "Sent to 2 recipients." */
  readonly text: string
}

/**
 * Delivers a message that says it is a test, to an alert that may be switched off, and records how that went as for any other.
 * Error: `not_found`.
 */
export async function sendTest(
  db: Db,
  sealer: SecretSealer,
  settings: DeliverySettings,
  alertId: string,
): Promise<TestOutcome> {
  const alert = await db.selectFrom('alert').selectAll().where('id', '=', alertId).executeTakeFirst()
  if (alert === undefined) throw new RollcallError('not_found', { what: `alert ${alertId}` })
  const outcome = await attempt(db, sealer, settings, alert, testEvent(alert, new Date()))
  if (isRollcallError(outcome)) return { delivered: false, text: outcome.message }
  return { delivered: true, text: outcome === null ? deliveredWords(alert) : sentence(outcome) }
}

function deliveredWords({ target }: Pick<Selectable<AlertTable>, 'target'>): string {
  return 'url' in target
    ? 'The receiver accepted it.'
    : `The mail server accepted it for ${plural(target.to.length, 'recipient')}.`
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}

/** Sends and records how that went; gives the error, what is wrong although it was sent, or null. */
async function attempt(
  db: Db,
  sealer: SecretSealer,
  settings: DeliverySettings,
  alert: Selectable<AlertTable>,
  event: AlertEvent,
): Promise<RollcallError | string | null> {
  const outcome = await send(alert, sealer, settings, event).catch(asRollcallError)
  const isFailure = isRollcallError(outcome)
  await db
    .updateTable('alert')
    .set({
      last_problem: isFailure ? outcome.message : outcome,
      ...(isFailure ? {} : { last_sent_at: sql<Date>`now()` }),
    })
    .where('id', '=', alert.id)
    .execute()
  return outcome
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
  if (smtp === null) throw new RollcallError('alert_not_delivered', { detail: NO_MAIL_SERVER })
  const { to } = alert.target
  const email = { id: `${event.id}.${alert.id}`, to, ...alertMessage(event, publicUrl) }
  const refused = await sendEmail(smtp, email, timeoutMs)
  if (refused.length === 0) return null
  return `the mail server refused recipients ${refused.join(', ')} of ${to.length}; the others got it`
}
