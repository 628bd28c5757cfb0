import { NumberInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { counted } from '../../format/number.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { NameFields } from '../../ui/name-fields.tsx'
import { toast } from '../../ui/toasts.tsx'
import { InUse } from '../../ui/in-use.tsx'
import { useDialog, useGoOn } from '../../ui/use-dialog.ts'
import { useEdit } from '../../ui/use-edit.tsx'
import { ActivateDialog } from './activate-dialog.tsx'
import { MeanwhileDialog } from './meanwhile.tsx'
import type { Query } from './query-status.tsx'
import { TextDifference } from './text-difference.tsx'
import type { Draft } from './use-draft.ts'
import { isUsed, UsedBy } from './used-by.tsx'

interface Props {
  readonly query: Query
  readonly onClose: () => void
}

/** The dialog that the address names. */
export function QueryDialogs(props: {
  readonly query: Query
  readonly draft: Draft
  readonly mayEdit: boolean
}): ReactElement | null {
  const { query, draft, mayEdit } = props
  const { dialog, close } = useDialog()
  const shared = { query, onClose: close }
  if (dialog === 'difference' && query.active !== null && query.draft !== null)
    return (
      <Dialog title="Active text and draft" size="xl" onClose={close}>
        <TextDifference
          label="Difference of active text and draft"
          before={query.active}
          after={query.draft}
        />
      </Dialog>
    )
  if (!mayEdit) return null
  if (dialog === 'activate' && query.draft !== null && query.activationRefused === null)
    return <ActivateDialog {...shared} />
  if (dialog === 'discard' && query.draft !== null)
    return <DiscardDialog {...shared} onDiscarded={draft.take} />
  if (dialog === 'rename') return <RenameDialog {...shared} />
  if (dialog === 'thresholds' && query.hiddenOrchestrations === 0) return <ThresholdsDialog {...shared} />
  if (dialog === 'delete') return <DeleteQueryDialog {...shared} />
  if (dialog === 'theirs' && draft.theirs !== null)
    return (
      <MeanwhileDialog
        theirs={draft.theirs}
        mine={draft.text}
        onTakeTheirs={() => {
          if (draft.theirs !== null) draft.take(draft.theirs)
          close()
        }}
        onKeepMine={() => {
          draft.keepMine()
          close()
        }}
        onClose={close}
      />
    )
  return null
}

const alsoChanges = ['orchestrations', 'data-sources']

function nameOf({ name, description }: Query) {
  return { name, description }
}

const nameLabels = { name: 'Name', description: 'Description' } as const

function RenameDialog({ query, onClose }: Props): ReactElement {
  const form = useForm({
    initialValues: nameOf(query),
    validate: { name: (text) => (text.trim() === '' ? 'Give the query a name.' : null) },
  })
  const { dialog } = useEdit({
    of: 'queries',
    noun: 'query',
    row: query,
    form,
    valuesOf: nameOf,
    labels: nameLabels,
    bodyOf: (values) => values,
    alsoChanges,
    onClose,
  })
  return (
    <FormDialog title="Edit name and description" verb="Save" {...dialog}>
      <NameFields form={form} />
    </FormDialog>
  )
}

const boundLabels = {
  warnBelow: 'Warn when fewer rows than',
  warnAbove: 'Warn when more rows than',
  failBelow: 'Fail when fewer rows than',
  failAbove: 'Fail when more rows than',
} as const

type BoundName = keyof typeof boundLabels
type Bounds = Record<BoundName, number | ''>

function boundsOf({ thresholds }: Query): Bounds {
  const { warnBelow = '', warnAbove = '', failBelow = '', failAbove = '' } = thresholds
  return { warnBelow, warnAbove, failBelow, failAbove }
}

/** Thresholds are no part of a draft: they hold at once, for the active text too. */
function ThresholdsDialog({ query, onClose }: Props): ReactElement {
  const lastRows = query.lastRun?.rows ?? null
  const form = useForm<Bounds>({
    initialValues: boundsOf(query),
    validate: {
      warnAbove: (above, { warnBelow }) => orderProblem(warnBelow, above),
      failAbove: (above, { failBelow }) => orderProblem(failBelow, above),
    },
  })
  const { dialog } = useEdit({
    of: 'queries',
    noun: 'query',
    row: query,
    form,
    valuesOf: boundsOf,
    labels: boundLabels,
    bodyOf: (values) => ({
      thresholds: Object.fromEntries(Object.entries(values).filter(([, limit]) => limit !== '')),
    }),
    done: () => 'The thresholds are saved.',
    onClose,
  })
  const bound = (name: BoundName): ReactElement => (
    <NumberInput
      label={name.endsWith('Below') ? 'Fewer rows than' : 'More rows than'}
      min={0}
      max={1e12}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      hideControls
      data-autofocus={name === 'warnBelow' ? true : undefined}
      {...form.getInputProps(name)}
    />
  )
  return (
    <FormDialog title="Edit thresholds" verb="Save" {...dialog}>
      <p className="dim">
        They hold from the next run on. An empty field sets no bound.
        {lastRows !== null && ` The last run returned ${counted(lastRows, 'row')}.`}
      </p>
      <fieldset className="bounds">
        <legend>Warn when</legend>
        <p className="dim small">The run goes on, and its notification warns.</p>
        {bound('warnBelow')}
        {bound('warnAbove')}
      </fieldset>
      <fieldset className="bounds">
        <legend>Fail when</legend>
        <p className="dim small">The run stops before anything is sent to Pinterest.</p>
        {bound('failBelow')}
        {bound('failAbove')}
      </fieldset>
    </FormDialog>
  )
}

function orderProblem(below: number | '', above: number | ''): string | null {
  return below !== '' && above !== '' && below > above
    ? 'This is less than the other bound, so every number of rows would be beyond one of them.'
    : null
}

/** Throws the draft away. */
function DiscardDialog({
  query,
  onClose,
  onDiscarded,
}: Props & { readonly onDiscarded: (query: Query) => void }): ReactElement {
  const discard = useSend('queries.discard-draft')
  const { id, version } = query
  return (
    <Confirm
      title="Discard the draft?"
      verb="Discard draft"
      isDestructive
      onClose={onClose}
      onConfirm={async () => onDiscarded(await discard.mutateAsync({ params: { id }, body: { version } }))}
    >
      The text of the draft is lost, with anything typed since it was saved. The active text stays as it is.
    </Confirm>
  )
}

/** Deletes the query, or says what holds it. */
function DeleteQueryDialog({ query, onClose }: Props): ReactElement {
  const { id, name } = query
  const goOn = useGoOn()
  const remove = useSend('queries.delete', { alsoChanges: ['data-sources'] })
  if (isUsed(query))
    return (
      <InUse noun="query" onClose={onClose}>
        <p>It can be deleted when these orchestrations use another query or are deleted:</p>
        <UsedBy query={query} />
      </InUse>
    )
  return (
    <Confirm
      title={`Delete query "${name}"?`}
      verb="Delete query"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id } })
        toast(`Query "${name}" is deleted.`)
        await goOn({ to: '/queries', ignoreBlocker: true })
      }}
    >
      Its text, draft and thresholds are lost. Members already sent to Pinterest stay there.
    </Confirm>
  )
}
