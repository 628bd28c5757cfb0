import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Input } from '../../api/call.ts'
import type { LimitField } from '../../ui/limit-fields.tsx'
import { changesOf } from '../../ui/merge.ts'

/** What the form of a destination holds, and what of it is sent. */

export type Destination = Answer<'destinations.get'>

/** Waits are typed in minutes, and sent in milliseconds. */
const MINUTE_MS = 60_000

const limits = [
  {
    name: 'taskWaitMs',
    label: 'Pause before a failed task is tried again, in minutes',
    about: 'When Pinterest is unavailable, a workflow waits this long and tries again.',
    initial: 10,
    min: 0.01,
    max: 24 * 60,
    unit: MINUTE_MS,
  },
  {
    name: 'taskWaitForMs',
    label: 'A failed task is tried again for, in minutes',
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

export interface DestinationValues {
  readonly name: string
  readonly description: string
  readonly credentialId: string
  readonly adminOnly: boolean
  readonly limitedPii: boolean
  readonly adAccountId: string
  /** As they are typed; empty for the installation's own. */
  readonly limits: Readonly<Record<LimitName, number | ''>>
}

export type DestinationForm = UseFormReturnType<DestinationValues>

export const labels: Readonly<Record<keyof DestinationValues, string>> = {
  name: 'Name',
  description: 'Description',
  credentialId: 'Credential',
  adminOnly: 'Admin only',
  limitedPii: 'PII setting',
  adAccountId: 'Ad account ID',
  limits: 'Limits',
}

export const newValues: DestinationValues = {
  name: '',
  description: '',
  credentialId: '',
  adminOnly: false,
  limitedPii: false,
  adAccountId: '',
  limits: typedLimits({}),
}

export function valuesOf(destination: Destination): DestinationValues {
  const { name, description, credential, adminOnly, limitedPii, adAccount } = destination
  return {
    name,
    description,
    credentialId: credential?.id ?? '',
    adminOnly,
    limitedPii,
    adAccountId: adAccount.id,
    limits: typedLimits(destination.limits),
  }
}

export function problemsOf(values: DestinationValues): Partial<Record<keyof DestinationValues, string>> {
  return {
    ...(values.credentialId === '' ? { credentialId: 'Choose a credential.' } : {}),
    ...(/^\d{1,18}$/.test(values.adAccountId.trim())
      ? {}
      : { adAccountId: 'An ad account ID has 1 to 18 digits. Find it in the Ads Manager URL.' }),
  }
}

export function bodyOf(values: DestinationValues): Input<'destinations.create'>['body'] {
  const sent = limits.flatMap(({ name, unit }) => {
    const limit = values.limits[name]
    return limit === '' ? [] : [[name, Math.round(limit * unit)] as const]
  })
  return { ...values, adAccountId: values.adAccountId.trim(), limits: Object.fromEntries(sent) }
}

/** Only what was edited, so that what someone else edits at the same time stays. */
export function editsOf(
  before: DestinationValues,
  after: DestinationValues,
): Omit<Input<'destinations.update'>['body'], 'version'> {
  return changesOf(bodyOf(before), bodyOf(after))
}

function typedLimits(of: Destination['limits']): DestinationValues['limits'] {
  const typed = limits.map(({ name, unit }) => {
    const limit = of[name]
    return [name, limit === undefined ? '' : limit / unit] as const
  })
  return Object.fromEntries(typed) as DestinationValues['limits']
}
