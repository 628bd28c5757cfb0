import '../../../styles/settings.css'
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { urlOf } from '../../../api/call.ts'
import { useRead } from '../../../api/hooks.ts'
import { useMe } from '../../../api/me.ts'
import { zoneName } from '../../../format/time.ts'
import { DataTable } from '../../../table/data-table.tsx'
import type { Column } from '../../../table/data-table.tsx'
import { Icon } from '../../../ui/icon.tsx'
import { Empty } from '../../../ui/notices.tsx'
import { Pager } from '../../../ui/pager.tsx'
import { Time } from '../../../ui/time.tsx'
import { daysAsTimes, useFilter } from '../../../ui/use-filter.ts'
import { ActivityDetail } from './activity-detail.tsx'
import type { Entry } from './activity-detail.tsx'
import { ActivityFilters } from './activity-filters.tsx'
import type { ActivityFilter } from './activity-filters.tsx'
import { actionWords, objectTypes, objectWord, principalKindWord } from './activity-words.ts'

const columns: readonly Column<Entry>[] = [
  {
    id: 'what',
    header: 'What',
    width: '46%',
    cell: (entry) => (
      <details className="entry-detail">
        <summary className="strong">{actionWords(entry.action)}</summary>
        <ActivityDetail entry={entry} />
      </details>
    ),
  },
  {
    id: 'object',
    header: 'Object',
    width: '20%',
    cell: (entry) => <ObjectLink entry={entry} />,
  },
  {
    id: 'who',
    header: 'Who',
    cell: ({ principalName, principalKind }) => (
      <>
        {principalName}
        <div className="dim small">{principalKindWord(principalKind)}</div>
      </>
    ),
  },
  { id: 'when', header: `When (${zoneName()})`, cell: ({ at }) => <Time at={at} /> },
]

/** The object by its name, which leads to its page when it has one that is there still. */
function ObjectLink({ entry }: { readonly entry: Entry }): ReactElement | null {
  const { objectType, objectId, objectName, action } = entry
  const me = useMe()
  const type = objectTypes[objectType]
  const name = objectName ?? objectId
  if (name === null) return null
  const isThere = !action.endsWith('.deleted') && objectId !== null
  return (
    <div className="entry-object">
      {type !== undefined && isThere && me.may(type.needs) ? (
        <Link to={type.path(objectId)}>{name}</Link>
      ) : (
        name
      )}
      <div className="dim small">{objectWord(objectType)}</div>
    </div>
  )
}

/** Who did what, newest first. */
export function ActivityTab(): ReactElement {
  const me = useMe()
  const { filter, setFilter } = useFilter<ActivityFilter>()
  const { cursor, ...texts } = filter
  const query = daysAsTimes(texts)
  const log = useRead('activity.list', { query: { ...query, cursor } }, { staleTime: 0 })
  return (
    <>
      <ActivityFilters filter={filter} onChange={setFilter}>
        {me.may('download') && (
          <Button
            component="a"
            variant="default"
            href={urlOf('activity.export', { query })}
            download
            leftSection={<Icon name="down" size={16} />}
          >
            Download as CSV
          </Button>
        )}
      </ActivityFilters>
      <DataTable
        label="Activity log, newest first"
        reading={log}
        columns={columns}
        rows={log.data?.items}
        keyOf={({ id }) => String(id)}
        empty={
          <Empty title="Nothing in the log fits.">
            Change one of the filters, or search for something else.
          </Empty>
        }
      />
      <Pager
        isFirst={cursor === undefined}
        nextCursor={log.data?.nextCursor ?? null}
        words={{ first: 'Newest', next: 'Older' }}
        onPage={(next) => setFilter({ cursor: next })}
      />
    </>
  )
}
