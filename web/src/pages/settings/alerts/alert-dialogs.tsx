import { useForm } from '@mantine/form'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useSend } from '../../../api/hooks.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { dialogOf } from '../../../ui/dialog-of.ts'
import { FormDialog } from '../../../ui/form-dialog.tsx'
import { SecretOnce } from '../../../ui/secret-once.tsx'
import { toast } from '../../../ui/toasts.tsx'
import { useGoOn } from '../../../ui/use-dialog.ts'
import { useEdit } from '../../../ui/use-edit.tsx'
import type { Alert } from './alert-events.ts'
import { AlertFields } from './alert-fields.tsx'
import { bodyOf, editOf, labels, newValues, problemsOf, valuesOf } from './alert-form.ts'

/** Dialogs that add, edit and delete an alert. */

interface AlertDialogProps {
  readonly alert: Alert
  readonly onClose: () => void
}

export function NewAlertDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('alerts.create')
  const form = useForm({ initialValues: newValues, validate: problemsOf })
  const show = ({ id, name }: Alert): void => {
    toast(`Alert "${name}" is saved.`)
    void goOn({ to: '/settings/$tab/$id', params: { tab: 'alerts', id } })
  }
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (values) => ({ body: bodyOf(values) }),
    onSent: ({ alert, secret }) => void (secret === null && show(alert)),
    onClose,
  })
  const made = create.data
  if (made !== undefined && made.secret !== null)
    return <SecretShown alert={made.alert} secret={made.secret} onClose={() => show(made.alert)} />
  return (
    <FormDialog title="Add alert" verb="Save" {...dialog}>
      <AlertFields form={form} owner="new" />
    </FormDialog>
  )
}

export function EditAlertDialog({ alert, onClose }: AlertDialogProps): ReactElement {
  const form = useForm({ initialValues: valuesOf(alert), validate: problemsOf })
  const [secret, setSecret] = useState<string | null>(null)
  const { dialog } = useEdit({
    of: 'alerts',
    noun: 'alert',
    row: alert,
    form,
    valuesOf,
    labels,
    bodyOf: editOf,
    onSaved: (after) => {
      setSecret(after.secret)
      if (after.secret === null) onClose()
    },
    onClose,
  })
  if (secret !== null) return <SecretShown alert={alert} secret={secret} onClose={onClose} />
  return (
    <FormDialog title="Edit alert" verb="Save" {...dialog}>
      <AlertFields form={form} owner={alert.owner} />
    </FormDialog>
  )
}

function SecretShown(props: AlertDialogProps & { readonly secret: string }): ReactElement {
  return (
    <SecretOnce
      title={`Secret of "${props.alert.name}"`}
      label="Secret"
      secret={props.secret}
      page={`/settings/alerts/${props.alert.id}`}
      onClose={props.onClose}
    >
      <p>Copy it to the receiver now. It is not shown again.</p>
      <p>
        The receiver checks with it that a message is from here: the header <code>Rollcall-Signature</code>{' '}
        holds <code>t=time,v1=HMAC-SHA-256</code> of the time, a dot and the body.
      </p>
    </SecretOnce>
  )
}

export function DeleteAlertDialog({ alert, onClose }: AlertDialogProps): ReactElement {
  const goOn = useGoOn()
  const remove = useSend('alerts.delete')
  return (
    <Confirm
      title={`Delete alert "${alert.name}"?`}
      verb="Delete alert"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id: alert.id } })
        toast(`Alert "${alert.name}" is deleted.`)
        await goOn({ to: '/settings/$tab', params: { tab: 'alerts' } })
      }}
    >
      It sends no more messages, and the secret of its webhook is lost. Notifications in the console stay. To
      pause it instead, edit it and clear Enabled.
    </Confirm>
  )
}
