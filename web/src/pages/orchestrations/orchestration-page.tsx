import { Button } from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Answer } from '../../api/call.ts'
import { useRead, useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { count } from '../../format/number.ts'
import { exactTime } from '../../format/time.ts'
import { DataTable } from '../../table/data-table.tsx'
import { workflowColumns } from '../../table/workflow-columns.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Answered, Empty, ErrorNotice } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/page.tsx'

type Orchestration = Answer<'orchestrations.get'>

const HISTORY_SHOWN = 10

export function OrchestrationPage(): ReactElement {
  const { id } = useParams({ from: '/shell/orchestrations/$id' })
  const orchestration = useRead('orchestrations.get', { params: { id } })
  return <Answered of={orchestration}>{(data) => <Shown orchestration={data} />}</Answered>
}

function Shown({ orchestration }: { readonly orchestration: Orchestration }): ReactElement {
  const { id, name, query, destination, list, schedule, nextRunAt } = orchestration
  const me = useMe()
  const navigate = useNavigate()
  const run = useSend('orchestrations.run', { alsoChanges: ['workflows', 'notifications'] })
  const start = (): void =>
    run.mutate(
      { params: { id } },
      { onSuccess: ({ workflow }) => void navigate({ to: '/workflows/$id', params: { id: workflow } }) },
    )
  return (
    <Page
      title={name}
      parent={<Link to="/orchestrations">Orchestrations</Link>}
      actions={
        me.may('orchestration:run') && (
          <Button onClick={start} loading={run.isPending}>
            Run now
          </Button>
        )
      }
    >
      {run.error !== null && <ErrorNotice error={run.error} />}
      <Facts
        of={[
          [
            'Query',
            <Link key="query" to="/queries/$id" params={query}>
              {query.name}
            </Link>,
          ],
          [
            'Destination',
            <Link key="destination" to="/destinations/$id" params={destination}>
              {destination.name}
            </Link>,
          ],
          ['Customer list', list.name],
          ['Members', count(list.members)],
          ['Schedule', schedule === null ? 'none' : `${schedule.words} (${schedule.timeZone})`],
          ['Next run', nextRunAt === null ? 'by hand' : exactTime(nextRunAt)],
        ]}
      />
      <History id={id} />
    </Page>
  )
}

function History({ id }: { readonly id: string }): ReactElement {
  const workflows = useRead('workflows.list', { query: { orchestrationId: id, limit: HISTORY_SHOWN } })
  return (
    <Section
      title="Workflows"
      actions={
        <Link to="/workflows" search={{ orchestrationId: id }}>
          All workflows
        </Link>
      }
    >
      {workflows.error !== null && <ErrorNotice error={workflows.error} />}
      <DataTable
        label="Workflows of this orchestration"
        columns={workflowColumns()}
        rows={workflows.data?.items}
        keyOf={(row) => row.id}
        empty={<Empty title="It has not run yet." />}
      />
    </Section>
  )
}
