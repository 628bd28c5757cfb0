import type { UseFormReturnType } from '@mantine/form'
import type { Answer, Filled, Input } from '../../api/call.ts'
import type { OrchestrationInput } from '../../api/operations.ts'
import { cronOf, firstRhythm, rhythmOf } from '../../format/cron.ts'
import type { Rhythm } from '../../format/cron.ts'
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
import type { SettingName, ShownSettings } from '../../ui/settings-form.ts'

/** What the form of an orchestration holds, and what of it is sent. */

export type Orchestration = Answer<'orchestrations.get'>

export type Kinds = Answer<'destinations.kinds'>['items']

interface CommonValues extends Filled<Pick<OrchestrationInput, Common>> {
  /** Of the destination; until one is chosen, the first that there is. */
  readonly kind: string
  readonly rhythm: Rhythm
  /** Empty for the installation's own. */
  readonly limits: Readonly<Record<string, number | ''>>
}

type Common = 'name' | 'queryId' | 'destinationId' | 'listName' | 'automatic' | 'timeZone'

/** With the options of all kinds. */
export type OrchestrationValues = CommonValues & { readonly [option: SettingName]: string }

export type OrchestrationForm = UseFormReturnType<OrchestrationValues>

export const labels = {
  name: 'Name',
  queryId: 'Query',
  destinationId: 'Destination',
  kind: 'Kind of destination',
  listName: 'List name',
  automatic: 'Schedule',
  rhythm: 'Runs',
  timeZone: 'Time zone',
  limits: 'Limits',
} as const satisfies Record<keyof CommonValues, string>

/** With those of the options of all kinds. */
export function labelsOf(kinds: Kinds): Readonly<Record<keyof OrchestrationValues, string>> {
  const options = kinds.flatMap(({ orchestration }) =>
    orchestration.fields.map(({ name, label }) => [settingName(name), label] as const),
  )
  return { ...labels, ...(Object.fromEntries(options) as Record<SettingName, string>) }
}

export function newValues(kinds: Kinds): OrchestrationValues {
  return {
    ...settingValues(newSettings(kinds.map(({ orchestration }) => orchestration))),
    name: '',
    queryId: '',
    destinationId: '',
    kind: kinds[0]?.kind ?? '',
    listName: '',
    automatic: false,
    rhythm: firstRhythm,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    limits: limitsOf(kinds, {}),
  }
}

export function valuesOf(kinds: Kinds, orchestration: Orchestration): OrchestrationValues {
  const { name, query, destination, target, automatic, schedule, limits } = orchestration
  const options = optionsOf(kinds, destination.kind)
  return {
    ...newValues(kinds),
    ...settingValues(typedSettings(options, shownOptions(orchestration))),
    name,
    queryId: query.id,
    destinationId: destination.id,
    kind: destination.kind,
    listName: target?.name ?? '',
    automatic,
    rhythm: schedule === null ? firstRhythm : rhythmOf(schedule.cron),
    timeZone: schedule?.timeZone ?? newValues(kinds).timeZone,
    limits: limitsOf(kinds, limits),
  }
}

/** What a kind's orchestrations take in addition to what all of them have. */
export function optionsOf(kinds: Kinds, kind: string): Kinds[number]['orchestration'] | undefined {
  return kinds.find((one) => one.kind === kind)?.orchestration
}

/** Which options there are is known as the page is shown, and not to the compiler. */
export function shownOptions(orchestration: Orchestration): ShownSettings {
  return orchestration as unknown as ShownSettings
}

export function problemsOf(kinds: Kinds, values: OrchestrationValues): Record<string, string | null> {
  const problems = settingProblems(optionsOf(kinds, values.kind), settingsIn(values), true)
  return {
    queryId: values.queryId === '' ? 'Choose a query.' : null,
    destinationId: values.destinationId === '' ? 'Choose a destination.' : null,
    rhythm: values.automatic ? problemOf(values.rhythm) : null,
    ...Object.fromEntries(Object.entries(problems).map(([field, text]) => [settingName(field), text])),
  }
}

function problemOf(rhythm: Rhythm): string | null {
  if (cronOf(rhythm) !== null) return null
  return rhythm.kind === 'week' ? 'Choose at least one day of the week.' : 'Say when it runs.'
}

/** A new one has nothing to take out. */
export function bodyOf(kinds: Kinds, values: OrchestrationValues): Input<'orchestrations.create'>['body'] {
  const sent = Object.entries(sentOf(kinds, values)).filter(
    ([name, value]) => value !== null || name === 'listName',
  )
  return Object.fromEntries(sent) as never
}

/** Only what was edited, so that what someone else edits at the same time stays. */
export function editsOf(
  kinds: Kinds,
  before: OrchestrationValues,
  after: OrchestrationValues,
): Omit<Input<'orchestrations.update'>['body'], 'version'> {
  return changesOf<object>(sentOf(kinds, before), sentOf(kinds, after))
}

/** A schedule is kept while the orchestration runs by hand. */
function sentOf(kinds: Kinds, values: OrchestrationValues): object {
  const { name, queryId, destinationId, kind, listName, automatic, rhythm, timeZone, limits } = values
  const options = optionsOf(kinds, kind)
  const own = (options?.limits ?? []).flatMap(({ name: limit }) => {
    const value = limits[limit] ?? ''
    return value === '' ? [] : [[limit, value] as const]
  })
  return {
    name,
    queryId,
    destinationId,
    listName: listName === '' ? null : listName,
    automatic,
    ...(automatic ? { cron: cronOf(rhythm), timeZone } : {}),
    limits: Object.fromEntries(own),
    ...sentSettings(options, settingsIn(values)),
  }
}

function limitsOf(kinds: Kinds, limits: Orchestration['limits']): OrchestrationValues['limits'] {
  const known: Readonly<Record<string, number | undefined>> = limits
  const names = kinds.flatMap(({ orchestration }) => orchestration.limits.map(({ name }) => name))
  return Object.fromEntries(names.map((name) => [name, known[name] ?? '']))
}
