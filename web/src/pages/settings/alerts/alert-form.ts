import type { Filled, Input } from '../../../api/call.ts'
import type { AlertEdit, AlertInput } from '../../../api/operations.ts'
import type { Alert } from './alert-events.ts'

/** What the form of an alert holds, and what of it is sent. */

export interface AlertValues extends Filled<Omit<AlertInput, 'target' | 'slowerThanMs'>> {
  readonly minutes: number | string
  readonly channel: Alert['channel']
  /** An address a line. */
  readonly to: string
  readonly url: string
  /** Never read back, so that an empty one stands for the one that is known. */
  readonly secret: string
  /** Of another person's alert only. */
  readonly takeOver: NonNullable<AlertEdit['takeOver']>
}

export const labels: Readonly<Record<keyof AlertValues, string>> = {
  name: 'Name',
  events: 'Events',
  minutes: 'Slower than (minutes)',
  channel: 'Channel',
  to: 'E-mail addresses',
  url: 'URL',
  secret: 'Secret',
  enabled: 'Enabled',
  takeOver: 'Take this alert over',
}

export const channelWords: Readonly<Record<Alert['channel'], string>> = {
  email: 'E-mail',
  webhook: 'Webhook',
}

const MINUTE_MS = 60_000

export const newValues: AlertValues = {
  name: '',
  events: ['workflow_failed', 'needs_person'],
  minutes: '',
  channel: 'email',
  to: '',
  url: '',
  secret: '',
  enabled: true,
  takeOver: false,
}

export function valuesOf({ name, events, channel, target, slowerThanMs, enabled }: Alert): AlertValues {
  return {
    ...newValues,
    ...('to' in target ? { to: target.to.join('\n') } : { url: target.url }),
    name,
    events,
    channel,
    minutes: minutesOf(slowerThanMs),
    enabled,
  }
}

function minutesOf(ms: number | null): number | string {
  return ms === null ? '' : ms / MINUTE_MS
}

export function problemsOf(values: AlertValues): Partial<Record<keyof AlertValues, string | null>> {
  const { name, events, minutes, channel, to, url } = values
  return {
    name: name.trim() === '' ? 'Give the alert a name.' : null,
    events: events.length === 0 ? 'Choose at least one event.' : null,
    minutes: events.includes('slower_than') && Number(minutes) <= 0 ? 'After how many minutes?' : null,
    to: channel === 'email' ? addressProblem(to) : null,
    url:
      channel === 'webhook' && !/^https?:\/\/./i.test(url.trim())
        ? 'Give an address that begins with https:// or http://.'
        : null,
  }
}

export function bodyOf(values: AlertValues): Input<'alerts.create'>['body'] {
  const { name, events, minutes, channel, to, url, secret, enabled } = values
  return {
    name,
    events,
    target:
      channel === 'email'
        ? { to: addressesOf(to) }
        : { url: url.trim(), ...(secret === '' ? {} : { secret }) },
    slowerThanMs: events.includes('slower_than') ? Math.round(Number(minutes) * MINUTE_MS) : null,
    enabled,
  }
}

/**
 * What an edit sends: the addresses only when they were typed anew, since people who may not view personal data see them masked.
 */
export function editOf(values: AlertValues, before: Alert): Omit<Input<'alerts.update'>['body'], 'version'> {
  const { target, ...body } = bodyOf(values)
  const isSame = values.channel === 'email' && values.to === valuesOf(before).to
  return { ...body, ...(isSame ? {} : { target }), ...(values.takeOver ? { takeOver: true } : {}) }
}

/** Names the wrong one; the API, which has the last word, says only which it is in their order. */
function addressProblem(text: string): string | null {
  const addresses = addressesOf(text)
  if (addresses.length === 0) return 'Give at least one address.'
  const wrong = addresses.find((address) => !/^[^@]+@[^@]+$/.test(address))
  return wrong === undefined ? null : `"${wrong}" is not a valid e-mail address.`
}

function addressesOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((address) => address !== '')
}
