import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../api/hooks.ts'
import type { Item } from '../api/call.ts'
import { DataTable } from '../table/data-table.tsx'
import type { Column } from '../table/data-table.tsx'
import { SearchField } from '../ui/filters.tsx'
import { ErrorNotice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'

/** The page of a list by name, with search and pages in the address: destinations, queries, orchestrations, … */

type Listed = 'destinations.list' | 'queries.list' | 'orchestrations.list'
type Route = '/destinations' | '/queries' | '/orchestrations'

export function NamedList<Id extends Listed>(props: {
  readonly title: string
  readonly route: Route
  readonly operation: Id
  readonly columns: readonly Column<Item<Id>>[]
  readonly actions?: ReactNode
  /** What to do first, when there are none. */
  readonly empty: ReactNode
}): ReactElement {
  const { search, cursor } = useSearch({ from: `/shell${props.route}` })
  const navigate = useNavigate({ from: props.route })
  const found = useRead<Listed>(props.operation, { query: { search, cursor } })
  const setSearch = useCallback(
    (text: string) => void navigate({ search: { search: text }, replace: true }),
    [navigate],
  )
  const rows = found.data?.items as readonly Item<Id>[] | undefined
  return (
    <Page title={props.title} actions={props.actions}>
      <div className="filters">
        <SearchField label="Search" value={search} onChange={setSearch} />
      </div>
      {found.error !== null && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      <DataTable
        label={props.title}
        columns={props.columns}
        rows={rows}
        keyOf={(row) => (row as { id: string }).id}
        empty={
          search === undefined ? props.empty : <p className="dim">Nothing has "{search}" in its name.</p>
        }
      />
      <Pager
        isFirst={cursor === undefined}
        nextCursor={found.data?.nextCursor ?? null}
        words={{ first: 'First', next: 'Next' }}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, cursor: next }) })}
      />
    </Page>
  )
}
