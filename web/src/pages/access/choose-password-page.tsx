import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { meOptions } from '../../api/me.ts'
import { useSend } from '../../api/hooks.ts'
import { ErrorNotice } from '../../ui/notices.tsx'
import { PASSWORD_RULES, PasswordField } from '../../ui/password-field.tsx'
import { toast } from '../../ui/toasts.tsx'
import { AccessFrame } from './access-frame.tsx'

/** For people who signed in with a one-time password. */
export function ChoosePasswordPage(): ReactElement {
  const client = useQueryClient()
  const navigate = useNavigate()
  const send = useSend('me.change-password')
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const [repeated, setRepeated] = useState('')
  const differs = repeated !== '' && repeated !== newPassword
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (repeated !== newPassword) return
    send.mutate(
      { body: { currentPassword, newPassword } },
      {
        onSuccess: () => {
          client.removeQueries({ queryKey: meOptions.queryKey })
          toast('Your password is changed.')
          void navigate({ to: '/' })
        },
      },
    )
  }
  return (
    <AccessFrame title="Choose a password">
      <p>The password you signed in with can be used once. Choose one of your own.</p>
      <form className="stack" onSubmit={submit}>
        {send.error !== null && <ErrorNotice error={send.error} />}
        <PasswordField
          label="One-time password"
          autoComplete="current-password"
          value={currentPassword}
          onChange={setCurrent}
        />
        <PasswordField
          label="New password"
          description={PASSWORD_RULES}
          autoComplete="new-password"
          value={newPassword}
          onChange={setNew}
        />
        <PasswordField
          label="New password again"
          autoComplete="new-password"
          value={repeated}
          onChange={setRepeated}
          error={differs ? 'The two are not the same.' : null}
        />
        <Button type="submit" loading={send.isPending}>
          Change password
        </Button>
      </form>
    </AccessFrame>
  )
}
