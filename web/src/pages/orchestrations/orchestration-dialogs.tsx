import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { useEdit } from '../../ui/use-edit.tsx'
import { OrchestrationFields } from './orchestration-fields.tsx'
import { bodyOf, editsOf, labelsOf, newValues, problemsOf, valuesOf } from './orchestration-form.ts'
import type { Kinds, Orchestration } from './orchestration-form.ts'

/** Dialogs that add and edit an orchestration. */

const alsoChanges = ['queries', 'destinations']

export function NewOrchestrationDialog({ onClose }: { readonly onClose: () => void }): ReactElement | null {
  const kinds = useRead('destinations.kinds', {})
  return kinds.data === undefined ? null : <NewDialog kinds={kinds.data.items} onClose={onClose} />
}

function NewDialog(props: { readonly kinds: Kinds; readonly onClose: () => void }): ReactElement {
  const { kinds, onClose } = props
  const goOn = useGoOn()
  const create = useSend('orchestrations.create', { alsoChanges })
  const form = useForm({
    initialValues: newValues(kinds),
    validate: (values) => problemsOf(kinds, values),
  })
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (values) => ({ body: bodyOf(kinds, values) }),
    said: ({ name }) => `Orchestration "${name}" is saved.`,
    onSent: ({ id }) => void goOn({ to: '/orchestrations/$id', params: { id } }),
    onClose,
  })
  return (
    <FormDialog title="New orchestration" verb="Save" {...dialog}>
      <OrchestrationFields form={form} kinds={kinds} />
    </FormDialog>
  )
}

interface EditProps {
  readonly orchestration: Orchestration
  readonly onClose: () => void
}

/** When someone else saved it meanwhile, theirs is taken in, and what was typed is kept and can be saved over it. */
export function EditOrchestrationDialog(props: EditProps): ReactElement | null {
  const kinds = useRead('destinations.kinds', {})
  return kinds.data === undefined ? null : <EditDialog kinds={kinds.data.items} {...props} />
}

function EditDialog({ kinds, orchestration, onClose }: EditProps & { readonly kinds: Kinds }): ReactElement {
  const form = useForm({
    initialValues: valuesOf(kinds, orchestration),
    validate: (values) => problemsOf(kinds, values),
  })
  const { before, dialog } = useEdit({
    of: 'orchestrations',
    noun: 'orchestration',
    row: orchestration,
    form,
    valuesOf: (row) => valuesOf(kinds, row),
    labels: labelsOf(kinds),
    bodyOf: (values, now) => editsOf(kinds, valuesOf(kinds, now), values),
    alsoChanges,
    onClose,
  })
  return (
    <FormDialog title="Edit orchestration" verb="Save" {...dialog}>
      <OrchestrationFields key={before.version} form={form} kinds={kinds} before={before} />
    </FormDialog>
  )
}
