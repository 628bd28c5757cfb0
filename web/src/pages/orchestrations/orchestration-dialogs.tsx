import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { toast } from '../../ui/toasts.tsx'
import { useEdit } from '../../ui/use-edit.tsx'
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
  const form = useForm({ initialValues: valuesOf(props.orchestration), validate: problemsOf })
  const { before, dialog } = useEdit({
    of: 'orchestrations',
    noun: 'orchestration',
    row: props.orchestration,
    form,
    valuesOf,
    labels,
    bodyOf: (values, now) => editsOf(valuesOf(now), values),
    alsoChanges,
    onClose: props.onClose,
  })
  return (
    <FormDialog title="Edit orchestration" verb="Save" {...dialog}>
      <OrchestrationFields key={before.version} form={form} before={before} />
    </FormDialog>
  )
}
