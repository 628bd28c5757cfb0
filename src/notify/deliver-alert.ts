import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import { asRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { AlertTable, Tables } from '../store/schema.ts'
import { capital, plural } from '../base/words.ts'
import { testEvent } from './alert-events.ts'
import type { AlertEvent } from './alert-event.ts'
import { alertMessage, webhookBody } from './alert-message.ts'
import { keepSettled, refusedWords, settledBy, settledRecipients } from './alert-recipients.ts'
import { sendEmail, sendWebhook } from './alert-senders.ts'
import type { SmtpSettings, WebhookSettings } from './alert-senders.ts'
import type { SecretSealer } from './alerts.ts'

type Db = Kysely<Tables>

const NO_MAIL_SERVER =
  'no mail server is set up. Set ROLLCALL_SMTP_URL and ROLLCALL_MAIL_FROM where Rollcall runs'

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
 * Delivers an event to an alert and records how that went. An alert that is gone or switched off meanwhile gets nothing. Another try
 * after a passing error goes only to those recipients that the mail server refused for now. It may be delivered
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
  if (outcome.error !== null) throw outcome.error
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
  if (!outcome.sent) return { delivered: false, text: outcome.problem ?? '' }
  return {
    delivered: true,
    text: outcome.problem === null ? deliveredWords(alert) : `${capital(outcome.problem)}.`,
  }
}

function deliveredWords({ target }: Pick<Selectable<AlertTable>, 'target'>): string {
  return 'url' in target
    ? 'The receiver accepted it.'
    : `The mail server accepted it for ${plural(target.to.length, 'recipient')}.`
}

/** What became of one try. */
interface Outcome {
  /** Someone got it. */
  readonly sent: boolean
  /** What is wrong, also when it was sent to some. */
  readonly problem: string | null
  /** Why it is not delivered yet; null when nothing is left to do. */
  readonly error: RollcallError | null
}

const DELIVERED: Outcome = { sent: true, problem: null, error: null }

/** Sends and records how that went. */
async function attempt(
  db: Db,
  sealer: SecretSealer,
  settings: DeliverySettings,
  alert: Selectable<AlertTable>,
  event: AlertEvent,
): Promise<Outcome> {
  const outcome = await send(db, alert, sealer, settings, event).catch((reason: unknown): Outcome => {
    const error = asRollcallError(reason)
    return { sent: false, problem: error.message, error }
  })
  await db
    .updateTable('alert')
    .set({ last_problem: outcome.problem, ...(outcome.sent ? { last_sent_at: sql<Date>`now()` } : {}) })
    .where('id', '=', alert.id)
    .execute()
  return outcome
}

async function send(
  db: Db,
  alert: Selectable<AlertTable>,
  sealer: SecretSealer,
  settings: DeliverySettings,
  event: AlertEvent,
): Promise<Outcome> {
  const { target } = alert
  if ('to' in target) return sendToAll(db, { alertId: alert.id, to: target.to }, settings, event)
  const { publicUrl, webhooks, timeoutMs } = settings
  const secret = sealer.open(alert.sealed ?? '', { table: 'alert', id: alert.id })
  const webhook = { id: event.id, body: webhookBody(event, publicUrl) }
  await sendWebhook(target.url, secret, webhook, { ...webhooks, timeoutMs })
  return DELIVERED
}

/** Sends to those recipients that no earlier try has settled. What this one settles is kept while others are to be tried again. */
async function sendToAll(
  db: Db,
  { alertId, to }: { readonly alertId: string; readonly to: readonly string[] },
  { smtp, publicUrl, timeoutMs }: DeliverySettings,
  event: AlertEvent,
): Promise<Outcome> {
  if (smtp === null) throw new RollcallError('alert_not_delivered', { detail: NO_MAIL_SERVER })
  const message = { alertId, eventId: event.id }
  const before = await settledRecipients(db, message)
  const due = to.filter((address) => !before.some(({ recipient }) => recipient === address))
  if (due.length === 0) return { ...DELIVERED, problem: refusedWords(to, before, []) }
  const email = { id: `${event.id}.${alertId}`, to: due, ...alertMessage(event, publicUrl) }
  const refusals = await sendEmail(smtp, email, timeoutMs)
  const now = settledBy(due, refusals)
  const settled = [...before, ...now]
  const waiting = refusals.filter(({ passing }) => passing)
  if (waiting.length > 0) await keepSettled(db, message, now)
  const problem = refusedWords(to, settled, waiting)
  const sent = refusals.length < due.length
  const isDone = waiting.length === 0 && settled.some(({ refusedWith }) => refusedWith === null)
  if (problem === null || isDone) return { sent, problem, error: null }
  const error = new RollcallError('alert_not_delivered', { detail: problem }, { passing: waiting.length > 0 })
  return { sent, problem: sent ? problem : error.message, error }
}
