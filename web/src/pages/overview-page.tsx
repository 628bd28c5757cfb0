import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../api/call.ts'
import { useRead } from '../api/hooks.ts'
import { useMe } from '../api/me.ts'
import { change, count, counted } from '../format/number.ts'
import { zoneName } from '../format/time.ts'
import { DataTable } from '../table/data-table.tsx'
import type { Column } from '../table/data-table.tsx'
import type { WorkflowItem } from '../table/workflow-columns.tsx'
import { Mark } from '../ui/mark.tsx'
import { Empty, ErrorNotice, Notice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { Time } from '../ui/time.tsx'
import { healthOf } from './overview-health.ts'
import type { Health } from './overview-health.ts'

/** Is everything in step? Every list, worst first. */

interface Row {
  readonly list: Item<'orchestrations.list'>
  readonly last: WorkflowItem | undefined
  readonly health: Health
}

const LISTS_MAX = 1_000
const WORKFLOWS_READ = 500
const CARDS_MAX = 3

export function OverviewPage(): ReactElement {
  const me = useMe()
  const mayView = me.may('orchestration:view')
  const lists = useRead('orchestrations.list', { query: { limit: LISTS_MAX } }, { enabled: mayView })
  const workflows = useRead('workflows.list', { query: { limit: WORKFLOWS_READ } }, { enabled: mayView })
  const error = lists.error ?? workflows.error
  const rows =
    lists.data === undefined || workflows.data === undefined
      ? undefined
      : rowsOf(lists.data.items, workflows.data.items)
  if (!mayView)
    return (
      <Page title="Overview">
        <Empty title="Your policies do not show lists.">Ask an administrator if you need to see them.</Empty>
      </Page>
    )
  return (
    <Page title="Overview" about={rows !== undefined && rows.length > 0 && summary(rows)}>
      {error !== null && <ErrorNotice error={error} onRetry={() => void lists.refetch()} />}
      {rows
        ?.filter(({ health }) => health.needsPerson)
        .slice(0, CARDS_MAX)
        .map(NeedsPerson)}
      <DataTable
        label="Lists, worst first"
        columns={columns}
        rows={rows}
        keyOf={({ list }) => list.id}
        empty={<FirstSteps />}
      />
    </Page>
  )
}

function rowsOf(
  lists: readonly Item<'orchestrations.list'>[],
  workflows: readonly WorkflowItem[],
): readonly Row[] {
  return lists
    .map((list) => {
      const last = workflows.find(({ id }) => id === list.lastWorkflow?.id)
      return { list, last, health: healthOf(list, last) }
    })
    .toSorted((one, other) => one.health.rank - other.health.rank)
}

function summary(rows: readonly Row[]): string {
  const wanting = rows.filter(({ health }) => health.needsPerson).length
  const all = counted(rows.length, 'list')
  if (wanting === 0) return `${all}, none needs you.`
  return `${all}, ${wanting === 1 ? '1 needs' : `${count(wanting)} need`} you.`
}

const columns: readonly Column<Row>[] = [
  {
    id: 'list',
    header: 'List',
    width: '28%',
    cell: ({ list }) => (
      <>
        <Link to="/orchestrations/$id" params={{ id: list.id }} className="strong">
          {list.name}
        </Link>
        <div className="dim small">
          {list.list.name} · {list.destination.name}
        </div>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: '26%',
    cell: ({ list, health }) =>
      list.lastWorkflow === null ? (
        <Mark tone={health.tone}>{health.words}</Mark>
      ) : (
        <Link to="/workflows/$id" params={{ id: list.lastWorkflow.id }} className="quiet">
          <Mark tone={health.tone}>{health.words}</Mark>
        </Link>
      ),
  },
  { id: 'members', header: 'Members', align: 'end', cell: ({ list }) => count(list.list.members) },
  {
    id: 'change',
    header: 'Last change',
    align: 'end',
    cell: ({ last }) => change(last?.added ?? null, last?.removed ?? null),
  },
  {
    id: 'last',
    header: `Last run (${zoneName()})`,
    cell: ({ list }) => <Time at={list.lastWorkflow?.startedAt ?? null} />,
  },
  {
    id: 'next',
    header: 'Next run',
    cell: ({ list }) =>
      list.nextRunAt === null ? <span className="dim">by hand</span> : <Time at={list.nextRunAt} />,
  },
]

function NeedsPerson({ list, last, health }: Row): ReactElement {
  return (
    <Notice
      key={list.id}
      tone={health.tone}
      action={
        list.lastWorkflow !== null && (
          <Link to="/workflows/$id" params={{ id: list.lastWorkflow.id }} className="nowrap">
            View Workflow
          </Link>
        )
      }
    >
      <p>
        <strong>{list.name}</strong>: {last?.error?.message ?? health.words}
      </p>
    </Notice>
  )
}

function FirstSteps(): ReactElement {
  return (
    <Empty title="No list is kept in step yet. Three steps to the first one:">
      <ol className="first-steps">
        <li>
          Add a credential of your Pinterest app in{' '}
          <Link to="/settings/$tab" params={{ tab: 'credentials' }}>
            Settings, Credentials
          </Link>
          .
        </li>
        <li>
          Add a <Link to="/destinations">destination</Link>: the ad account that lists are sent to.
        </li>
        <li>
          Write a <Link to="/queries">query</Link> that returns e-mail addresses, and send it with an{' '}
          <Link to="/orchestrations">orchestration</Link>.
        </li>
      </ol>
    </Empty>
  )
}
