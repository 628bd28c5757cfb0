import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useSend } from '../../../api/hooks.ts'
import { dialogOf } from '../../../ui/dialog-of.ts'
import { FormDialog } from '../../../ui/form-dialog.tsx'
import { PASSWORD_RULES, PasswordField } from '../../../ui/password-field.tsx'

/** For people who are signed in. */
export function ChangePasswordDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const send = useSend('me.change-password')
  const form = useForm({
    initialValues: { currentPassword: '', newPassword: '', repeated: '' },
    validate: {
      repeated: (repeated, { newPassword }) =>
        repeated === newPassword ? null : 'The two are not the same.',
    },
  })
  const dialog = dialogOf({
    form,
    send,
    inputOf: ({ currentPassword, newPassword }) => ({ body: { currentPassword, newPassword } }),
    said: () => 'Your password is changed.',
    onSent: onClose,
    onClose,
  })
  return (
    <FormDialog title="Change password" verb="Change password" {...dialog}>
      <p>You stay signed in here and are signed out everywhere else. API keys keep working.</p>
      <PasswordField
        label="Current password"
        autoComplete="current-password"
        isFirst
        {...form.getInputProps('currentPassword')}
      />
      <PasswordField
        label="New password"
        description={PASSWORD_RULES}
        autoComplete="new-password"
        {...form.getInputProps('newPassword')}
      />
      <PasswordField
        label="New password again"
        autoComplete="new-password"
        {...form.getInputProps('repeated')}
      />
    </FormDialog>
  )
}
