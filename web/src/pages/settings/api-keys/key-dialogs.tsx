import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { UseFormReturnType } from '@mantine/form'
import { useState } from 'react'
import type { ReactElement } from 'react'
import type { Answer } from '../../../api/call.ts'
import { useSend } from '../../../api/hooks.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { dialogOf } from '../../../ui/dialog-of.ts'
import { FormDialog } from '../../../ui/form-dialog.tsx'
import { SecretOnce } from '../../../ui/secret-once.tsx'
import { Time } from '../../../ui/time.tsx'
import { toast } from '../../../ui/toasts.tsx'
import { useGoOn } from '../../../ui/use-dialog.ts'
import { useEdit } from '../../../ui/use-edit.tsx'
import { GrantsFields } from '../grants/grants-fields.tsx'
import { bodyOf, editsOf, labels, newKey, problemsOf, valuesOf } from './key-form.ts'
import type { KeyValues } from './key-form.ts'
import { formerUntil } from './key-state.tsx'
import type { ApiKey } from './key-state.tsx'

/** Dialogs that add, edit, rotate and revoke an API key. */

interface KeyProps {
  readonly apiKey: ApiKey
  readonly onClose: () => void
}

type NewToken = Answer<'api-keys.create'>

export function NewKeyDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('api-keys.create')
  const form = useForm({ initialValues: newKey, validate: problemsOf })
  const [made, setMade] = useState<NewToken | null>(null)
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (values) => ({ body: bodyOf(values) }),
    onSent: setMade,
    onClose,
  })
  if (made !== null)
    return (
      <Token
        of={made}
        onClose={() =>
          void goOn({ to: '/settings/$tab/$id', params: { tab: 'api-keys', id: made.apiKey.id } })
        }
      />
    )
  return (
    <FormDialog title="Add API key" verb="Add API key" {...dialog}>
      <KeyFields form={form} />
    </FormDialog>
  )
}

export function EditKeyDialog({ apiKey, onClose }: KeyProps): ReactElement {
  const form = useForm({ initialValues: valuesOf(apiKey), validate: problemsOf })
  const { dialog } = useEdit({
    of: 'api-keys',
    noun: 'API key',
    row: apiKey,
    form,
    valuesOf,
    labels,
    bodyOf: editsOf,
    onClose,
  })
  return (
    <FormDialog title="Edit API key" verb="Save" {...dialog}>
      <KeyFields form={form} />
    </FormDialog>
  )
}

function KeyFields({ form }: { readonly form: UseFormReturnType<KeyValues> }): ReactElement {
  return (
    <>
      <TextInput
        label={labels.name}
        description="Such as the program that uses it."
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('name')}
      />
      <GrantsFields form={form} />
      <TextInput
        type="date"
        label={labels.lastDay}
        description="The last day on which it works. Empty: until it is revoked."
        {...form.getInputProps('lastDay')}
      />
    </>
  )
}

export function RotateKeyDialog({ apiKey, onClose }: KeyProps): ReactElement {
  const { id, name } = apiKey
  const rotate = useSend('api-keys.rotate')
  const [made, setMade] = useState<NewToken | null>(null)
  if (made !== null) return <Token of={made} onClose={onClose} />
  return (
    <FormDialog
      title={`Rotate API key "${name}"?`}
      verb="Rotate"
      isDirty={false}
      isSending={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate({ params: { id } }, { onSuccess: setMade })}
      onClose={onClose}
    >
      <p>
        The key gets a new token. The present token keeps working for a while, so that you can change your
        programs without a break. You see until when, and can end it earlier.
      </p>
      {formerUntil(apiKey) !== null && <p>The token from before the last rotation ends now.</p>}
    </FormDialog>
  )
}

function Token(props: { readonly of: NewToken; readonly onClose: () => void }): ReactElement {
  const { token, apiKey } = props.of
  const until = formerUntil(apiKey)
  return (
    <SecretOnce
      title={`Token of API key "${apiKey.name}"`}
      label="Token"
      secret={token}
      page={`/settings/api-keys/${apiKey.id}`}
      onClose={props.onClose}
    >
      <p>Copy it now and keep it where secrets are kept. It is never shown again.</p>
      {until !== null && (
        <p>
          The previous token works until <Time at={until} />.
        </p>
      )}
    </SecretOnce>
  )
}

export function EndFormerDialog({ apiKey: { id, name }, onClose }: KeyProps): ReactElement {
  const end = useSend('api-keys.revoke-former')
  return (
    <Confirm
      title={`End the previous token of "${name}" now?`}
      verb="End the previous token now"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await end.mutateAsync({ params: { id } })
        toast(`The previous token of "${name}" has ended.`)
      }}
    >
      Programs that still use it are refused from now on. The present token works on.
    </Confirm>
  )
}

export function RevokeKeyDialog({ apiKey: { id, name }, onClose }: KeyProps): ReactElement {
  const revoke = useSend('api-keys.revoke')
  return (
    <Confirm
      title={`Revoke API key "${name}"?`}
      verb="Revoke"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await revoke.mutateAsync({ params: { id } })
        toast(`API key "${name}" is revoked.`)
      }}
    >
      No token of it works from now on, and this cannot be undone. It stays in the list, and what it did stays
      in the activity log.
    </Confirm>
  )
}
