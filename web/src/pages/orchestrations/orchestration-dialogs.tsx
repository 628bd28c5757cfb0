import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { readOptions, useSend } from '../../api/hooks.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { mergedOf } from '../../ui/merge.ts'
import { Notice } from '../../ui/notices.tsx'
import { toast } from '../../ui/toasts.tsx'
import { OrchestrationFields } from './orchestration-fields.tsx'
import { bodyOf, editsOf, labels, newValues, problemsOf, valuesOf } from './orchestration-form.ts'
import type { Orchestration } from './orchestration-form.ts'

/** Dialogs that add and edit an orchestration. */

const alsoChanges = ['queries', 'destinations']

export function NewOrchestrationDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const navigate = useNavigate()
  const create = useSend('orchestrations.create', { alsoChanges })
  const form = useForm({ initialValues: newValues(), validate: problemsOf })
  const save = form.onSubmit((values) =>
    create.mutate(
      { body: bodyOf(values) },
      {
        onSuccess: ({ id, name }) => {
          toast(`Orchestration "${name}" is saved.`)
          void navigate({ to: '/orchestrations/$id', params: { id }, replace: true })
        },
      },
    ),
  )
  return (
    <FormDialog
      title="New orchestration"
      verb="Save"
      isDirty={form.isDirty()}
      isSending={create.isPending}
      error={create.error}
      onSubmit={save}
      onClose={onClose}
    >
      <OrchestrationFields form={form} />
    </FormDialog>
  )
}

/** When somebody else saved it meanwhile, theirs is taken in, and what was typed is kept and can be saved over it. */
export function EditOrchestrationDialog(props: {
  readonly orchestration: Orchestration
  readonly onClose: () => void
}): ReactElement {
  const { id } = props.orchestration
  const client = useQueryClient()
  const [before, setBefore] = useState(props.orchestration)
  const [theirs, setTheirs] = useState<readonly string[] | null>(null)
  const update = useSend('orchestrations.update', { alsoChanges })
  const form = useForm({ initialValues: valuesOf(before), validate: problemsOf })
  const takeIn = async (): Promise<void> => {
    const newest = await client.fetchQuery({
      ...readOptions('orchestrations.get', { params: { id } }),
      staleTime: 0,
    })
    const merged = mergedOf(valuesOf(before), form.getValues(), valuesOf(newest))
    form.setInitialValues(valuesOf(newest))
    form.setValues(merged.values)
    setTheirs(merged.changedByThem.map((name) => labels[name]))
    setBefore(newest)
  }
  const save = form.onSubmit((values) => {
    setTheirs(null)
    update.mutate(
      { params: { id }, body: { ...editsOf(valuesOf(before), values), version: before.version } },
      {
        onSuccess: ({ name }) => {
          toast(`Orchestration "${name}" is saved.`)
          props.onClose()
        },
        onError: ({ code }) => void (code === 'changed_meanwhile' && takeIn()),
      },
    )
  })
  const isTakingIn = theirs === null && update.error?.code === 'changed_meanwhile'
  return (
    <FormDialog
      title="Edit orchestration"
      verb="Save"
      isDirty={form.isDirty()}
      isSending={update.isPending}
      error={isTakingIn ? null : update.error}
      explained={theirs === null ? null : <ChangedMeanwhile theirs={theirs} />}
      onSubmit={save}
      onClose={props.onClose}
    >
      <OrchestrationFields key={before.version} form={form} before={before} />
    </FormDialog>
  )
}

function ChangedMeanwhile({ theirs }: { readonly theirs: readonly string[] }): ReactElement {
  return (
    <Notice tone="warn">
      <p>Somebody else saved this orchestration since you opened it, so yours was not saved yet.</p>
      <p>
        {theirs.length > 0 && `They changed: ${theirs.join(', ')}. `}
        What you typed is still here, and the rest now shows what they saved. Look at it and save again.
      </p>
    </Notice>
  )
}
