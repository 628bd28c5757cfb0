import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMe } from '../../api/me.ts'
import { orchestrationColumns } from '../../table/orchestration-columns.tsx'
import { Empty } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { NamedRows } from '../named-list.tsx'
import { WorkflowTabs } from './workflow-tab-links.tsx'

/** The workflows that start by themselves: every automatic orchestration, when it runs next and how it ended last. */
export function ConfiguredPage(): ReactElement {
  const { seesAll } = useMe()
  return (
    <Page title="Workflows">
      <WorkflowTabs />
      <NamedRows
        title="Automatic orchestrations"
        operation="orchestrations.list"
        filter={{ automatic: 'true' }}
        columns={orchestrationColumns('query and destination')}
        empty={
          <Empty
            title={
              seesAll ? 'Nothing runs by itself yet.' : 'Nothing that your access includes runs by itself.'
            }
          >
            Give an <Link to="/orchestrations">orchestration</Link> a schedule, once a run by hand was right.
          </Empty>
        }
      />
    </Page>
  )
}
