import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../../api/call.ts'
import { useMe } from '../../../api/me.ts'
import { count } from '../../../format/number.ts'
import type { Column } from '../../../table/data-table.tsx'
import { Empty } from '../../../ui/notices.tsx'
import { Time } from '../../../ui/time.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { NamedRows } from '../../named-list.tsx'
import { NewCredentialDialog } from './credential-dialogs.tsx'
import { CredentialState } from './credential-state.tsx'
import { Prose } from '../../../ui/prose.tsx'

type Row = Item<'credentials.list'>

const columns: readonly Column<Row>[] = [
  {
    id: 'name',
    header: 'Credential',
    width: '30%',
    cell: ({ id, name, description }) => (
      <>
        <Link to="/settings/$tab/$id" params={{ tab: 'credentials', id }} className="strong">
          {name}
        </Link>
        <div className="dim small">{description}</div>
      </>
    ),
  },
  { id: 'plugin', header: 'Plugin', cell: () => 'Pinterest' },
  {
    id: 'state',
    header: 'Token',
    width: '40%',
    cell: (row) => (
      <>
        <CredentialState credential={row} />
        <AboutState credential={row} />
      </>
    ),
  },
  {
    id: 'destinations',
    header: 'Destinations',
    align: 'end',
    cell: ({ destinations }) => count(destinations),
  },
]

/** The cause and the next step of a problem; otherwise how long the token is good for. */
function AboutState({ credential }: { readonly credential: Row }): ReactElement | null {
  const { problem, refreshExpiresAt } = credential
  if (problem !== null)
    return (
      <div className="small">
        <p className="dim">
          <Prose of={problem.message.slice(problem.message.indexOf(':') + 1).trim()} />
        </p>
        <p>{problem.actions[0]?.steps[0]}</p>
      </div>
    )
  if (refreshExpiresAt === null) return null
  return (
    <div className="dim small">
      Good until <Time at={refreshExpiresAt} />, renewed by itself
    </div>
  )
}

/** Settings > Credentials: every credential, and whether its token works. */
export function CredentialsTab(): ReactElement {
  const mayEdit = useMe().may('credential:edit')
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedRows
        title="Credentials"
        operation="credentials.list"
        columns={columns}
        actions={mayEdit && <Button onClick={() => open('new')}>Add credential</Button>}
        empty={
          <Empty title="There is no credential yet.">
            A credential lets Rollcall act for a Pinterest user. Create an app at Pinterest, authorize it, and
            add its refresh token here; then a <Link to="/destinations">destination</Link> can use it.
          </Empty>
        }
      />
      {dialog === 'new' && mayEdit && <NewCredentialDialog onClose={close} />}
    </>
  )
}
