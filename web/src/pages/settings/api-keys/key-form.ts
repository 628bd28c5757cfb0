import type { Filled, Input } from '../../../api/call.ts'
import type { ApiKeyInput } from '../../../api/operations.ts'
import { dayOf, startOfDay } from '../../../format/time.ts'
import { noPolicy } from '../grants/grants-fields.tsx'
import type { ApiKey } from './key-state.tsx'

/** What the form of an API key holds, and what of it is sent. */

export interface KeyValues extends Filled<Omit<ApiKeyInput, 'expiresAt'>> {
  /** The last day on which it works; empty for no end. */
  readonly lastDay: string
}

export const labels: Readonly<Record<keyof KeyValues, string>> = {
  name: 'Name',
  policies: 'Policies',
  options: 'Options',
  lastDay: 'Works through',
}

export const newKey: KeyValues = { name: '', policies: [], options: [], lastDay: '' }

export function valuesOf({ name, policies, options, expiresAt }: ApiKey): KeyValues {
  // It ends at the moment that it expires, and works a moment before.
  const lastDay = expiresAt === null ? '' : dayOf(new Date(Date.parse(expiresAt) - 1).toISOString())
  return { name, policies, options, lastDay }
}

export function problemsOf(values: KeyValues): Record<string, string | null> {
  return {
    name: values.name.trim() === '' ? 'Give the API key a name.' : null,
    policies: noPolicy(values),
  }
}

export function bodyOf({ lastDay, ...rest }: KeyValues): Input<'api-keys.create'>['body'] {
  return { ...rest, expiresAt: startOfDay(lastDay, 1) ?? null }
}

/** The expiry only when another day is meant, since the stored one is more exact than a day. */
export function editsOf(
  values: KeyValues,
  before: ApiKey,
): Omit<Input<'api-keys.update'>['body'], 'version'> {
  const { expiresAt, ...rest } = bodyOf(values)
  return values.lastDay === valuesOf(before).lastDay ? rest : { ...rest, expiresAt }
}
