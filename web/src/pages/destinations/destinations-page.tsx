import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import type { Column } from '../../table/data-table.tsx'
import { AdAccount } from '../../ui/ad-account.tsx'
import { Empty } from '../../ui/notices.tsx'
import { NamedList } from '../named-list.tsx'

const columns: readonly Column<Item<'destinations.list'>>[] = [
  {
    id: 'name',
    header: 'Destination',
    width: '40%',
    cell: ({ id, name, description }) => (
      <>
        <Link to="/destinations/$id" params={{ id }} className="strong">
          {name}
        </Link>
        <div className="dim small">{description}</div>
      </>
    ),
  },
  { id: 'credential', header: 'Credential', cell: ({ credential }) => credential.name },
  { id: 'account', header: 'Ad account ID', cell: ({ adAccount }) => <AdAccount of={adAccount} /> },
]

export function DestinationsPage(): ReactElement {
  return (
    <NamedList
      title="Destinations"
      operation="destinations.list"
      columns={columns}
      empty={
        <Empty title="There is no destination yet.">
          A destination is the ad account that lists are sent to. Add a credential first.
        </Empty>
      }
    />
  )
}
