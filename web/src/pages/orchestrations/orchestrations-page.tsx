import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { count } from '../../format/number.ts'
import type { Column } from '../../table/data-table.tsx'
import { Empty } from '../../ui/notices.tsx'
import { NamedList } from '../named-list.tsx'

const columns: readonly Column<Item<'orchestrations.list'>>[] = [
  {
    id: 'name',
    header: 'Orchestration',
    width: '34%',
    cell: ({ id, name, list }) => (
      <>
        <Link to="/orchestrations/$id" params={{ id }} className="strong">
          {name}
        </Link>
        <div className="dim small">{list.name}</div>
      </>
    ),
  },
  { id: 'query', header: 'Query', cell: ({ query }) => query.name },
  { id: 'destination', header: 'Destination', cell: ({ destination }) => destination.name },
  { id: 'members', header: 'Members', align: 'end', cell: ({ list }) => count(list.members) },
  {
    id: 'schedule',
    header: 'Runs',
    cell: ({ automatic, enabled, schedule }) =>
      enabled
        ? automatic && schedule !== null
          ? `${schedule.words} (${schedule.timeZone})`
          : 'by hand'
        : 'disabled',
  },
]

export function OrchestrationsPage(): ReactElement {
  return (
    <NamedList
      title="Orchestrations"
      route="/orchestrations"
      operation="orchestrations.list"
      columns={columns}
      empty={
        <Empty title="There is no orchestration yet.">
          An orchestration sends a query to a destination and keeps the customer list in step. It needs both
          first.
        </Empty>
      }
    />
  )
}
