import { Button } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { urlOf } from '../../api/call.ts'
import { useMe } from '../../api/me.ts'
import { count, counted, span } from '../../format/number.ts'
import { title } from '../../format/words.ts'
import { DataTable } from '../../table/data-table.tsx'
import type { Column } from '../../table/data-table.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Icon } from '../../ui/icon.tsx'
import { StateMark } from '../../ui/mark.tsx'
import { Empty } from '../../ui/notices.tsx'
import { Section } from '../../ui/page.tsx'
import { ShareBar } from '../../ui/share-bar.tsx'
import { Time } from '../../ui/time.tsx'
import { useCut } from '../../ui/use-cut.tsx'
import { TaskCell } from './task-cell.tsx'
import type { Task } from './task-cell.tsx'
import { linksOf, ListName } from './workflow-links.tsx'
import type { Workflow } from './workflow.ts'

/** What is kept of a workflow, a tab each. */

interface TabProps {
  readonly workflow: Workflow
}

type Receipt = Workflow['receipts'][number]

const taskColumns = (workflow: Workflow): readonly Column<Task>[] => [
  {
    id: 'task',
    header: 'Task',
    width: '22%',
    cell: (row) => <span className="strong">{title(row.task)}</span>,
  },
  { id: 'state', header: 'State', cell: (row) => <StateMark state={row.state} nextTryAt={row.nextTryAt} /> },
  { id: 'started', header: 'Started', cell: (row) => <Time at={row.startedAt} /> },
  { id: 'duration', header: 'Duration', align: 'end', cell: (row) => span(row.seconds) },
  { id: 'attempts', header: 'Tries', align: 'end', cell: (row) => count(row.attempts) },
  {
    id: 'detail',
    header: 'Detail',
    width: '36%',
    cell: (row) => <TaskCell task={row} workflow={workflow} />,
  },
]

export function TasksTab({ workflow }: TabProps): ReactElement {
  return (
    <DataTable
      label="Tasks"
      columns={taskColumns(workflow)}
      rows={workflow.stages.flatMap(({ tasks }) => tasks)}
      keyOf={({ task }) => task}
      empty={<Empty title="No task has started yet." />}
    />
  )
}

const RECEIPTS_SHOWN = 100

const receiptColumns: readonly Column<Receipt>[] = [
  { id: 'batch', header: 'Batch', cell: (row) => `${title(row.operation)}, batch ${count(row.batch)}` },
  { id: 'members', header: 'Members', align: 'end', cell: (row) => count(row.members) },
  { id: 'state', header: 'State', cell: (row) => title(row.state) },
  { id: 'status', header: 'Answer', align: 'end', cell: (row) => row.status ?? '–' },
  { id: 'request', header: 'Pinterest request id', cell: (row) => <code>{row.requestId ?? '–'}</code> },
  { id: 'answered', header: 'Answered', cell: (row) => <Time at={row.answeredAt} /> },
  { id: 'attempts', header: 'Attempts', align: 'end', cell: (row) => count(row.attempts) },
]

/** For a workflow that opened several: batches are numbered in each. */
const changeSetColumn: Column<Receipt> = {
  id: 'change-set',
  header: 'Change set',
  cell: (row) => <code>{row.changeSet}</code>,
}

export function ReceiptsTab({ workflow }: TabProps): ReactElement {
  const me = useMe()
  const { shown, showAll } = useCut(workflow.receipts, {
    max: RECEIPTS_SHOWN,
    from: 'start',
    what: 'receipts',
  })
  const isOfSeveral = new Set(workflow.receipts.map(({ changeSet }) => changeSet)).size > 1
  return (
    <>
      <DataTable
        label="Receipts: one for every request that changes members"
        columns={isOfSeveral ? [changeSetColumn, ...receiptColumns] : receiptColumns}
        rows={shown}
        keyOf={({ changeSet, batch }) => `${changeSet} ${batch}`}
        empty={
          workflow.receiptsDeleted === null ? (
            <Empty title="Nothing was sent.">
              A receipt stands here for every request that changes members.
            </Empty>
          ) : (
            <Empty title="The receipts were deleted.">
              SHA-256 of the file that held them: <code>{workflow.receiptsDeleted.sha256}</code>
              <ChangeSetDigests of={workflow.receiptsDeleted.changeSets} />
            </Empty>
          )
        }
      />
      {showAll}
      {workflow.receipts.length > 0 && me.may('download') && (
        <Button
          component="a"
          className="fit"
          variant="default"
          href={urlOf('workflows.receipts', { params: { id: workflow.id } })}
          download
          leftSection={<Icon name="down" size={16} />}
        >
          Download receipts
        </Button>
      )}
    </>
  )
}

/** A file of one change set is the same as its digest when the file was downloaded before the workflow opened another. */
function ChangeSetDigests(props: {
  readonly of: NonNullable<Workflow['receiptsDeleted']>['changeSets']
}): ReactElement | null {
  if (props.of.length < 2) return null
  return (
    <ul>
      {props.of.map(({ changeSet, sha256 }) => (
        <li key={changeSet}>
          Lines of change set <code>{changeSet}</code>: <code>{sha256}</code>
        </li>
      ))}
    </ul>
  )
}

export function RejectsTab({ workflow }: TabProps): ReactElement {
  const me = useMe()
  const reasons = Object.entries(workflow.invalidByReason).toSorted(([, one], [, other]) => other - one)
  if (reasons.length === 0)
    return <Empty title={workflow.known.rows ? 'Every row was valid.' : 'No rows were checked yet.'} />
  return (
    <div className="stack">
      <p>{counted(workflow.rows.invalid, 'row')} rejected and not sent:</p>
      <ul className="reasons" aria-label="Rejected rows by reason">
        {reasons.map(([reason, number]) => (
          <li key={reason}>
            <span>{title(reason)}</span>
            <ShareBar share={number / workflow.rows.invalid} tone="warn" />
            <span className="end">{count(number)}</span>
          </li>
        ))}
      </ul>
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
          {me.may('download') && me.may('pii:view')
            ? 'The rejected rows are no longer kept.'
            : 'Your policies do not allow this download.'}
        </p>
      )}
    </div>
  )
}

export function InputsTab({ workflow }: TabProps): ReactElement {
  return (
    <div className="stack">
      <Facts of={[...linksOf(workflow), ...listFacts(workflow)]} />
      <Section title="Inputs">
        <pre className="code" tabIndex={0} aria-label="Inputs as they are stored">
          {JSON.stringify(workflow.inputs, null, 2)}
        </pre>
      </Section>
    </div>
  )
}

function listFacts(workflow: Workflow): [string, ReactNode][] {
  const { list, audience } = workflow
  if (list === null) return []
  return [
    ['Customer list', <Named key="list" name={<ListName workflow={workflow} />} id={list.id} />],
    ['Ad account ID', <code key="account">{list.adAccountId}</code>],
    ['Audience', audience === null ? 'none yet' : <Named key="audience" {...audience} />],
  ]
}

/** A name with the id that Pinterest knows it by. */
function Named(props: { readonly name: ReactNode; readonly id: string | null }): ReactElement {
  return (
    <span>
      {props.name} {props.id !== null && <code>{props.id}</code>}
    </span>
  )
}
