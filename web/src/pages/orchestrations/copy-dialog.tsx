import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { labels } from './orchestration-form.ts'
import type { Orchestration } from './orchestration-form.ts'

/** The same query and destination, for a customer list of its own. */
export function CopyDialog(props: {
  readonly orchestration: Orchestration
  readonly onClose: () => void
}): ReactElement {
  const { id, name, list } = props.orchestration
  const goOn = useGoOn()
  const copy = useSend('orchestrations.copy', { alsoChanges: ['queries', 'destinations'] })
  const form = useForm({
    initialValues: { name: `${name} copy`, listName: list === null ? '' : `${list.name} copy` },
  })
  const dialog = dialogOf({
    form,
    send: copy,
    inputOf: ({ listName, ...body }) => ({
      params: { id },
      body: { ...body, listName: list === null ? null : listName },
    }),
    said: (made) => `Orchestration "${made.name}" is saved. It runs by hand.`,
    onSent: (made) => void goOn({ to: '/orchestrations/$id', params: { id: made.id } }),
    onClose: props.onClose,
  })
  return (
    <FormDialog title={`Copy "${name}"`} verb="Copy" size="md" {...dialog}>
      <p className="dim">The copy sends the same query to the same destination, and runs by hand at first.</p>
      <TextInput
        label={labels.name}
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('name')}
      />
      {list !== null && (
        <TextInput
          label={labels.listName}
          description="A list that is kept in step belongs to one orchestration, so the copy needs another."
          required
          withAsterisk={false}
          {...form.getInputProps('listName')}
        />
      )}
    </FormDialog>
  )
}
