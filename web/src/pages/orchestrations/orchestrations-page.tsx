import '../../styles/orchestrations.css'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { counted } from '../../format/number.ts'
import { zoneName } from '../../format/time.ts'
import type { Column } from '../../table/data-table.tsx'
import { StateMark } from '../../ui/mark.tsx'
import { Empty } from '../../ui/notices.tsx'
import { Time } from '../../ui/time.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { NamedList } from '../named-list.tsx'
import { EnabledMark } from './enabled-mark.tsx'
import { useMayDo } from './orchestration-actions.tsx'
import { NewOrchestrationDialog } from './orchestration-dialogs.tsx'

const columns: readonly Column<Item<'orchestrations.list'>>[] = [
  {
    id: 'name',
    header: 'Orchestration',
    width: '20%',
    cell: ({ id, name, enabled }) => (
      <>
        <Link to="/orchestrations/$id" params={{ id }} className="strong">
          {name}
        </Link>
        <div className="small">
          <EnabledMark enabled={enabled} />
        </div>
      </>
    ),
  },
  {
    id: 'sends',
    header: 'Query and destination',
    width: '20%',
    cell: ({ query, destination }) => (
      <>
        <Link to="/queries/$id" params={query}>
          {query.name}
        </Link>
        <div className="small">
          <span className="dim">to </span>
          <Link to="/destinations/$id" params={destination}>
            {destination.name}
          </Link>
        </div>
      </>
    ),
  },
  {
    id: 'list',
    header: 'Customer list',
    cell: ({ list, listId }) => (
      <>
        <Link to="/lists/$id" params={{ id: listId }}>
          {list.name}
        </Link>
        <div className="dim small">{counted(list.members, 'member')}</div>
      </>
    ),
  },
  {
    id: 'schedule',
    header: 'Runs',
    cell: ({ automatic, schedule }) => (automatic && schedule !== null ? schedule.words : 'by hand'),
  },
  { id: 'next', header: `Next run (${zoneName()})`, cell: ({ nextRunAt }) => <Time at={nextRunAt} /> },
  {
    id: 'last',
    header: 'Last workflow',
    cell: ({ lastWorkflow }) =>
      lastWorkflow === null ? (
        <span className="dim">not run yet</span>
      ) : (
        <>
          <Link to="/workflows/$id" params={lastWorkflow} className="quiet">
            <StateMark state={lastWorkflow.state} />
          </Link>
          <div className="dim small">
            <Time at={lastWorkflow.startedAt} />
          </div>
        </>
      ),
  },
]

/** Every orchestration: what is sent where, and when. */
export function OrchestrationsPage(): ReactElement {
  const mayDo = useMayDo()
  const { dialog, open, close } = useDialog()
  return (
    <>
      <NamedList
        title="Orchestrations"
        operation="orchestrations.list"
        columns={columns}
        actions={mayDo.edit && <Button onClick={() => open('new')}>New orchestration</Button>}
        empty={
          <Empty title="There is no orchestration yet.">
            An orchestration sends a <Link to="/queries">query</Link> to a{' '}
            <Link to="/destinations">destination</Link> and keeps the customer list in step. It needs both
            first.
          </Empty>
        }
      />
      {dialog === 'new' && mayDo.edit && <NewOrchestrationDialog onClose={close} />}
    </>
  )
}
