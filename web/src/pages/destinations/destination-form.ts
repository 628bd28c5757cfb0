import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Filled, Input } from '../../api/call.ts'
import type { DestinationInput } from '../../api/operations.ts'
import type { LimitField } from '../../ui/limit-fields.tsx'
import { changesOf } from '../../ui/merge.ts'
import {
  newSettings,
  sentSettings,
  settingName,
  settingProblems,
  settingsIn,
  settingValues,
  typedSettings,
} from '../../ui/settings-form.ts'
import type { SettingName } from '../../ui/settings-form.ts'

/** What the form of a destination holds, and what of it is sent. */

export type Destination = Answer<'destinations.get'>

/** Waits are typed in minutes, and sent in milliseconds. */
const MINUTE_MS = 60_000

const limits = [
  {
    name: 'taskWaitMs',
    label: 'Pause before each retry of a failed task, in minutes',
    about: 'When Pinterest is unavailable, a workflow waits this long and tries again.',
    initial: 10,
    min: 0.01,
    max: 24 * 60,
    unit: MINUTE_MS,
  },
  {
    name: 'taskWaitForMs',
    label: 'Retry a failed task for, in minutes',
    about: 'Then the workflow fails and asks for a person.',
    initial: 120,
    min: 0,
    max: 7 * 24 * 60,
    unit: MINUTE_MS,
  },
  {
    name: 'writesPerMinute',
    label: 'Writes per minute',
    about: 'Calls that change something; Pinterest allows 400.',
    initial: 400,
    min: 1,
    max: 100_000,
    unit: 1,
  },
  {
    name: 'readsPerMinute',
    label: 'Reads per minute',
    about: 'Calls that only read; Pinterest allows 1,000.',
    initial: 1_000,
    min: 1,
    max: 100_000,
    unit: 1,
  },
] as const

type LimitName = (typeof limits)[number]['name']

export const limitFields: readonly LimitField<LimitName>[] = limits.map((limit) => ({
  ...limit,
  allowsDecimals: limit.unit !== 1,
}))

export type DestinationKinds = Answer<'destinations.kinds'>['items']

type Common = 'name' | 'description' | 'credentialId' | 'adminOnly' | 'limitedPii'

interface CommonValues extends Filled<Pick<DestinationInput, Common>> {
  readonly kind: string
  /** As they are typed; empty for the installation's own. */
  readonly limits: Readonly<Record<LimitName, number | ''>>
}

export type DestinationValues = CommonValues & { readonly [setting: SettingName]: string }

export type DestinationForm = UseFormReturnType<DestinationValues>

export const labels = {
  kind: 'Kind',
  name: 'Name',
  description: 'Description',
  credentialId: 'Credential',
  adminOnly: 'Admin only',
  limitedPii: 'PII setting',
  limits: 'Limits',
} as const satisfies Record<keyof CommonValues, string>

/** With those of the settings of all kinds. */
export function labelsOf(kinds: DestinationKinds): Readonly<Record<keyof DestinationValues, string>> {
  const fields = kinds.flatMap(({ fields: own }) =>
    own.map(({ name, label }) => [settingName(name), label] as const),
  )
  return { ...labels, ...(Object.fromEntries(fields) as Record<SettingName, string>) }
}

export function kindOf(
  kinds: DestinationKinds,
  { kind }: { readonly kind: string },
): DestinationKinds[number] | undefined {
  return kinds.find((one) => one.kind === kind)
}

/** The only kind there is needs no choosing. */
export function newValues(kinds: DestinationKinds): DestinationValues {
  const [only, ...others] = kinds
  return {
    ...settingValues(newSettings(kinds)),
    kind: others.length === 0 ? (only?.kind ?? '') : '',
    name: '',
    description: '',
    credentialId: '',
    adminOnly: false,
    limitedPii: false,
    limits: typedLimits({}),
  }
}

export function valuesOf(kinds: DestinationKinds, destination: Destination): DestinationValues {
  const { kind, name, description, credential, adminOnly, limitedPii, settings } = destination
  return {
    ...newValues(kinds),
    ...settingValues(typedSettings(kindOf(kinds, destination), settings)),
    kind,
    name,
    description,
    credentialId: credential?.id ?? '',
    adminOnly,
    limitedPii,
    limits: typedLimits(destination.limits),
  }
}

export function problemsOf(
  kinds: DestinationKinds,
  values: DestinationValues,
  isNew: boolean,
): Record<string, string | null> {
  const problems = settingProblems(kindOf(kinds, values), settingsIn(values), isNew)
  return {
    credentialId: values.credentialId === '' ? 'Choose a credential.' : null,
    ...Object.fromEntries(Object.entries(problems).map(([field, text]) => [settingName(field), text])),
  }
}

export function bodyOf(
  kinds: DestinationKinds,
  values: DestinationValues,
): Input<'destinations.create'>['body'] {
  const { kind } = values
  const settings = Object.entries(sentOf(kinds, values)).filter(([, value]) => value !== null)
  // Which fields a kind has is known as the page is shown, and not to the compiler.
  return { kind, ...commonOf(values), ...Object.fromEntries(settings) } as never
}

/** Only what was edited, so that what someone else edits at the same time stays. */
export function editsOf(
  kinds: DestinationKinds,
  before: DestinationValues,
  after: DestinationValues,
): Omit<Input<'destinations.update'>['body'], 'version'> {
  const sent = (values: DestinationValues) => ({ ...commonOf(values), ...sentOf(kinds, values) })
  return changesOf<object>(sent(before), sent(after))
}

function sentOf(kinds: DestinationKinds, values: DestinationValues) {
  return sentSettings(kindOf(kinds, values), settingsIn(values))
}

function commonOf({ name, description, credentialId, adminOnly, limitedPii, ...values }: DestinationValues) {
  const sent = limits.flatMap(({ name: limitName, unit }) => {
    const limit = values.limits[limitName]
    return limit === '' ? [] : [[limitName, Math.round(limit * unit)] as const]
  })
  return { name, description, credentialId, adminOnly, limitedPii, limits: Object.fromEntries(sent) }
}

export function typedLimits(of: Destination['limits']): DestinationValues['limits'] {
  const typed = limits.map(({ name, unit }) => {
    const limit = of[name]
    return [name, limit === undefined ? '' : limit / unit] as const
  })
  return Object.fromEntries(typed) as DestinationValues['limits']
}
