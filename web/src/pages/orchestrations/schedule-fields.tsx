import { Checkbox, NativeSelect, NumberInput, Radio, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../../api/hooks.ts'
import { cronOf } from '../../format/cron.ts'
import type { Rhythm, RhythmKind } from '../../format/cron.ts'
import { NextRuns } from './next-runs.tsx'
import { labels } from './orchestration-form.ts'
import type { OrchestrationForm } from './orchestration-form.ts'
import { offeredWithin } from '../../ui/offered-within.ts'

const kinds: readonly { readonly value: RhythmKind; readonly label: string }[] = [
  { value: 'hour', label: 'every hour' },
  { value: 'day', label: 'every day' },
  { value: 'weekdays', label: 'on weekdays, Monday to Friday' },
  { value: 'week', label: 'on chosen days of the week' },
  { value: 'month', label: 'once a month' },
  { value: 'cron', label: 'by a cron expression' },
]

/** By hand, or when it runs by itself; the server says a schedule in words, with its next runs. */
export function ScheduleFields({ form }: { readonly form: OrchestrationForm }): ReactElement {
  const { automatic } = form.getValues()
  return (
    <>
      <Radio.Group
        label={labels.automatic}
        value={automatic ? 'automatic' : 'hand'}
        onChange={(value) => form.setFieldValue('automatic', value === 'automatic')}
      >
        <div className="choices">
          <Radio value="hand" label="By hand" description="It runs when you choose Run now." />
          <Radio value="automatic" label="Automatic" description="It runs by itself, on a schedule." />
        </div>
      </Radio.Group>
      {automatic && <Automatic form={form} />}
    </>
  )
}

const TYPING_MS = 250

function Automatic({ form }: { readonly form: OrchestrationForm }): ReactElement {
  const { rhythm, timeZone } = form.getValues()
  const cron = cronOf(rhythm)
  const [asked] = useDebouncedValue({ cron: cron ?? '', timeZone }, TYPING_MS)
  const described = useRead(
    'orchestrations.describe-schedule',
    { query: asked },
    { enabled: asked.cron !== '' },
  )
  const set = (changed: Partial<Rhythm>): void => form.setFieldValue('rhythm', { ...rhythm, ...changed })
  const problem = form.errors['rhythm'] ?? (cron === null ? undefined : described.error?.message)
  return (
    <fieldset className="schedule-fields" aria-label="Schedule">
      <div className="schedule-row">
        <NativeSelect
          label={labels.rhythm}
          data={kinds}
          value={rhythm.kind}
          // A cron of one's own begins with what was chosen before.
          onChange={({ currentTarget: { value } }) =>
            set({ kind: value as RhythmKind, cron: cronOf(rhythm) ?? rhythm.cron })
          }
        />
        <RhythmFields rhythm={rhythm} set={set} problem={problem} />
        <ZoneField value={timeZone} onChange={(zone) => form.setFieldValue('timeZone', zone)} />
      </div>
      {problem !== undefined && rhythm.kind !== 'cron' && (
        <p className="field-error" role="alert">
          {problem}
        </p>
      )}
      <div className="schedule-said" aria-live="polite">
        {problem === undefined && cron !== null && described.data !== undefined && (
          <NextRuns schedule={described.data} />
        )}
      </div>
      <p className="dim small">When the clocks change, no run is left out and none is made twice.</p>
    </fieldset>
  )
}

interface RhythmProps {
  readonly rhythm: Rhythm
  readonly set: (changed: Partial<Rhythm>) => void
}

function RhythmFields(props: RhythmProps & { readonly problem: ReactNode }): ReactElement {
  const { rhythm, set } = props
  if (rhythm.kind === 'cron')
    return (
      <TextInput
        className="schedule-wide"
        label="Cron expression"
        description="Minute, hour, day of month, month and day of week."
        error={props.problem}
        value={rhythm.cron}
        required
        withAsterisk={false}
        onChange={({ currentTarget: { value } }) => set({ cron: value })}
      />
    )
  if (rhythm.kind === 'hour')
    return (
      <WholeField label="At minute" value={rhythm.minute} max={59} onChange={(minute) => set({ minute })} />
    )
  return (
    <>
      {rhythm.kind === 'week' && <DaysField rhythm={rhythm} set={set} />}
      {rhythm.kind === 'month' && (
        <WholeField
          label="On day"
          value={rhythm.dayOfMonth}
          min={1}
          max={31}
          onChange={(dayOfMonth) => set({ dayOfMonth })}
        />
      )}
      <TextInput
        type="time"
        label="At"
        value={rhythm.time}
        required
        withAsterisk={false}
        onChange={({ currentTarget: { value } }) => set({ time: value })}
      />
    </>
  )
}

function WholeField(props: {
  readonly label: string
  readonly value: number | null
  readonly min?: number
  readonly max: number
  readonly onChange: (value: number | null) => void
}): ReactElement {
  return (
    <NumberInput
      label={props.label}
      value={props.value ?? ''}
      min={props.min ?? 0}
      max={props.max}
      allowDecimal={false}
      required
      withAsterisk={false}
      onChange={(value) => props.onChange(typeof value === 'number' ? value : null)}
    />
  )
}

/** The week begins on Monday; Sunday is 0. */
const weekDays = [
  ['1', 'Monday'],
  ['2', 'Tuesday'],
  ['3', 'Wednesday'],
  ['4', 'Thursday'],
  ['5', 'Friday'],
  ['6', 'Saturday'],
  ['0', 'Sunday'],
] as const

function DaysField({ rhythm, set }: RhythmProps): ReactElement {
  return (
    <Checkbox.Group
      label="On"
      className="schedule-wide"
      value={rhythm.days.map(String)}
      onChange={(days) => set({ days: days.map(Number).toSorted((one, other) => one - other) })}
    >
      <div className="row">
        {weekDays.map(([value, label]) => (
          <Checkbox key={value} value={value} label={label} />
        ))}
      </div>
    </Checkbox.Group>
  )
}

const ZONES_OFFERED = 60

function ZoneField(props: {
  readonly value: string
  readonly onChange: (zone: string) => void
}): ReactElement {
  // A zone that was saved under a former name stays as it is.
  const zones = [...new Set([props.value, 'UTC', ...Intl.supportedValuesOf('timeZone')])].toSorted()
  return (
    <Select
      {...offeredWithin}
      label={labels.timeZone}
      searchable
      allowDeselect={false}
      data={zones}
      limit={ZONES_OFFERED}
      value={props.value}
      onChange={(zone) => props.onChange(zone ?? props.value)}
      nothingFoundMessage="No matching time zone"
    />
  )
}
