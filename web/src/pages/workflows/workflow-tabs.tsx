import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { urlOf } from '../../api/call.ts'
import { useMe } from '../../api/me.ts'
import { count, counted, span } from '../../format/number.ts'
import { clockTime, zoneName } from '../../format/time.ts'
import { headOf, title, words } from '../../format/words.ts'
import { DataTable } from '../../table/data-table.tsx'
import type { Column } from '../../table/data-table.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Icon } from '../../ui/icon.tsx'
import { StateMark } from '../../ui/mark.tsx'
import { Empty } from '../../ui/notices.tsx'
import { Section } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { taskDetail } from './task-detail.ts'
import type { Workflow } from './workflow-page.tsx'

/** What is kept of a workflow, a tab each. */

interface TabProps {
  readonly workflow: Workflow
}

type Task = Workflow['stages'][number]['tasks'][number]
type Receipt = Workflow['receipts'][number]

const taskColumns: readonly Column<Task>[] = [
  {
    id: 'task',
    header: 'Task',
    width: '22%',
    cell: (row) => <span className="strong">{title(row.task)}</span>,
  },
  { id: 'state', header: 'State', cell: (row) => <StateMark state={row.state} /> },
  { id: 'started', header: 'Started', cell: (row) => <Time at={row.startedAt} /> },
  { id: 'duration', header: 'Duration', align: 'end', cell: (row) => span(row.seconds) },
  { id: 'attempts', header: 'Attempts', align: 'end', cell: (row) => count(row.attempts) },
  {
    id: 'detail',
    header: 'Detail',
    width: '36%',
    cell: (row) => (row.error === null ? taskDetail(row.task, row.output) : headOf(row.error.message)),
  },
]

export function TasksTab({ workflow }: TabProps): ReactElement {
  return (
    <DataTable
      label="Tasks"
      columns={taskColumns}
      rows={workflow.stages.flatMap(({ tasks }) => tasks)}
      keyOf={({ task }) => task}
      empty={<Empty title="No task has started yet." />}
    />
  )
}

export function LogTab({ workflow }: TabProps): ReactElement {
  if (workflow.log.length === 0) return <Empty title="The run log is empty so far." />
  return (
    <>
      <p className="dim small">Times in {zoneName()}</p>
      <ol className="log" aria-label="Run log">
        {workflow.log.map(({ at, level, task, text }, index) => (
          // eslint-disable-next-line react/no-array-index-key -- lines are only ever added at the end
          <li key={index} className={`log-${level}`}>
            <time dateTime={at}>{clockTime(at)}</time>
            <span className="log-task">{task === null ? '' : words(task)}</span>
            <span className="log-text">
              {level === 'info' ? '' : `${level}: `}
              {text}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}

const receiptColumns: readonly Column<Receipt>[] = [
  { id: 'batch', header: 'Batch', cell: (row) => `${title(row.operation)}, batch ${count(row.batch)}` },
  { id: 'members', header: 'Members', align: 'end', cell: (row) => count(row.members) },
  { id: 'state', header: 'State', cell: (row) => title(row.state) },
  { id: 'status', header: 'Answer', align: 'end', cell: (row) => row.status ?? '–' },
  { id: 'request', header: 'Pinterest request id', cell: (row) => <code>{row.requestId ?? '–'}</code> },
  { id: 'answered', header: 'Answered', cell: (row) => <Time at={row.answeredAt} /> },
  { id: 'attempts', header: 'Attempts', align: 'end', cell: (row) => count(row.attempts) },
]

export function ReceiptsTab({ workflow }: TabProps): ReactElement {
  return (
    <DataTable
      label="Receipts: one for every request that changes members"
      columns={receiptColumns}
      rows={workflow.receipts}
      keyOf={({ operation, batch }) => `${operation} ${batch}`}
      empty={
        <Empty title="Nothing was sent.">A receipt stands here for every request that changes members.</Empty>
      }
    />
  )
}

export function RejectsTab({ workflow }: TabProps): ReactElement {
  const me = useMe()
  const reasons = Object.entries(workflow.invalidByReason).toSorted(([, one], [, other]) => other - one)
  if (reasons.length === 0) return <Empty title="Every row was valid." />
  return (
    <div className="stack">
      <p>{counted(workflow.rows.invalid, 'invalid row')} removed before anything was sent, by reason:</p>
      <Facts of={reasons.map(([reason, number]) => [title(reason), count(number)])} />
      {workflow.rejects ? (
        <Button
          component="a"
          className="fit"
          variant="default"
          href={urlOf('workflows.rejects', { params: { id: workflow.id } })}
          download
          leftSection={<Icon name="down" size={16} />}
        >
          Download rejects, masked
        </Button>
      ) : (
        <p className="dim">
          {me.may('download')
            ? 'The list of rejected rows is not kept any more.'
            : 'Your policies do not allow downloads.'}
        </p>
      )}
    </div>
  )
}

export function InputsTab({ workflow }: TabProps): ReactElement {
  const { list, audience } = workflow
  return (
    <div className="stack">
      <Facts
        of={[
          ...linksOf(workflow),
          ['Customer list', <ListName key="list" workflow={workflow} />],
          ['Ad account ID', <code key="account">{list.adAccountId}</code>],
          ['Audience', audience === null ? 'none yet' : <Named key="audience" {...audience} />],
        ]}
      />
      <Section title="Inputs">
        <pre className="code" tabIndex={0} aria-label="Inputs as they are stored">
          {JSON.stringify(workflow.inputs, null, 2)}
        </pre>
      </Section>
    </div>
  )
}

/** What it was run for, as far as that is still there. */
function linksOf({ orchestration, query, destination }: Workflow): [string, ReactNode][] {
  const found: [string, ReactNode][] = []
  if (orchestration !== null)
    found.push([
      'Orchestration',
      <Link key={orchestration.id} to="/orchestrations/$id" params={orchestration}>
        {orchestration.name}
      </Link>,
    ])
  if (query !== null)
    found.push([
      'Query',
      <Link key={query.id} to="/queries/$id" params={query}>
        {query.name}
      </Link>,
    ])
  if (destination !== null)
    found.push([
      'Destination',
      <Link key={destination.id} to="/destinations/$id" params={destination}>
        {destination.name}
      </Link>,
    ])
  return found
}

function ListName({ workflow: { list, listId } }: TabProps): ReactElement {
  const name =
    listId === null ? (
      list.name
    ) : (
      <Link to="/lists/$id" params={{ id: listId }}>
        {list.name}
      </Link>
    )
  return <Named name={name} id={list.id} />
}

/** A name with the id that Pinterest knows it by. */
function Named(props: { readonly name: ReactNode; readonly id: string | null }): ReactElement {
  return (
    <span>
      {props.name} {props.id !== null && <code>{props.id}</code>}
    </span>
  )
}
