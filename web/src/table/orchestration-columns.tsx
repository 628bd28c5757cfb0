import { Link } from '@tanstack/react-router'
import type { Item } from '../api/call.ts'
import { counted } from '../format/number.ts'
import { zoneName } from '../format/time.ts'
import { EnabledMark } from '../ui/enabled-mark.tsx'
import { StateMark } from '../ui/mark.tsx'
import { Time } from '../ui/time.tsx'
import type { Column } from './data-table.tsx'

/** The columns of orchestrations, wherever they are listed. */

type OrchestrationColumn = Column<Item<'orchestrations.list'>>

export function orchestrationColumns(
  sends: 'query and destination' | 'query',
): readonly OrchestrationColumn[] {
  return [
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
    sends === 'query' ? queryColumn : queryAndDestinationColumn,
    {
      id: 'list',
      header: 'Customer list',
      cell: ({ list, listId, target }) =>
        list === null || listId === null ? (
          (target?.name ?? '–')
        ) : (
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
      header: `Runs, next (${zoneName()})`,
      cell: ({ automatic, schedule, nextRunAt }) => (
        <>
          <span className="whole">{automatic && schedule !== null ? schedule.words : 'by hand'}</span>
          {nextRunAt !== null && (
            <div className="dim small">
              next <Time at={nextRunAt} />
            </div>
          )}
        </>
      ),
    },
    {
      id: 'last',
      header: 'Last workflow',
      cell: ({ lastWorkflow }) =>
        lastWorkflow === null ? (
          <span className="dim">not run yet</span>
        ) : (
          <>
            <Link to="/workflows/$id" params={lastWorkflow} className="quiet">
              <StateMark {...lastWorkflow} />
            </Link>
            <div className="dim small">
              <Time at={lastWorkflow.startedAt} />
            </div>
          </>
        ),
    },
  ]
}

const queryAndDestinationColumn: OrchestrationColumn = {
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
}

const queryColumn: OrchestrationColumn = {
  id: 'query',
  header: 'Query',
  cell: ({ query }) => (
    <Link to="/queries/$id" params={query}>
      {query.name}
    </Link>
  ),
}
