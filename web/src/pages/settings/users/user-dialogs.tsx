import { Button, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { UseFormReturnType } from '@mantine/form'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useSend } from '../../../api/hooks.ts'
import { Confirm } from '../../../ui/confirm.tsx'
import { dialogOf } from '../../../ui/dialog-of.ts'
import { FormDialog } from '../../../ui/form-dialog.tsx'
import { PASSWORD_RULES } from '../../../ui/password-field.tsx'
import { SecretOnce } from '../../../ui/secret-once.tsx'
import { toast } from '../../../ui/toasts.tsx'
import { useGoOn } from '../../../ui/use-dialog.ts'
import { useEdit } from '../../../ui/use-edit.tsx'
import { GrantsFields } from '../grants/grants-fields.tsx'
import { newOneTimePassword } from './one-time-password.ts'
import { labels, newUser, problemsOf, valuesOf } from './user-form.ts'
import type { UserValues } from './user-form.ts'
import type { User } from './user-state.tsx'

/** Dialogs that add, edit and delete a user, and give a password. */

interface UserProps {
  readonly user: User
  readonly onClose: () => void
}

interface NewUser extends UserValues {
  readonly password: string
}

export function NewUserDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('users.create')
  const form = useForm<NewUser>({ initialValues: newUser, validate: problemsOf })
  const [added, setAdded] = useState<User | null>(null)
  const show = ({ id }: User): void => void goOn({ to: '/settings/$tab/$id', params: { tab: 'users', id } })
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: ({ password, ...values }) => ({
      body: { ...values, password: password === '' ? null : password },
    }),
    said: (user) => `User "${user.name}" is added.`,
    onSent: (user) => {
      if (form.getValues().password === '') show(user)
      else setAdded(user)
    },
    onClose,
  })
  if (added !== null)
    return <OneTimePassword user={added} password={form.getValues().password} onClose={() => show(added)} />
  return (
    <FormDialog title="Add user" verb="Add user" {...dialog}>
      <UserFields form={form} />
      <PasswordField
        description={`${PASSWORD_RULES} Leave it empty to give one later: until then they cannot sign in.`}
        form={form}
      />
    </FormDialog>
  )
}

export function EditUserDialog({ user, onClose }: UserProps): ReactElement {
  const form = useForm<UserValues>({ initialValues: valuesOf(user), validate: problemsOf })
  const { dialog } = useEdit({
    of: 'users',
    noun: 'user',
    row: user,
    form,
    valuesOf,
    labels,
    bodyOf: (values) => values,
    onClose,
  })
  return (
    <FormDialog title="Edit user" verb="Save" {...dialog}>
      <UserFields form={form} />
    </FormDialog>
  )
}

function UserFields<Values extends UserValues>(props: {
  readonly form: UseFormReturnType<Values>
}): ReactElement {
  const form = props.form as unknown as UseFormReturnType<UserValues>
  return (
    <>
      <TextInput
        label={labels.email}
        type="email"
        autoComplete="off"
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps('email')}
      />
      <TextInput
        label={labels.name}
        autoComplete="off"
        required
        withAsterisk={false}
        {...form.getInputProps('name')}
      />
      <GrantsFields form={form} />
    </>
  )
}

/** It is read to someone or sent to them, so that it is shown as it is typed. */
function PasswordField<Values extends { readonly password: string }>(props: {
  readonly description: string
  readonly form: UseFormReturnType<Values>
  /** The dialog begins with it. */
  readonly isFirst?: boolean
}): ReactElement {
  const form = props.form as unknown as UseFormReturnType<{ password: string }>
  return (
    <div className="password-field">
      <TextInput
        label="One-time password"
        description={props.description}
        autoComplete="off"
        spellCheck={false}
        data-autofocus={props.isFirst}
        {...form.getInputProps('password')}
      />
      <Button variant="default" onClick={() => form.setFieldValue('password', newOneTimePassword())}>
        Generate
      </Button>
    </div>
  )
}

export function SetPasswordDialog({ user, onClose }: UserProps): ReactElement {
  const { id, name } = user
  const send = useSend('users.set-password')
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (text) => (text === '' ? 'Type a password or generate one.' : null) },
  })
  const [isSet, setIsSet] = useState(false)
  const dialog = dialogOf({
    form,
    send,
    inputOf: (body) => ({ params: { id }, body }),
    onSent: () => setIsSet(true),
    onClose,
  })
  if (isSet) return <OneTimePassword user={user} password={form.getValues().password} onClose={onClose} />
  return (
    <FormDialog title={`New password for "${name}"`} verb="Set password" {...dialog}>
      <p>Their former password stops working, and wherever they are signed in they are signed out.</p>
      <PasswordField description={PASSWORD_RULES} form={form} isFirst />
    </FormDialog>
  )
}

function OneTimePassword(props: {
  readonly user: Pick<User, 'id' | 'name'>
  readonly password: string
  readonly onClose: () => void
}): ReactElement {
  return (
    <SecretOnce
      title={`One-time password for "${props.user.name}"`}
      label="One-time password"
      secret={props.password}
      page={`/settings/users/${props.user.id}`}
      onClose={props.onClose}
    >
      <p>Give it to them in a safe way. It is not shown again.</p>
      <p>They must change it when they first sign in.</p>
    </SecretOnce>
  )
}

export function DisableUserDialog({ user: { id, name }, onClose }: UserProps): ReactElement {
  const disable = useSend('users.disable')
  return (
    <Confirm
      title={`Disable user "${name}"?`}
      verb="Disable"
      onClose={onClose}
      onConfirm={async () => {
        await disable.mutateAsync({ params: { id } })
        toast(`User "${name}" is disabled.`)
      }}
    >
      They are signed out everywhere and cannot sign in. You can enable them again.
    </Confirm>
  )
}

export function DeleteUserDialog({ user: { id, name }, onClose }: UserProps): ReactElement {
  const goOn = useGoOn()
  const remove = useSend('users.delete')
  return (
    <Confirm
      title={`Delete user "${name}"?`}
      verb="Delete user"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id } })
        toast(`User "${name}" is deleted.`)
        await goOn({ to: '/settings/$tab', params: { tab: 'users' } })
      }}
    >
      They are signed out everywhere and cannot sign in any more. What they made stays, and what they did
      stays in the activity log.
    </Confirm>
  )
}
