import { NumberInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import type { Kinds, Orchestration } from './orchestration-form.ts'

const MEMBERS_MAX = 100_000

/** Sends some members to a list of its own name. */
export function SampleDialog(props: {
  readonly orchestration: Orchestration
  readonly sample: NonNullable<Kinds[number]['sample']>
  readonly onClose: () => void
}): ReactElement {
  const { id, list, destination } = props.orchestration
  const listName = list?.name ?? ''
  const goOn = useGoOn()
  const send = useSend('orchestrations.sample', { alsoChanges: ['workflows', 'notifications'] })
  const form = useForm<{ members: number | string }>({ initialValues: { members: props.sample.members } })
  const dialog = dialogOf({
    form,
    send,
    inputOf: ({ members }) => ({ params: { id }, body: { members: Number(members) } }),
    onSent: ({ workflow }) => void goOn({ to: '/workflows/$id', params: { id: workflow } }),
    onClose: props.onClose,
  })
  return (
    <FormDialog title="Send sample" verb="Send sample" size="md" {...dialog}>
      <p>
        Sends some members of the query through "{destination.name}" to a separate customer list named{' '}
        <strong>{listName} (sample)</strong>. "{listName}" does not change. Check the sample in Pinterest,
        then choose Run now.
      </p>
      <NumberInput
        label="Number of members"
        description={props.sample.hint}
        min={1}
        max={MEMBERS_MAX}
        allowDecimal={false}
        thousandSeparator=","
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('members')}
      />
    </FormDialog>
  )
}
