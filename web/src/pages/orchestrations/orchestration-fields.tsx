import { Checkbox, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { LimitFields } from '../../ui/limit-fields.tsx'
import { Notice } from '../../ui/notices.tsx'
import { PickField } from '../../ui/pick-field.tsx'
import { useKind } from '../destinations/use-kind.ts'
import type { DestinationKind } from '../destinations/use-kind.ts'
import { labels } from './orchestration-form.ts'
import type { Orchestration, OrchestrationForm } from './orchestration-form.ts'
import { ScheduleFields } from './schedule-fields.tsx'

/** The fields of an orchestration, new or edited. */
export function OrchestrationFields(props: {
  readonly form: OrchestrationForm
  readonly before?: Orchestration
}): ReactElement {
  const { form, before } = props
  const { queryId, destinationId, listName } = form.getValues()
  const target = useTarget(destinationId, before)
  useEffect(() => {
    // What was typed for another destination means nothing to this one.
    if (target === null && listName !== '') form.setFieldValue('listName', '')
  }, [target, listName, form])
  return (
    <>
      <NothingYet />
      <TextInput
        label={labels.name}
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('name')}
      />
      <PickField
        label={labels.queryId}
        operation="queries.list"
        picked={before?.query}
        value={form.getValues().queryId}
        error={form.errors['queryId']}
        onChange={(id) => form.setFieldValue('queryId', id)}
      />
      <NotActive id={queryId} />
      <PickField
        label={labels.destinationId}
        operation="destinations.list"
        picked={before?.destination}
        value={form.getValues().destinationId}
        error={form.errors['destinationId']}
        onChange={(id) => form.setFieldValue('destinationId', id)}
      />
      {target !== null && <TargetFields form={form} target={target} isNew={before === undefined} />}
      <ScheduleFields form={form} />
      {target !== null && (
        <>
          <LimitFields of={limitFields} form={form} />
          <Checkbox
            label={labels.sendAdditionsFirst}
            description="Off: nothing is sent until you approve a large change. On: new members are added at once, and only a large removal waits."
            {...form.getInputProps('sendAdditionsFirst', { type: 'checkbox' })}
          />
        </>
      )}
    </>
  )
}

type Target = DestinationKind['target']

/** What is written to at the chosen destination: undefined until that is known, null for nothing by a name. */
function useTarget(destinationId: string, before: Orchestration | undefined): Target | undefined {
  const isKnown = destinationId === '' || destinationId === before?.destination.id
  const chosen = useRead('destinations.get', { params: { id: destinationId } }, { enabled: !isKnown })
  return useKind(isKnown ? before?.destination.kind : chosen.data?.kind)?.target
}

function TargetFields(props: {
  readonly form: OrchestrationForm
  readonly target: NonNullable<Target> | undefined
  readonly isNew: boolean
}): ReactElement {
  const { form, target, isNew } = props
  const moved = ` Another name is another ${target?.noun ?? 'list'}; the former one is left as it is.`
  return (
    <>
      <TextInput
        label={target?.label ?? labels.listName}
        description={`${target?.hint ?? ''}${isNew ? '' : moved}`}
        required
        withAsterisk={false}
        {...form.getInputProps('listName')}
      />
      <Checkbox
        label={labels.adopt}
        description="Members that it already has stay on it: Rollcall can neither see nor remove members that it did not add."
        {...form.getInputProps('adopt', { type: 'checkbox' })}
      />
    </>
  )
}

/** What to do before there can be an orchestration. */
function NothingYet(): ReactElement | null {
  const queries = useRead('queries.list', { query: { limit: 1 } })
  const destinations = useRead('destinations.list', { query: { limit: 1 } })
  const me = useMe()
  const needsQuery = queries.data?.items.length === 0
  const needsDestination = destinations.data?.items.length === 0
  if (!needsQuery && !needsDestination) return null
  return (
    <Notice tone="warn">
      {needsQuery && (
        <p>
          There is no query yet. Write and activate a <Link to="/queries">query</Link> first.
        </p>
      )}
      {needsDestination && (
        <p>
          {destinations.data?.hidden === 0
            ? 'There is no destination yet.'
            : 'Your access includes no destination that you may send to.'}{' '}
          {me.may('destination:edit') ? (
            <>
              Add a <Link to="/destinations">destination</Link> first.
            </>
          ) : (
            'Ask an administrator for one.'
          )}
        </p>
      )}
    </Notice>
  )
}

function NotActive({ id }: { readonly id: string }): ReactElement | null {
  const { data: query } = useRead('queries.get', { params: { id } }, { enabled: id !== '' })
  if (query?.id !== id || query.active !== null) return null
  return (
    <Notice tone="warn">
      <p>
        "{query.name}" is a draft, and only an active query can be sent.{' '}
        <Link to="/queries/$id" params={{ id }} target="_blank">
          Open it to activate it<span className="hidden"> (opens a new tab)</span>
        </Link>
        ; what you typed here stays.
      </p>
    </Notice>
  )
}

/** The limits that an installation comes with. */
const limitFields = [
  {
    name: 'removalPercentMax',
    label: 'Largest removal, in percent',
    about: 'A run that would remove more than this share of the list needs approval.',
    initial: 50,
    min: 0,
    max: 100,
  },
  {
    name: 'removalCountMax',
    label: 'Largest removal, in members',
    about: 'A run that would remove more members needs approval, whatever their share.',
    initial: 1_000_000_000,
    min: 0,
    max: 1_000_000_000,
  },
  {
    name: 'additionPercentMax',
    label: 'Largest addition, in percent',
    about: 'A run that would add more than this share to a list of 1,000 or more members needs approval.',
    initial: 200,
    min: 0,
    max: 1_000_000,
  },
  {
    name: 'batchSize',
    label: 'Batch size',
    about: 'Members in one request to Pinterest.',
    initial: 10_000,
    min: 1,
    max: 100_000,
  },
] as const
