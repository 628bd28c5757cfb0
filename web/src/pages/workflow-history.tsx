import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead } from '../api/hooks.ts'
import { DataTable } from '../table/data-table.tsx'
import { workflowColumns } from '../table/workflow-columns.tsx'
import { Empty } from '../ui/notices.tsx'
import { Section } from '../ui/page.tsx'

const SHOWN = 10

/** The newest workflows of one thing, and the way to all of them. */
export function WorkflowHistory(props: {
  readonly of: { readonly orchestrationId: string } | { readonly destinationId: string }
  readonly label: string
}): ReactElement {
  const workflows = useRead('workflows.list', { query: { ...props.of, limit: SHOWN } })
  return (
    <Section
      title="Workflows"
      actions={
        <Link to="/workflows" search={props.of}>
          All workflows
        </Link>
      }
    >
      <DataTable
        label={props.label}
        reading={workflows}
        columns={workflowColumns()}
        rows={workflows.data?.items}
        keyOf={(row) => row.id}
        empty={<Empty title="Nothing has run yet." />}
      />
    </Section>
  )
}
