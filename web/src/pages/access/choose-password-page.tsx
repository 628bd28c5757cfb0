import { Button, PasswordInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { meOptions } from '../../api/me.ts'
import { useSend } from '../../api/hooks.ts'
import { ErrorNotice } from '../../ui/notices.tsx'
import { toast } from '../../ui/toasts.tsx'
import { AccessFrame } from './access-frame.tsx'

/** For whoever signed in with a one-time password. */
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
        <Field
          label="One-time password"
          autoComplete="current-password"
          value={currentPassword}
          onChange={setCurrent}
        />
        <Field label="New password" autoComplete="new-password" value={newPassword} onChange={setNew} />
        <Field
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

function Field(props: {
  readonly label: string
  readonly autoComplete: string
  readonly value: string
  readonly error?: string | null
  readonly onChange: (value: string) => void
}): ReactElement {
  return (
    <PasswordInput
      label={props.label}
      autoComplete={props.autoComplete}
      required
      withAsterisk={false}
      value={props.value}
      error={props.error ?? null}
      visibilityToggleButtonProps={{ 'aria-label': `Show ${props.label.toLowerCase()}` }}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  )
}
