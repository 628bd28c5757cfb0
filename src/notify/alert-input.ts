import type { AlertInput, EmailTarget, WebhookTarget } from '../objects/alert.ts'
import { checkedName } from '../base/checked-name.ts'
import { invalid } from '../base/rollcall-error.ts'
import type { Limits } from '../base/limits.ts'
import { nearestName } from '../base/nearest.ts'
import { allAlertTopics } from './alert-topics.ts'
import { isOpenHost } from './webhook-hosts.ts'
import type { WebhookHosts } from './webhook-hosts.ts'

/** What a person may set of an alert, and the checks of it. */

export type CheckedAlert = Omit<AlertInput, 'target'> & { readonly target: EmailTarget | WebhookTarget }

const RECIPIENTS_MAX = 20
const URL_CHARS_MAX = 2_000
const SECRET = /^[\u0021-\u007e]{16,200}$/
const SLOWER_THAN_MS_MIN = 1_000
const SLOWER_THAN_MS_MAX = 30 * 24 * 60 * 60_000

/** One line of mail headers: no white space, quotes, brackets, lists or comments, and a dot in the domain. */
const ADDRESS =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$/
const ADDRESS_CHARS_MAX = 254

interface Against {
  readonly limits: Limits
  /** The hosts that a webhook may go to; null leaves one alone that was saved before. */
  readonly hosts: WebhookHosts | null
  /** Events that it had: one of a kind of workflow that is gone does not keep people from editing the rest. */
  readonly kept: readonly string[]
}

/** The alert as it is stored: trimmed, without repeats. Error: `request_invalid`. */
export function checkAlert(input: AlertInput, { limits, hosts, kept }: Against): CheckedAlert {
  const events = checkedEvents(input.events, kept)
  return {
    name: checkedName(input.name, limits),
    events,
    target: 'to' in input.target ? checkedRecipients(input.target.to) : checkedWebhook(input.target, hosts),
    slowerThanMs: checkedSlowerThan(input.slowerThanMs, events),
    enabled: input.enabled,
  }
}

function checkedEvents(given: readonly string[], kept: readonly string[]): string[] {
  if (given.length === 0) throw invalid('events is empty: name at least one event.')
  const events = allAlertTopics().map(({ event }) => event)
  const wanted = [...new Set(given)]
  const unknown = wanted.find((event) => !events.includes(event) && !kept.includes(event))
  if (unknown === undefined) return wanted
  const near = nearestName(unknown, events)
  const hint = near === null ? `Events are ${events.join(', ')}.` : `Did you mean "${near}"?`
  throw invalid(`there is no event "${unknown}". ${hint}`)
}

function checkedRecipients(to: readonly string[]): EmailTarget {
  const seen = new Set<string>()
  const recipients = to
    .map((address) => address.trim())
    .filter((address) => !seen.has(address.toLowerCase()) && seen.add(address.toLowerCase()))
  if (recipients.length === 0) throw invalid('to is empty: name at least one recipient.')
  if (recipients.length > RECIPIENTS_MAX)
    throw invalid(`to names ${recipients.length} recipients; the most is ${RECIPIENTS_MAX}.`)
  const wrong = recipients.findIndex((address) => !isAddress(address))
  if (wrong >= 0) throw invalid(`recipient ${wrong + 1} of to is not a valid e-mail address.`)
  return { to: recipients }
}

export function isAddress(text: string): boolean {
  return text.length <= ADDRESS_CHARS_MAX && ADDRESS.test(text) && !/^\.|\.\.|\.@/.test(text)
}

function checkedWebhook(
  { url, secret }: WebhookTarget & { readonly secret?: string },
  hosts: WebhookHosts | null,
): WebhookTarget {
  if (secret !== undefined && !SECRET.test(secret))
    throw invalid('secret takes 16 to 200 ASCII letters, digits and symbols, without spaces.')
  const parsed = url.length <= URL_CHARS_MAX ? URL.parse(url.trim()) : null
  if (parsed === null || !(parsed.protocol === 'https:' || parsed.protocol === 'http:'))
    throw invalid(`url takes an https or http address of at most ${URL_CHARS_MAX} characters.`)
  // What is sent is signed; a password in the address would be shown to all who see the alert.
  if (parsed.username !== '' || parsed.password !== '')
    throw invalid('url holds a user or password. Omit them: Rollcall signs every message.')
  // What a name leads to can change: it is looked up at each delivery.
  if (hosts !== null && !isOpenHost(hosts, parsed))
    throw invalid(
      'url names a host on this machine or a private network, where Rollcall delivers nothing. Use a public host, or ask the person who runs Rollcall to list this one in ROLLCALL_WEBHOOK_HOSTS.',
    )
  parsed.hash = ''
  return { url: parsed.href }
}

function checkedSlowerThan(ms: number | null, events: readonly string[]): number | null {
  if (!events.includes('slower_than')) {
    if (ms !== null) throw invalid('slowerThanMs is only for the event slower_than.')
    return null
  }
  if (ms === null) throw invalid('slowerThanMs is missing: give the time after which a run counts as slow.')
  if (!Number.isSafeInteger(ms) || ms < SLOWER_THAN_MS_MIN || ms > SLOWER_THAN_MS_MAX)
    throw invalid(`slowerThanMs takes a whole number from ${SLOWER_THAN_MS_MIN} to ${SLOWER_THAN_MS_MAX}.`)
  return ms
}
