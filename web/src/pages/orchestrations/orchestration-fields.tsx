import { TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { LimitFields } from '../../ui/limit-fields.tsx'
import { Notice } from '../../ui/notices.tsx'
import { PickField } from '../../ui/pick-field.tsx'
import { SettingField } from '../../ui/settings-fields.tsx'
import { settingName } from '../../ui/settings-form.ts'
import { useKind } from '../destinations/use-kind.ts'
import type { DestinationKind } from '../destinations/use-kind.ts'
import { labels, optionsOf } from './orchestration-form.ts'
import type { Kinds, Orchestration, OrchestrationForm } from './orchestration-form.ts'
import { ScheduleFields } from './schedule-fields.tsx'

/** The fields of an orchestration, new or edited. */
export function OrchestrationFields(props: {
  readonly form: OrchestrationForm
  readonly kinds: Kinds
  readonly before?: Orchestration
}): ReactElement {
  const { form, kinds, before } = props
  const { queryId, kind } = form.getValues()
  useChosenKind(form, before)
  const target = kinds.find((one) => one.kind === kind)?.target ?? null
  const { fields, limits } = optionsOf(kinds, kind) ?? { fields: [], limits: [] }
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
      {target !== null && <TargetField form={form} target={target} isNew={before === undefined} />}
      {fields.map((field) => (
        <SettingField
          key={field.name}
          field={field}
          isNew={before === undefined}
          {...form.getInputProps(settingName(field.name))}
        />
      ))}
      <ScheduleFields form={form} />
      {limits.length > 0 && <LimitFields of={limits} form={form} />}
    </>
  )
}

/** Keeps the kind of the chosen destination in the form, once it is known. */
function useChosenKind(form: OrchestrationForm, before: Orchestration | undefined): void {
  const { destinationId, kind, listName } = form.getValues()
  const isKnown = destinationId === '' || destinationId === before?.destination.id
  const chosen = useRead('destinations.get', { params: { id: destinationId } }, { enabled: !isKnown })
  const now = destinationId === '' ? kind : isKnown ? before?.destination.kind : chosen.data?.kind
  const target = useKind(now)?.target
  useEffect(() => {
    if (now !== undefined && now !== kind) form.setFieldValue('kind', now)
    // What was typed for another destination means nothing to this one.
    if (target === null && listName !== '') form.setFieldValue('listName', '')
  }, [now, kind, target, listName, form])
}

function TargetField(props: {
  readonly form: OrchestrationForm
  readonly target: NonNullable<DestinationKind['target']>
  readonly isNew: boolean
}): ReactElement {
  const { form, target, isNew } = props
  const moved = ` A different name means a different ${target.noun}; the old one does not change.`
  return (
    <TextInput
      label={target.label}
      description={`${target.hint}${isNew ? '' : moved}`}
      required
      withAsterisk={false}
      {...form.getInputProps('listName')}
    />
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
