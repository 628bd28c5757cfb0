import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import '../../../styles/settings.css'
import { useRead, useSend } from '../../../api/hooks.ts'
import { useMe } from '../../../api/me.ts'
import { Facts } from '../../../ui/facts.tsx'
import { MoreMenu } from '../../../ui/more-menu.tsx'
import { Answered, ErrorNotice } from '../../../ui/notices.tsx'
import { Section, useTitle } from '../../../ui/page.tsx'
import { Time } from '../../../ui/time.tsx'
import { toast } from '../../../ui/toasts.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { useGrantsFacts } from '../grants/grants.tsx'
import { DeleteUserDialog, DisableUserDialog, EditUserDialog, SetPasswordDialog } from './user-dialogs.tsx'
import { UserState } from './user-state.tsx'
import type { User } from './user-state.tsx'

const dialogs = {
  edit: EditUserDialog,
  password: SetPasswordDialog,
  disable: DisableUserDialog,
  delete: DeleteUserDialog,
} as const

/** One user: what they may do, and whether they can sign in. */
export function UserItem({ id }: { readonly id: string }): ReactElement {
  const found = useRead('users.get', { params: { id } })
  return <Answered of={found}>{(user) => <Shown user={user} />}</Answered>
}

function Shown({ user }: { readonly user: User }): ReactElement {
  const { id, name, email, disabledAt, createdAt } = user
  const me = useMe()
  const { dialog, open, close } = useDialog()
  const enable = useSend('users.enable', { onDone: () => toast(`User "${name}" is enabled.`) })
  const unblock = useSend('users.unblock', {
    onDone: () => toast(`"${name}" can try to sign in again at once.`),
  })
  const grants = useGrantsFacts(user)
  useTitle(name)
  const Open = Object.entries(dialogs).find(([key]) => key === dialog)?.[1]
  const error = enable.error ?? unblock.error
  const letIn = (): void => unblock.mutate({ params: { id } })
  return (
    <>
      <Section
        title={name}
        isSubject
        actions={
          <div className="row">
            <Button variant="default" onClick={() => open('edit')}>
              Edit
            </Button>
            {disabledAt !== null && (
              <Button
                variant="default"
                loading={enable.isPending}
                onClick={() => enable.mutate({ params: { id } })}
              >
                Enable
              </Button>
            )}
            <MoreMenu
              label={`More for ${name}`}
              items={[
                { word: 'Set a new password', onClick: () => open('password') },
                { word: 'Unblock after wrong passwords', onClick: letIn },
                ...(disabledAt === null ? [{ word: 'Disable', onClick: () => open('disable') }] : []),
                { word: 'Delete user', onClick: () => open('delete'), isDestructive: true },
              ]}
            />
          </div>
        }
      >
        {error !== null && <ErrorNotice error={error} />}
        <Facts
          of={[
            ['State', <UserState key="state" user={user} />],
            ['E-mail address', email],
            ...grants,
            ['Added', <Time key="added" at={createdAt} />],
            ...(disabledAt === null ? [] : ([['Disabled', <Time key="off" at={disabledAt} />]] as const)),
          ]}
        />
        {me.may('activity:view') && (
          <p className="after-text">
            <Link to="/settings/$tab" params={{ tab: 'activity' }} search={{ principal: id }}>
              What they did, in the activity log
            </Link>
          </p>
        )}
      </Section>
      {Open !== undefined && <Open user={user} onClose={close} />}
    </>
  )
}
