import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { orchestrationColumns } from '../../table/orchestration-columns.tsx'
import { Page } from '../../ui/page.tsx'
import { NamedRows } from '../named-list.tsx'
import { WorkflowTabs } from './workflow-tab-links.tsx'

/** The workflows that start by themselves: every automatic orchestration, when it runs next and how it ended last. */
export function ConfiguredPage(): ReactElement {
  return (
    <Page title="Workflows">
      <WorkflowTabs />
      <NamedRows
        title="Automatic orchestrations"
        operation="orchestrations.list"
        filter={{ automatic: 'true' }}
        columns={orchestrationColumns('query and destination')}
        none={{ noun: 'automatic orchestration', title: 'Nothing runs by itself yet.' }}
        empty={
          <>
            Give an <Link to="/orchestrations">orchestration</Link> a schedule, once a run by hand was right.
          </>
        }
      />
    </Page>
  )
}
