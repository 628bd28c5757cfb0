import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import '../../../styles/settings.css'
import type { Column } from '../../../table/data-table.tsx'
import { Empty } from '../../../ui/notices.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { NamedRows } from '../../named-list.tsx'
import { GrantsCell } from '../grants/grants.tsx'
import { PoliciesOverview } from '../grants/policies-overview.tsx'
import { NewUserDialog } from './user-dialogs.tsx'
import { UserState } from './user-state.tsx'
import type { User } from './user-state.tsx'

const columns: readonly Column<User>[] = [
  {
    id: 'name',
    header: 'User',
    width: '35%',
    cell: ({ id, name, email }) => (
      <>
        <Link to="/settings/$tab/$id" params={{ tab: 'users', id }} className="strong">
          {name}
        </Link>
        <div className="dim small">{email}</div>
      </>
    ),
  },
  { id: 'policies', header: 'Policies and options', width: '40%', cell: (row) => <GrantsCell of={row} /> },
  { id: 'state', header: 'State', cell: (row) => <UserState user={row} /> },
]

/** Who may sign in, and what policies and options allow. */
export function UsersTab(): ReactElement {
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedRows
        title="Users"
        operation="users.list"
        columns={columns}
        actions={<Button onClick={() => open('new')}>Add user</Button>}
        empty={
          <Empty title="There is no user yet.">
            Add the people who work with Rollcall, each with a policy.
          </Empty>
        }
      />
      <PoliciesOverview />
      {dialog === 'new' && <NewUserDialog onClose={close} />}
    </>
  )
}
