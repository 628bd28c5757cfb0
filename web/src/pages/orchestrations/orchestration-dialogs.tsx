import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { useEdit } from '../../ui/use-edit.tsx'
import { OrchestrationFields } from './orchestration-fields.tsx'
import { bodyOf, editsOf, labels, newValues, problemsOf, valuesOf } from './orchestration-form.ts'
import type { Orchestration } from './orchestration-form.ts'

/** Dialogs that add and edit an orchestration. */

const alsoChanges = ['queries', 'destinations']

export function NewOrchestrationDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('orchestrations.create', { alsoChanges })
  const form = useForm({ initialValues: newValues(), validate: problemsOf })
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (values) => ({ body: bodyOf(values) }),
    said: ({ name }) => `Orchestration "${name}" is saved.`,
    onSent: ({ id }) => void goOn({ to: '/orchestrations/$id', params: { id } }),
    onClose,
  })
  return (
    <FormDialog title="New orchestration" verb="Save" {...dialog}>
      <OrchestrationFields form={form} />
    </FormDialog>
  )
}

/** When someone else saved it meanwhile, theirs is taken in, and what was typed is kept and can be saved over it. */
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
