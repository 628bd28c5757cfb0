import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { useSend } from '../../api/hooks.ts'
import { ErrorNotice } from '../../ui/notices.tsx'
import { AccessFrame } from './access-frame.tsx'

export function SignInPage(): ReactElement {
  const { next } = useSearch({ from: '/sign-in' })
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const send = useSend('me.sign-in')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const enter = (mustChangePassword: boolean): void => {
    // Whoever was signed in before must not leave anything behind.
    client.clear()
    if (mustChangePassword) void navigate({ to: '/choose-password' })
    else router.history.push(ownPage(next))
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    send.mutate(
      { body: { email, password } },
      { onSuccess: ({ mustChangePassword }) => enter(mustChangePassword) },
    )
  }
  return (
    <AccessFrame title="Sign in">
      <form className="stack" onSubmit={submit}>
        {send.error !== null && <ErrorNotice error={send.error} />}
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          visibilityToggleButtonProps={{ 'aria-label': 'Show password' }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={send.isPending}>
          Sign in
        </Button>
      </form>
      <p className="dim small">
        At the first start, the name of the first administrator and where the one-time password lies are
        printed by <code>rollcall start</code>.
      </p>
    </AccessFrame>
  )
}

/** A link may name any address to go to; only pages of this console are gone to. */
function ownPage(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/'
}
