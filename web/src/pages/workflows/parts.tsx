import { useState } from 'react'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { DataTable } from '../../table/data-table.tsx'
import { workflowColumns } from '../../table/workflow-columns.tsx'
import { Empty } from '../../ui/notices.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Section } from '../../ui/page.tsx'

/** The workflows that are parts of one, each with its own state and error. */
export function Parts({ of: id }: { readonly of: string }): ReactElement {
  const [cursor, setCursor] = useState('')
  const query = { parent: id, ...(cursor === '' ? {} : { cursor }) }
  const parts = useRead('workflows.list', { query })
  return (
    <Section title="Parts">
      <DataTable
        label="Parts"
        reading={parts}
        columns={workflowColumns()}
        rows={parts.data?.items}
        keyOf={(row) => row.id}
        empty={<Empty title="No part has started yet." />}
      />
      <Pager
        isFirst={cursor === ''}
        nextCursor={parts.data?.nextCursor ?? null}
        words={{ first: 'Newest', next: 'Older' }}
        onPage={setCursor}
      />
    </Section>
  )
}
