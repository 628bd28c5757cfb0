import { Button, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react'
import type { FormEvent, ReactElement, ReactNode } from 'react'
import { useSend } from '../api/hooks.ts'
import { meOptions, useMe } from '../api/me.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNotice } from '../ui/notices.tsx'
import { PasswordField } from '../ui/password-field.tsx'

/** Signing in without leaving the page, so that what was typed on it stays. */

type State = 'signed in' | 'asked' | 'put off'

let state: State = 'signed in'
const watchers = new Set<() => void>()

function set(next: State): void {
  state = next
  for (const watcher of watchers) watcher()
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** People who put it off are asked again by what they send, not by what is read meanwhile. */
export function askToSignIn({ isSending }: { readonly isSending: boolean }): void {
  if (isSending || state === 'signed in') set('asked')
}

export function SignInAgain(): ReactNode {
  const shown = useSyncExternalStore(watch, () => state)
  return shown === 'asked' && <Asked />
}

function Asked(): ReactElement {
  const me = useMe()
  const client = useQueryClient()
  const send = useSend('me.sign-in')
  const [password, setPassword] = useState('')
  const goOn = useEffectEvent((id: string) => {
    if (id !== me.id) return globalThis.location.assign('/')
    set('signed in')
    return void client.invalidateQueries()
  })
  useSignedInElsewhere(goOn)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    send.mutate({ body: { email: me.email ?? '', password } }, { onSuccess: () => goOn(me.id) })
  }
  return (
    <Dialog title="You've been signed out" onClose={() => set('put off')} isKept>
      <form className="stack" onSubmit={submit}>
        <p>What you typed is still here. Sign in to go on with it, here or in another tab of this browser.</p>
        {send.error !== null && <ErrorNotice error={send.error} />}
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="username"
          value={me.email ?? ''}
          readOnly
        />
        <PasswordField
          label="Password"
          autoComplete="current-password"
          isFirst
          value={password}
          onChange={setPassword}
        />
        <div className="dialog-actions">
          <Button variant="default" onClick={() => set('put off')}>
            Not now
          </Button>
          <Button type="submit" loading={send.isPending}>
            Sign in
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** Tells who is signed in once this tab is looked at again. */
function useSignedInElsewhere(onFound: (id: string) => void): void {
  const [since] = useState(() => Date.now())
  const { data, dataUpdatedAt } = useQuery({ ...meOptions, refetchOnWindowFocus: 'always' })
  const tell = useEffectEvent(onFound)
  useEffect(() => {
    if (data !== undefined && dataUpdatedAt > since) tell(data.id)
  }, [data, dataUpdatedAt, since])
}
