import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { toast } from '../../ui/toasts.tsx'
import { labels } from './orchestration-form.ts'
import type { Orchestration } from './orchestration-form.ts'

/** The same query and destination, for a customer list of its own. */
export function CopyDialog(props: {
  readonly orchestration: Orchestration
  readonly onClose: () => void
}): ReactElement {
  const { id, name, list } = props.orchestration
  const navigate = useNavigate()
  const copy = useSend('orchestrations.copy', { alsoChanges: ['queries', 'destinations'] })
  const form = useForm({ initialValues: { name: `${name} copy`, listName: `${list.name} copy` } })
  const save = form.onSubmit((body) =>
    copy.mutate(
      { params: { id }, body },
      {
        onSuccess: (made) => {
          toast(`Orchestration "${made.name}" is saved. It runs by hand.`)
          void navigate({ to: '/orchestrations/$id', params: { id: made.id }, replace: true })
        },
      },
    ),
  )
  return (
    <FormDialog
      title={`Copy "${name}"`}
      verb="Copy"
      size="md"
      isDirty={form.isDirty()}
      isSending={copy.isPending}
      error={copy.error}
      onSubmit={save}
      onClose={props.onClose}
    >
      <p className="dim">The copy sends the same query to the same destination, and runs by hand at first.</p>
      <TextInput
        label={labels.name}
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('name')}
      />
      <TextInput
        label={labels.listName}
        description="A list that is kept in step belongs to one orchestration, so the copy needs another."
        required
        withAsterisk={false}
        {...form.getInputProps('listName')}
      />
    </FormDialog>
  )
}
