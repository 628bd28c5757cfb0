import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Filled, Input } from '../../api/call.ts'
import type { OrchestrationInput } from '../../api/operations.ts'
import { cronOf, firstRhythm, rhythmOf } from '../../format/cron.ts'
import type { Rhythm } from '../../format/cron.ts'
import { changesOf } from '../../ui/merge.ts'

/** What the form of an orchestration holds, and what of it is sent. */

export type Orchestration = Answer<'orchestrations.get'>

type LimitName = keyof Orchestration['limits']

export interface OrchestrationValues extends Filled<Omit<OrchestrationInput, 'cron' | 'enabled' | 'limits'>> {
  readonly rhythm: Rhythm
  /** Empty for the installation's own. */
  readonly limits: Readonly<Record<LimitName, number | ''>>
}

export type OrchestrationForm = UseFormReturnType<OrchestrationValues>

export const labels: Readonly<Record<keyof OrchestrationValues, string>> = {
  name: 'Name',
  queryId: 'Query',
  destinationId: 'Destination',
  listName: 'List name',
  adopt: 'Use the list even if it is not empty at first use',
  sendAdditionsFirst: 'Send additions while removals wait',
  automatic: 'Schedule',
  rhythm: 'Runs',
  timeZone: 'Time zone',
  limits: 'Limits',
}

export function newValues(): OrchestrationValues {
  return {
    name: '',
    queryId: '',
    destinationId: '',
    listName: '',
    adopt: false,
    sendAdditionsFirst: false,
    automatic: false,
    rhythm: firstRhythm,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    limits: limitsOf({}),
  }
}

export function valuesOf(orchestration: Orchestration): OrchestrationValues {
  const { name, query, destination, target, adopt, sendAdditionsFirst } = orchestration
  const { automatic, schedule, limits } = orchestration
  return {
    name,
    queryId: query.id,
    destinationId: destination.id,
    listName: target?.name ?? '',
    adopt,
    sendAdditionsFirst,
    automatic,
    rhythm: schedule === null ? firstRhythm : rhythmOf(schedule.cron),
    timeZone: schedule?.timeZone ?? newValues().timeZone,
    limits: limitsOf(limits),
  }
}

export function problemsOf(values: OrchestrationValues): Record<string, string | null> {
  return {
    queryId: values.queryId === '' ? 'Choose a query.' : null,
    destinationId: values.destinationId === '' ? 'Choose a destination.' : null,
    rhythm: values.automatic ? problemOf(values.rhythm) : null,
  }
}

function problemOf(rhythm: Rhythm): string | null {
  if (cronOf(rhythm) !== null) return null
  return rhythm.kind === 'week' ? 'Choose at least one day of the week.' : 'Say when it runs.'
}

/** A schedule is kept while the orchestration runs by hand. */
export function bodyOf(values: OrchestrationValues): Input<'orchestrations.create'>['body'] {
  const { rhythm, timeZone, limits, listName, ...rest } = values
  return {
    ...rest,
    listName: listName === '' ? null : listName,
    ...(values.automatic ? { cron: cronOf(rhythm), timeZone } : {}),
    limits: Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== '')),
  }
}

/** Only what was edited, so that what someone else edits at the same time stays. */
export function editsOf(
  before: OrchestrationValues,
  after: OrchestrationValues,
): Omit<Input<'orchestrations.update'>['body'], 'version'> {
  return changesOf(bodyOf(before), bodyOf(after))
}

function limitsOf(limits: Orchestration['limits']): OrchestrationValues['limits'] {
  const { removalPercentMax = '', removalCountMax = '', additionPercentMax = '', batchSize = '' } = limits
  return { removalPercentMax, removalCountMax, additionPercentMax, batchSize }
}
