import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { counted } from '../../format/number.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { toast } from '../../ui/toasts.tsx'
import { InUse } from '../../ui/in-use.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { useEdit } from '../../ui/use-edit.tsx'
import { DestinationFields } from './destination-fields.tsx'
import { editsOf, labels, labelsOf, problemsOf, valuesOf } from './destination-form.ts'
import type { Destination, DestinationKinds } from './destination-form.ts'

/** Dialogs that edit, copy and delete a destination. */

const alsoChanges = ['credentials', 'orchestrations']

interface DialogProps {
  readonly destination: Destination
  readonly onClose: () => void
}

export function EditDestinationDialog(props: DialogProps): ReactElement | null {
  const kinds = useRead('destinations.kinds', {})
  return kinds.data === undefined ? null : <EditDialog kinds={kinds.data.items} {...props} />
}

function EditDialog({
  kinds,
  destination,
  onClose,
}: DialogProps & { readonly kinds: DestinationKinds }): ReactElement {
  const form = useForm({
    initialValues: valuesOf(kinds, destination),
    validate: (values) => problemsOf(kinds, values, false),
  })
  const { before, dialog } = useEdit({
    of: 'destinations',
    noun: 'destination',
    row: destination,
    form,
    valuesOf: (row) => valuesOf(kinds, row),
    labels: labelsOf(kinds),
    bodyOf: (values, now) => editsOf(kinds, valuesOf(kinds, now), values),
    alsoChanges,
    onClose,
  })
  return (
    <FormDialog title="Destination settings" verb="Save" {...dialog}>
      <DestinationFields key={before.version} form={form} kinds={kinds} before={before} />
    </FormDialog>
  )
}

export function CopyDestinationDialog({ destination, onClose }: DialogProps): ReactElement {
  const { id, name } = destination
  const goOn = useGoOn()
  const copy = useSend('destinations.copy', { alsoChanges })
  const form = useForm({ initialValues: { name: `${name} copy` } })
  const dialog = dialogOf({
    form,
    send: copy,
    inputOf: (body) => ({ params: { id }, body }),
    said: (made) => `Destination "${made.name}" is saved.`,
    onSent: (made) => void goOn({ to: '/destinations/$id', params: { id: made.id } }),
    onClose,
  })
  return (
    <FormDialog title={`Copy "${name}"`} verb="Copy" size="md" {...dialog}>
      <p className="dim">
        The copy has the same settings and no orchestrations. It is checked with Pinterest like a new one.
      </p>
      <TextInput
        label={labels.name}
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('name')}
      />
    </FormDialog>
  )
}

export function DeleteDestinationDialog({ destination, onClose }: DialogProps): ReactElement {
  const { id, name, place, orchestrations } = destination
  const goOn = useGoOn()
  const remove = useSend('destinations.delete', { alsoChanges })
  if (orchestrations > 0)
    return (
      <InUse noun="destination" onClose={onClose}>
        {counted(orchestrations, 'orchestration sends', 'orchestrations send')} to it. Give{' '}
        {orchestrations === 1 ? 'it' : 'them'} another destination first, or delete{' '}
        {orchestrations === 1 ? 'it' : 'them'}.
      </InUse>
    )
  return (
    <Confirm
      title={`Delete destination "${name}"?`}
      verb="Delete"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id } })
        toast(`Destination "${name}" is deleted.`)
        await goOn({ to: '/destinations' })
      }}
    >
      Its settings are lost. What was sent{place === null ? '' : ` to "${place.name}"`} stays in Pinterest as
      it is, and so does the history of its workflows.
    </Confirm>
  )
}
