import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useLocation, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import type { ApiError } from '../../api/call.ts'
import { useRead, useSend } from '../../api/hooks.ts'
import { meOptions } from '../../api/me.ts'
import { ownPath } from '../../own-path.ts'
import { ErrorNotice, Loading } from '../../ui/notices.tsx'
import { AccessFrame } from './access-frame.tsx'

/** A form; or nothing but a moment for people who come with a ticket in the address. */
export function SignInPage(): ReactElement {
  const { next } = useSearch({ from: '/sign-in' })
  const isDemo = useRead('me.where', {}).data?.demo
  const client = useQueryClient()
  const router = useRouter()
  const navigate = useNavigate()
  const send = useSend('me.sign-in')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const enter = (mustChangePassword: boolean): void => {
    // The person who was signed in before must not leave anything behind.
    client.clear()
    if (mustChangePassword) void navigate({ to: '/choose-password' })
    // A link may name any address to go on to; only pages of this console are gone to.
    else router.history.replace(ownPath(next ?? '/') ?? '/')
  }
  const ticket = useTicket(enter)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    send.mutate(
      { body: { email, password } },
      { onSuccess: ({ mustChangePassword }) => enter(mustChangePassword) },
    )
  }
  const error = send.error ?? ticket.error
  if (ticket.isUsed)
    return (
      <AccessFrame title="Signing in">
        <Loading />
      </AccessFrame>
    )
  return (
    <AccessFrame title="Sign in">
      {isDemo === true && (
        <p>
          This is the demo: open the address that <code>npm start</code> printed last. It signs you in, once,
          without a password.
        </p>
      )}
      <form className="stack" onSubmit={submit}>
        {error !== null && <ErrorNotice error={error} />}
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
      {isDemo === false && (
        <p className="dim small">
          At the first start, the name of the first administrator and where the one-time password lies are
          printed by <code>rollcall start</code>.
        </p>
      )}
    </AccessFrame>
  )
}

/**
 * The ticket in the address's fragment, which no server and no referrer sees: it leaves the address at once and is used up.
 * People who are signed in already need none, so that an address which is opened again leads in all the same.
 */
function useTicket(enter: (mustChangePassword: boolean) => void): {
  readonly isUsed: boolean
  readonly error: ApiError | null
} {
  const hash = useLocation({ select: (location) => location.hash })
  const client = useQueryClient()
  const navigate = useNavigate()
  const send = useSend('me.sign-in-with-ticket')
  const [isStranger, setIsStranger] = useState(false)
  const used = useRef<string | null>(null)
  const given = /^ticket=([\w-]+)$/.exec(hash)?.[1] ?? null
  const take = useEffectEvent((ticket: string) => {
    if (ticket === used.current) return
    used.current = ticket
    void navigate({ to: '/sign-in', search: true, replace: true })
    send.mutate(
      { body: { ticket } },
      {
        onSuccess: ({ mustChangePassword }) => enter(mustChangePassword),
        onError: () =>
          void client.fetchQuery(meOptions).then(
            (me) => enter(me.mustChangePassword),
            () => setIsStranger(true),
          ),
      },
    )
  })
  useEffect(() => {
    if (given !== null) take(given)
  }, [given])
  return {
    isUsed: given !== null || send.isPending || (send.isError && !isStranger),
    error: isStranger ? send.error : null,
  }
}
