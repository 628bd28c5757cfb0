import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { title } from '../../format/words.ts'
import type { Column } from '../../table/data-table.tsx'
import { Empty } from '../../ui/notices.tsx'
import { NamedList } from '../named-list.tsx'

const columns: readonly Column<Item<'queries.list'>>[] = [
  {
    id: 'name',
    header: 'Query',
    width: '40%',
    cell: ({ id, name, description }) => (
      <>
        <Link to="/queries/$id" params={{ id }} className="strong">
          {name}
        </Link>
        <div className="dim small">{description}</div>
      </>
    ),
  },
  { id: 'status', header: 'Status', cell: ({ status }) => title(status) },
  { id: 'source', header: 'Data source', cell: ({ dataSource }) => dataSource.name },
]

export function QueriesPage(): ReactElement {
  return (
    <NamedList
      title="Queries"
      route="/queries"
      operation="queries.list"
      columns={columns}
      empty={
        <Empty title="There is no query yet.">
          A query returns the e-mail addresses of a list. It needs a data source first.
        </Empty>
      }
    />
  )
}
