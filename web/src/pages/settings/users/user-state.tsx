import type { ReactElement } from 'react'
import type { Answer } from '../../../api/call.ts'
import { Mark } from '../../../ui/mark.tsx'

export type User = Answer<'users.get'>

/** Whether and how a user can sign in. */
export function UserState({ user }: { readonly user: User }): ReactElement {
  if (user.disabledAt !== null)
    return (
      <Mark tone="plain" icon="pause">
        Disabled
      </Mark>
    )
  if (!user.hasPassword) return <Mark tone="warn">Has no password yet</Mark>
  if (user.mustChangePassword)
    return (
      <Mark tone="warn" icon="clock">
        Must change password
      </Mark>
    )
  return <Mark tone="ok">Can sign in</Mark>
}
