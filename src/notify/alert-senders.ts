import { createWayOut } from '../base/http-way.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { isAddress } from './alert-input.ts'
import { signWebhook } from './alert-message.ts'
import { isOpenHost, lookupOpen } from './webhook-hosts.ts'
import type { WebhookHosts } from './webhook-hosts.ts'
import { span } from '../base/words.ts'

/**
 * One try to deliver a message. What goes wrong is `alert_not_delivered`, passing when another try may succeed, in words that hold
 * neither a password nor an address: what servers say is not repeated.
 */

export interface SmtpSettings {
  readonly host: string
  readonly port: number
  /** TLS from the start; otherwise as soon as the server offers it. */
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | null
  /** The sender: an address, or `Name <address>`. */
  readonly from: string
}

/**
 * Settings from an address such as `smtps://user:password@host:465` or `smtp://host:587` and the sender. Error:
 * `wrong_usage`, without the address, which may hold a password.
 */
export function smtpSettings(url: string, from: string): SmtpSettings {
  const parsed = URL.parse(url)
  const port = parsed === null ? undefined : PORTS[parsed.protocol]
  const isPlain =
    parsed !== null && /^\/?$/.test(parsed.pathname) && parsed.search === '' && parsed.hash === ''
  if (parsed === null || port === undefined || parsed.hostname === '' || !isPlain) {
    throw wrongUsage(
      'The address of the mail server is not valid. Write it as smtps://user:password@host:465.',
    )
  }
  if (!isAddress(addressIn(from))) throw wrongUsage('The sender of alerts is not a valid e-mail address.')
  const user = decoded(parsed.username)
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? port : Number(parsed.port),
    secure: parsed.protocol === 'smtps:',
    auth: user === '' ? null : { user, pass: decoded(parsed.password) },
    from,
  }
}

const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrongUsage(
      'The address of the mail server has a "%" that is not followed by two hexadecimal digits.',
    )
  }
}

function wrongUsage(detail: string): RollcallError {
  return new RollcallError('wrong_usage', { detail })
}

/** The address within `Name <address>`. */
function addressIn(from: string): string {
  return /<([^<>]*)>\s*$/.exec(from)?.[1] ?? from.trim()
}

export interface Email {
  /** Becomes the message id, so that mail programs show a repeat once. */
  readonly id: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

/** Mail servers keep strangers waiting on purpose. */
const EMAIL_TIMEOUTS = 3

/** A recipient that the server refused, while it may have taken others. */
export interface Refusal {
  /** As in `to`. */
  readonly recipient: string
  /** The server's number, such as 450 or 550. */
  readonly status: number
  /** Another try may succeed. */
  readonly passing: boolean
}

/**
 * Sends to all recipients at once; gives those that the server refused. The others have got it. Error: `alert_not_delivered` when
 * nothing was sent for a reason that is none of the recipients'.
 */
export async function sendEmail(
  settings: SmtpSettings,
  email: Email,
  timeoutMs: number,
): Promise<readonly Refusal[]> {
  const { host, port, secure, auth, from } = settings
  const waitMs = timeoutMs * EMAIL_TIMEOUTS
  // Loading takes a while, and few commands ever send mail.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure,
    // A password never goes out in clear, unless it stays on this machine.
    requireTLS: !secure && auth !== null && !isThisMachine(host),
    ...(auth === null ? {} : { auth }),
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    dnsTimeout: waitMs,
    socketCloseTimeout: 0,
  })
  const domain = addressIn(from).split('@')[1] ?? 'rollcall'
  const deadline = AbortSignal.timeout(waitMs)
  try {
    const { rejectedErrors = [] } = await transport.sendMail({
      from,
      to: [...email.to],
      subject: email.subject,
      text: email.text,
      messageId: `<${email.id}@${domain}>`,
      // No absence notes in return.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: deadline,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    return refusalsOf(email, rejectedErrors)
  } catch (error) {
    const refusals = refusalsOf(email, (Object(error) as MailError).rejectedErrors ?? [])
    if (refusals.length > 0) return refusals
    throw notDelivered(emailReason(error, deadline.aborted, waitMs), isPassingEmail(error))
  } finally {
    transport.close()
  }
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d+){3}$/.test(host)
}

interface MailError {
  readonly code?: string | undefined
  readonly responseCode?: number | undefined
  readonly recipient?: string | undefined
  readonly rejectedErrors?: readonly MailError[] | undefined
}

/** By our own spelling of the addresses: the library may give another, and its errors quote the server. */
function refusalsOf({ to }: Email, errors: readonly MailError[]): Refusal[] {
  return errors.flatMap(({ recipient: name = '', responseCode = 0 }) => {
    const recipient = to.find((address) => address.toLowerCase() === name.toLowerCase())
    if (recipient === undefined) return []
    return [{ recipient, status: responseCode, passing: responseCode < LASTING_STATUS }]
  })
}

/** Mail servers refuse for good with numbers from here. */
const LASTING_STATUS = 500

function emailReason(error: unknown, isLate: boolean, waitMs: number): string {
  const { code = 'unknown', responseCode } = Object(error) as MailError
  const answer = responseCode === undefined ? '' : ` (${responseCode})`
  if (isLate || code === 'ETIMEDOUT') return `the mail server did not answer within ${span(waitMs / 1000)}`
  if (code === 'EAUTH' || code === 'ENOAUTH') return `the mail server rejects the user or password${answer}`
  if (code === 'EENVELOPE') return `the mail server refuses the sender${answer}`
  if (code === 'ETLS') return 'the mail server offers no encrypted connection'
  if (responseCode !== undefined) return `the mail server refuses the message${answer}`
  return `the mail server cannot be reached: ${wayReason(error)}`
}

/** A refusal with a number from 500 is for good, and so are a wrong password and a certificate that is not trusted. */
function isPassingEmail(error: unknown): boolean {
  const { code = '', responseCode = 0 } = Object(error) as MailError
  return (
    responseCode < LASTING_STATUS &&
    !/^E(?:NO)?AUTH$|^ETLS$/.test(code) &&
    !isCertificate(codeOf(error) ?? '')
  )
}

export interface Webhook {
  /** The same for a repeat; sent as `Rollcall-Delivery`. */
  readonly id: string
  readonly body: string
}

const ANSWER_BYTES_MAX = 1024

/** How webhooks go out. */
export interface WebhookSettings {
  readonly timeoutMs: number
  readonly hosts: WebhookHosts
  /** For the variables of proxies. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Posts the body, signed. Any status from 200 to 299 is success; redirects are not followed. A receiver that does not answer is reported
 * in one way, whatever the reason, so that no one can find out what is behind an address.
 */
export async function sendWebhook(
  address: string,
  secret: string,
  webhook: Webhook,
  { timeoutMs, hosts, env }: WebhookSettings,
): Promise<void> {
  const url = new URL(address)
  if (!isOpenHost(hosts, url)) throw notReached()
  const { origin, pathname, search } = url
  const way = createWayOut(env, { connectMs: timeoutMs, lookup: lookupOpen(hosts) })
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const { statusCode, body } = await way.request({
      origin,
      method: 'POST',
      path: pathname + search,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'rollcall',
        'rollcall-delivery': webhook.id,
        'rollcall-signature': signWebhook(secret, Math.floor(Date.now() / 1000), webhook.body),
      },
      body: webhook.body,
      signal: deadline,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
    // The status says it all. A little is read so that a short answer ends in good order.
    await body.dump({ limit: ANSWER_BYTES_MAX, signal: deadline }).catch(() => {})
    if (statusCode < 200 || statusCode > 299) throw refused(statusCode)
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw notReached()
  } finally {
    await way.destroy()
  }
}

function notReached(): RollcallError {
  const detail =
    'the receiver cannot be reached. Its host must be on the public internet or listed in ROLLCALL_WEBHOOK_HOSTS, and its certificate must be trusted'
  return notDelivered(detail, true)
}

function refused(status: number): RollcallError {
  const hint = status >= 300 && status < 400 ? '; redirects are not followed' : ''
  const isPassing = status >= 500 || status === 408 || status === 429
  return notDelivered(`the receiver answered with status ${status}${hint}`, isPassing)
}

/** Without the cause: that of a mail error holds the server's own words, with addresses in them. */
function notDelivered(detail: string, passing: boolean): RollcallError {
  return new RollcallError('alert_not_delivered', { detail }, { passing })
}

const WAY_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at its host and port',
  ENOTFOUND: 'its host name is unknown',
  EDNS: 'its host name is unknown',
  EAI_AGAIN: 'its host name cannot be resolved at the moment',
  ECONNRESET: 'the connection was lost',
  ECONNECTION: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its host cannot be reached',
}

function wayReason(error: unknown): string {
  const code = codeOf(error) ?? 'unknown'
  return WAY_REASONS[code] ?? (isCertificate(code) ? `its certificate is not trusted (${code})` : code)
}

function isCertificate(code: string): boolean {
  return /CERT|UNABLE_TO|ERR_TLS/.test(code)
}

/** The system's code of an error; nodemailer puts its own in the place of it, and one of several addresses may fail. */
function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  const { code, originalCode = code } = Object(error) as { code?: unknown; originalCode?: unknown }
  return typeof originalCode === 'string' && /^\w{1,60}$/.test(originalCode) ? originalCode : null
}
