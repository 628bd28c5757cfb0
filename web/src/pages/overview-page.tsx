import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import type { ReactElement } from 'react'
import type { Answer } from '../api/call.ts'
import { useRead } from '../api/hooks.ts'
import { useMe } from '../api/me.ts'
import { count, counted } from '../format/number.ts'
import { zoneName } from '../format/time.ts'
import { DataTable } from '../table/data-table.tsx'
import type { Column } from '../table/data-table.tsx'
import { changeOf, isChangeKnown } from '../table/workflow-columns.tsx'
import { SearchField } from '../ui/filters.tsx'
import { Mark } from '../ui/mark.tsx'
import { Empty, EmptySeen, Notice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { Time } from '../ui/time.tsx'
import { stepPermissions } from './connect-progress.ts'
import { healthOf } from './overview-health.ts'
import type { List } from './overview-health.ts'
import { Prose } from '../ui/prose.tsx'

/** Is everything in step? Every list, worst first. */

const LISTS_SHOWN = 200
/** From this many on, a list is found by typing. */
const LISTS_TO_SEARCH = 12
const CARDS_MAX = 3

export function OverviewPage(): ReactElement {
  const mayView = useMe().may('workflow:view')
  if (!mayView)
    return (
      <Page title="Overview">
        <Empty title="Your policies do not show lists.">Ask an administrator if you need to see them.</Empty>
      </Page>
    )
  return <Lists />
}

function Lists(): ReactElement {
  const { search, cursor } = useSearch({ from: '/shell/' })
  const navigate = useNavigate({ from: '/' })
  const shown = { order: 'state', kept: 'true', limit: LISTS_SHOWN } as const
  const lists = useRead('lists.list', { query: { ...shown, search, cursor } })
  const summary = useRead('lists.summary', {})
  const wanting = useRead('lists.list', { query: { limit: CARDS_MAX + 1, needsPerson: 'true' } })
  const isFiltered = search !== undefined || cursor !== undefined
  const setSearch = useCallback(
    (text: string) => void navigate({ search: { search: text }, replace: true }),
    [navigate],
  )
  const all = summary.data?.lists ?? 0
  return (
    <Page title="Overview" about={summary.data !== undefined && all > 0 && summaryOf(summary.data)}>
      <WantingPerson lists={wanting.data?.items ?? []} />
      {(isFiltered || all >= LISTS_TO_SEARCH) && (
        <div className="filters">
          <SearchField label="Search" value={search} onChange={setSearch} />
        </div>
      )}
      <DataTable
        label="Lists, worst first"
        reading={lists}
        columns={columns}
        rows={lists.data?.items}
        keyOf={({ id }) => id}
        empty={isFiltered ? <Empty title="No results." /> : <FirstSteps hidden={lists.data?.hidden ?? 0} />}
      />
      <Pager
        isFirst={cursor === undefined}
        nextCursor={lists.data?.nextCursor ?? null}
        words={{ first: 'First', next: 'Next' }}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, cursor: next }) })}
      />
    </Page>
  )
}

function summaryOf({ lists, needPerson }: Answer<'lists.summary'>): string {
  const needing = needPerson === 0 ? 'none needs' : needPerson === 1 ? '1 needs' : `${count(needPerson)} need`
  return `${counted(lists, 'list')}, ${needing} attention.`
}

const columns: readonly Column<List>[] = [
  {
    id: 'list',
    header: 'List',
    width: '28%',
    cell: (list) => (
      <>
        <Link to="/lists/$id" params={{ id: list.id }} className="strong">
          {list.name}
        </Link>
        <div className="dim small">{whereOf(list)}</div>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    width: '30%',
    cell: (list) => {
      const { tone, words, icon } = healthOf(list)
      const mark = (
        <Mark tone={tone} icon={icon}>
          {words}
        </Mark>
      )
      return list.lastWorkflow === null ? (
        mark
      ) : (
        <Link to="/workflows/$id" params={{ id: list.lastWorkflow.id }} className="quiet">
          {mark}
        </Link>
      )
    },
  },
  { id: 'members', header: 'Members', align: 'end', cell: ({ members }) => count(members) },
  {
    id: 'trend',
    header: 'Last runs',
    cell: ({ history }) => <Sparkline values={history.map(({ members }) => members)} />,
  },
  {
    id: 'last',
    header: `Last run (${zoneName()})`,
    cell: ({ lastWorkflow }) => (
      <>
        <Time at={lastWorkflow?.startedAt ?? null} />
        {lastWorkflow !== null && isChangeKnown(lastWorkflow) && (
          <div className="dim small nowrap">{changeOf(lastWorkflow)}</div>
        )}
      </>
    ),
  },
  {
    id: 'next',
    header: 'Next run',
    cell: ({ orchestration }) =>
      orchestration === null || orchestration.nextRunAt === null ? (
        <span className="dim">by hand</span>
      ) : (
        <Time at={orchestration.nextRunAt} />
      ),
  },
]

/** "Loyal customers to ACME · ACME US": what keeps it in step, when that has another name, and where it is. */
export function whereOf({ name, orchestration, destination, adAccount }: List): string {
  const where = destination?.name ?? `ad account ${adAccount.id}`
  return orchestration === null || orchestration.name === name ? where : `${orchestration.name} · ${where}`
}

function WantingPerson({ lists }: { readonly lists: readonly List[] }): ReactElement {
  return (
    <>
      {lists.slice(0, CARDS_MAX).map((list) => {
        const { lastWorkflow } = list
        if (lastWorkflow === null) return null
        const { tone, words } = healthOf(list)
        return (
          <Notice
            key={list.id}
            tone={tone}
            action={
              <Link to="/workflows/$id" params={{ id: lastWorkflow.id }} className="nowrap">
                View Workflow
              </Link>
            }
          >
            <p>
              <strong>{list.name}</strong>:{' '}
              <Prose of={list.changedElsewhere ?? lastWorkflow.error?.message ?? words} />
            </p>
          </Notice>
        )
      })}
      {lists.length > CARDS_MAX && (
        <p>
          More need attention:{' '}
          <Link to="/workflows" search={{ state: 'failed' }}>
            failed
          </Link>{' '}
          and{' '}
          <Link to="/workflows" search={{ state: 'waiting' }}>
            waiting
          </Link>{' '}
          workflows.
        </p>
      )}
    </>
  )
}

function FirstSteps({ hidden }: { readonly hidden: number }): ReactElement {
  const me = useMe()
  const mayDoOne = stepPermissions.some((permission) => me.may(permission))
  return (
    <EmptySeen noun="list" hidden={hidden} title="No list is kept in step yet.">
      {mayDoOne ? (
        <>
          <Link to="/connect">Connect a Pinterest account</Link>: five steps to the first list, each with
          whether it is done.
        </>
      ) : (
        'Lists appear here when they are sent.'
      )}
    </EmptySeen>
  )
}
