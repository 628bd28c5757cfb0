import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { useMe } from '../../api/me.ts'
import { count } from '../../format/number.ts'
import { zoneName } from '../../format/time.ts'
import { headOf } from '../../format/words.ts'
import type { Column } from '../../table/data-table.tsx'
import { Empty } from '../../ui/notices.tsx'
import { Time } from '../../ui/time.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { NamedList } from '../named-list.tsx'
import { NewQueryDialog } from './new-query-dialog.tsx'
import { QueryStatus } from './query-status.tsx'
import { noRun, Unreadable } from './thresholds-section.tsx'
import { UsedBy } from './used-by.tsx'

type Row = Item<'queries.list'>

function columns(): readonly Column<Row>[] {
  return [
    {
      id: 'name',
      header: 'Query',
      width: '30%',
      cell: ({ id, name, description }) => (
        <>
          <Link to="/queries/$id" params={{ id }} className="strong">
            {name}
          </Link>
          <div className="dim small">{description}</div>
        </>
      ),
    },
    { id: 'status', header: 'Status', cell: (row) => <Status query={row} /> },
    { id: 'source', header: 'Data source', cell: ({ dataSource }) => dataSource.name },
    {
      id: 'lastRun',
      header: `Last run (${zoneName()})`,
      cell: ({ lastRun, hiddenOrchestrations }) =>
        lastRun === null && hiddenOrchestrations > 0 ? (
          <span className="dim small">{noRun(hiddenOrchestrations)}</span>
        ) : (
          <Time at={lastRun?.at ?? null} />
        ),
    },
    {
      id: 'rows',
      header: 'Rows',
      align: 'end',
      cell: ({ lastRun }) => (
        <>
          {count(lastRun?.rows ?? null)}
          <Unreadable lines={lastRun?.unreadable} />
        </>
      ),
    },
    {
      id: 'users',
      header: 'Used by',
      cell: (query) => <UsedBy query={query} />,
    },
  ]
}

function Status({ query }: { readonly query: Row }): ReactElement {
  const { status, active, draft, lastRun } = query
  const error = status === 'error' ? lastRun?.error : undefined
  return (
    <>
      <QueryStatus status={status} />
      {error !== undefined && error !== null && <div className="dim small">{headOf(error.message)}</div>}
      {active !== null && draft !== null && <div className="dim small">has a draft</div>}
    </>
  )
}

/** All queries. */
export function QueriesPage(): ReactElement {
  const me = useMe()
  const { dialog, open, close } = useDialog()
  const mayEdit = me.may('query:edit')
  const newQuery = mayEdit && <Button onClick={() => open('new')}>New query</Button>
  return (
    <>
      <NamedList
        title="Queries"
        operation="queries.list"
        columns={columns()}
        actions={newQuery}
        empty={
          <Empty title="There is no query yet.">
            {mayEdit
              ? 'A query returns the e-mail addresses of a list. It reads from a data source.'
              : 'A query returns the e-mail addresses of a list. A user who may edit queries can add the first one.'}
          </Empty>
        }
      />
      {dialog === 'new' && mayEdit && <NewQueryDialog onClose={close} />}
    </>
  )
}
