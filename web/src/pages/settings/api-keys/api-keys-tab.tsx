import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import '../../../styles/settings.css'
import type { Column } from '../../../table/data-table.tsx'
import { Empty } from '../../../ui/notices.tsx'
import { Time } from '../../../ui/time.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { NamedRows } from '../../named-list.tsx'
import { GrantsCell } from '../grants/grants.tsx'
import { NewKeyDialog } from './key-dialogs.tsx'
import { TimeOrNever, formerUntil, KeyState } from './key-state.tsx'
import type { ApiKey } from './key-state.tsx'

const columns: readonly Column<ApiKey>[] = [
  {
    id: 'name',
    header: 'API key',
    width: '25%',
    cell: ({ id, name }) => (
      <Link to="/settings/$tab/$id" params={{ tab: 'api-keys', id }} className="strong">
        {name}
      </Link>
    ),
  },
  { id: 'policies', header: 'Policies and options', width: '30%', cell: (row) => <GrantsCell of={row} /> },
  {
    id: 'state',
    header: 'State',
    cell: (row) => (
      <>
        <KeyState apiKey={row} />
        <Former apiKey={row} />
      </>
    ),
  },
  {
    id: 'used',
    header: 'Last used',
    cell: ({ lastUsedAt }) => <TimeOrNever at={lastUsedAt} />,
  },
  { id: 'expires', header: 'Expires', cell: ({ expiresAt }) => <TimeOrNever at={expiresAt} /> },
]

function Former({ apiKey }: { readonly apiKey: ApiKey }): ReactElement | null {
  const until = formerUntil(apiKey)
  if (until === null) return null
  return (
    <div className="dim small">
      Former token works until <Time at={until} />
    </div>
  )
}

/** Keys that programs call the API with. */
export function ApiKeysTab(): ReactElement {
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedRows
        title="API keys"
        operation="api-keys.list"
        columns={columns}
        actions={<Button onClick={() => open('new')}>Add API key</Button>}
        empty={
          <Empty title="There is no API key yet.">
            A program calls the API with one; <a href="/api/docs">the API's page</a> says what it can do.
          </Empty>
        }
      />
      {dialog === 'new' && <NewKeyDialog onClose={close} />}
    </>
  )
}
