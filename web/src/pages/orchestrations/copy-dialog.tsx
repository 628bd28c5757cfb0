import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { useKind } from '../destinations/use-kind.ts'
import { labels } from './orchestration-form.ts'
import type { Orchestration } from './orchestration-form.ts'

/** "list" of "customer list". */
function shortNoun(noun = 'list'): string {
  return noun.split(' ').at(-1) ?? noun
}

/** The same query and destination, for a target of its own. */
export function CopyDialog(props: {
  readonly orchestration: Orchestration
  readonly onClose: () => void
}): ReactElement {
  const { id, name, destination, target } = props.orchestration
  const kind = useKind(destination.kind)?.target
  const goOn = useGoOn()
  const copy = useSend('orchestrations.copy', { alsoChanges: ['queries', 'destinations'] })
  const form = useForm({
    initialValues: { name: `${name} copy`, listName: target === null ? '' : `${target.name} copy` },
  })
  const dialog = dialogOf({
    form,
    send: copy,
    inputOf: ({ listName, ...body }) => ({
      params: { id },
      body: { ...body, listName: target === null ? null : listName },
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
      {target !== null && (
        <TextInput
          label={kind?.label ?? labels.listName}
          description={`A ${shortNoun(kind?.noun)} that is kept in step belongs to one orchestration, so the copy needs another.`}
          required
          withAsterisk={false}
          {...form.getInputProps('listName')}
        />
      )}
    </FormDialog>
  )
}
