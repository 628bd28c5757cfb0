import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../api/hooks.ts'
import type { Item } from '../api/call.ts'
import { DataTable } from '../table/data-table.tsx'
import type { Column } from '../table/data-table.tsx'
import { SearchField } from '../ui/filters.tsx'
import { EmptySeen } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'

type Listed =
  | 'credentials.list'
  | 'destinations.list'
  | 'queries.list'
  | 'orchestrations.list'
  | 'data-sources.list'
  | 'users.list'
  | 'api-keys.list'
  | 'alerts.list'

interface RowsProps<Id extends Listed> {
  /** What the rows are, such as "Queries". */
  readonly title: string
  readonly operation: Id
  readonly columns: readonly Column<Item<Id>>[]
  /** Which of them, if not all. */
  readonly filter?: Readonly<Record<string, string>>
  /** What to do first, when there are none. */
  readonly empty: ReactNode
  /** Of what belongs to destinations: what it is called, and what is said when there is none at all. */
  readonly none?: { readonly noun: string; readonly title: string }
}

/** The page of a list by name: destinations, queries, orchestrations, … */
export function NamedList<Id extends Listed>(
  props: RowsProps<Id> & { readonly actions?: ReactNode },
): ReactElement {
  const { actions, ...rows } = props
  return (
    <Page title={props.title} actions={actions}>
      <NamedRows {...rows} />
    </Page>
  )
}

/** The same as a part of a page, with search and pages in the address. */
export function NamedRows<Id extends Listed>(
  props: RowsProps<Id> & {
    /** Beside the search. */
    readonly actions?: ReactNode
  },
): ReactElement {
  const { search, cursor } = useSearch({ strict: false })
  const navigate = useNavigate()
  const found = useRead<Listed>(props.operation, { query: { ...props.filter, search, cursor } })
  const setSearch = useCallback(
    (text: string) => void navigate({ to: '.', search: { search: text }, replace: true }),
    [navigate],
  )
  const rows = found.data?.items as readonly Item<Id>[] | undefined
  const hidden = found.data !== undefined && 'hidden' in found.data ? found.data.hidden : 0
  const empty =
    props.none === undefined ? (
      props.empty
    ) : (
      <EmptySeen {...props.none} hidden={hidden}>
        {props.empty}
      </EmptySeen>
    )
  return (
    <>
      <div className="filters">
        <SearchField label="Search" value={search} onChange={setSearch} />
        {props.actions !== undefined && <div className="filters-action">{props.actions}</div>}
      </div>
      <DataTable
        label={props.title}
        reading={found}
        columns={props.columns}
        rows={rows}
        keyOf={(row) => (row as { id: string }).id}
        empty={search === undefined ? empty : <p className="dim">No results for "{search}".</p>}
      />
      <Pager
        isFirst={cursor === undefined}
        nextCursor={found.data?.nextCursor ?? null}
        words={{ first: 'First', next: 'Next' }}
        onPage={(next) =>
          void navigate({ to: '.', search: (before: object) => ({ ...before, cursor: next }) })
        }
      />
    </>
  )
}
