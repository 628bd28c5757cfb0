import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { count } from '../../format/number.ts'
import { exactTime, zoneName } from '../../format/time.ts'
import { DataTable } from '../../table/data-table.tsx'
import type { Column } from '../../table/data-table.tsx'
import { workflowColumns } from '../../table/workflow-columns.tsx'
import type { WorkflowItem } from '../../table/workflow-columns.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Mark } from '../../ui/mark.tsx'
import { MoreMenu } from '../../ui/more-menu.tsx'
import { Empty, Notice } from '../../ui/notices.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { useDialog, useGoOn } from '../../ui/use-dialog.ts'
import { healthOf } from '../overview-health.ts'
import { AtPinterest } from './at-pinterest.tsx'
import type { List } from './list.ts'
import '../../styles/lists.css'

const RUNS_SHOWN = 30

/** Drawing needs a library that no other page loads. */
const Charts = lazy(async () => ({ default: (await import('./list-charts.tsx')).ListCharts }))

/** One customer list: its members over time, what every run did, and what Pinterest shows of it. */
export function ListPage(): ReactElement {
  const { id } = useParams({ from: '/shell/lists/$id' })
  const list = useRead('lists.get', { params: { id } })
  return <AnsweredPage of={list}>{(data) => <Shown list={data} />}</AnsweredPage>
}

function Shown({ list }: { readonly list: List }): ReactElement {
  const me = useMe()
  const { tone, words, icon } = healthOf(list)
  return (
    <Page
      title={list.name}
      parent={<Link to="/">Overview</Link>}
      about={
        <>
          <Mark tone={tone} icon={icon}>
            {words}
          </Mark>
          <span>Customer list in {nameOf(list.adAccount)}</span>
        </>
      }
      actions={<Actions list={list} />}
    >
      {list.changedElsewhere !== null && (
        <Notice tone="warn" action={<LastRun list={list}>Show Resolutions</LastRun>}>
          {list.changedElsewhere}
        </Notice>
      )}
      <Facts of={factsOf(list, me.may('orchestration:view'))} />
      <Runs list={list} />
    </Page>
  )
}

function factsOf(list: List, maySeeOrchestrations: boolean): (readonly [string, ReactNode])[] {
  const { orchestration, destination, members, unsure, history } = list
  const inStepAt = history.findLast(({ inStep }) => inStep)?.at ?? null
  return [
    ['Members', count(members)],
    ...(unsure === 0 ? [] : [['Unsure, settled by the next run', count(unsure)] as const]),
    ['Last in step', <Time key="step" at={inStepAt} />],
    [
      'Kept in step by',
      orchestration === null ? (
        'no orchestration'
      ) : !maySeeOrchestrations ? (
        orchestration.name
      ) : (
        <Link key="orchestration" to="/orchestrations/$id" params={{ id: orchestration.id }}>
          {orchestration.name}
        </Link>
      ),
    ],
    [
      'Destination',
      destination === null ? (
        'none'
      ) : (
        <Link key="destination" to="/destinations/$id" params={{ id: destination.id }}>
          {destination.name}
        </Link>
      ),
    ],
    [
      'Next run',
      orchestration === null || orchestration.nextRunAt === null ? (
        'by hand'
      ) : (
        <Time key="next" at={orchestration.nextRunAt} />
      ),
    ],
  ]
}

/** "ACME US", or the number when Pinterest has told no name. */
function nameOf({ id, name }: List['adAccount']): string {
  return name === '' ? `ad account ${id}` : `${name} (${id})`
}

function LastRun(props: { readonly list: List; readonly children: ReactNode }): ReactElement | null {
  const { lastWorkflow } = props.list
  if (lastWorkflow === null) return null
  return (
    <Link
      to="/workflows/$id"
      params={{ id: lastWorkflow.id }}
      search={{ dialog: 'resolutions' }}
      className="nowrap"
    >
      {props.children}
    </Link>
  )
}

function Actions({ list }: { readonly list: List }): ReactElement | null {
  const me = useMe()
  const { dialog, open, close } = useDialog()
  const { orchestration, pinterestId } = list
  if (orchestration === null || !me.may('orchestration:run')) return null
  return (
    <>
      <Button
        variant="default"
        renderRoot={(props) => (
          <Link to="/orchestrations/$id/plan" params={{ id: orchestration.id }} {...props} />
        )}
      >
        See the difference
      </Button>
      {pinterestId !== null && (
        <MoreMenu
          label={`More for ${list.name}`}
          items={[{ word: 'Rebuild', onClick: () => open('rebuild'), isDestructive: true }]}
        />
      )}
      {dialog === 'rebuild' && <Rebuild list={list} onClose={close} />}
    </>
  )
}

function Rebuild({ list, onClose }: { readonly list: List; readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const rebuild = useSend('lists.rebuild', { alsoChanges: ['workflows', 'orchestrations', 'notifications'] })
  return (
    <Confirm
      title={`Rebuild "${list.name}"?`}
      verb="Rebuild"
      isDestructive
      onClose={onClose}
      onConfirm={async () => {
        const { workflow } = await rebuild.mutateAsync({ params: { id: list.id } })
        await goOn({ to: '/workflows/$id', params: { id: workflow } })
      }}
    >
      Rollcall creates a new customer list with this name and all members, and a new audience from it.
      Pinterest keeps the current ones. Point the campaigns in Ads Manager to the new audience afterwards.
    </Confirm>
  )
}

/** All are of this list, so a run is known by its time. */
const runColumns: readonly Column<WorkflowItem>[] = [
  {
    id: 'run',
    header: `Run (${zoneName()})`,
    width: '20%',
    cell: ({ id, startedAt }) => (
      <Link to="/workflows/$id" params={{ id }} className="strong">
        <Time at={startedAt} />
      </Link>
    ),
  },
  ...workflowColumns().filter(({ id }) => !['name', 'started', 'by'].includes(id)),
  {
    id: 'receipts',
    header: 'Receipts',
    cell: ({ id, startedAt }) => (
      <Link to="/workflows/$id" params={{ id }} search={{ tab: 'receipts' }}>
        Receipts<span className="hidden"> of the run of {exactTime(startedAt)}</span>
      </Link>
    ),
  },
  // A name stands last, where it has room for whole words.
  ...workflowColumns().filter(({ id }) => id === 'by'),
]

function Runs({ list }: { readonly list: List }): ReactElement {
  const runs = useRead('workflows.list', { query: { listId: list.id, limit: RUNS_SHOWN } })
  const items = runs.data?.items
  return (
    <>
      {items !== undefined && items.length > 0 && (
        <Suspense fallback={<div className="charts" aria-hidden="true" />}>
          <Charts history={list.history} runs={items} />
        </Suspense>
      )}
      <AtPinterest list={list} />
      <Section
        title="Runs"
        actions={
          list.orchestration !== null && (
            <Link to="/workflows" search={{ orchestrationId: list.orchestration.id }}>
              All workflows
            </Link>
          )
        }
      >
        <DataTable
          label="Runs of this list, newest first"
          reading={runs}
          columns={runColumns}
          rows={items}
          keyOf={({ id }) => id}
          empty={<Empty title="Nothing has run for this list yet." />}
        />
      </Section>
    </>
  )
}
