import { useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import type { Item } from '../api/call.ts'
import { useRead } from '../api/hooks.ts'
import { DataTable } from '../table/data-table.tsx'
import type { Column } from '../table/data-table.tsx'
import { Pager } from '../ui/pager.tsx'

type Listed = 'destinations.list' | 'orchestrations.list' | 'queries.list'

const SHOWN = 10

/** What uses the thing that a page is about, in pages. */
export function RelatedRows<Id extends Listed>(props: {
  readonly label: string
  readonly operation: Id
  readonly of:
    | { readonly credentialId: string }
    | { readonly dataSourceId: string }
    | { readonly destinationId: string }
  readonly columns: readonly Column<Item<Id>>[]
  readonly empty: ReactNode
}): ReactElement {
  const [cursor, setCursor] = useState('')
  const found = useRead<Listed>(props.operation, { query: { ...props.of, limit: SHOWN, cursor } })
  return (
    <>
      <DataTable
        label={props.label}
        reading={found}
        columns={props.columns}
        rows={found.data?.items as readonly Item<Id>[] | undefined}
        keyOf={(row) => (row as { id: string }).id}
        empty={props.empty}
      />
      <Pager
        isFirst={cursor === ''}
        nextCursor={found.data?.nextCursor ?? null}
        words={{ first: 'First', next: 'Next' }}
        onPage={setCursor}
      />
    </>
  )
}
