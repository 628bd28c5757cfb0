import { Button, Tabs } from '@mantine/core'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { count, span } from '../../format/number.ts'
import { exactTime, minuteTime } from '../../format/time.ts'
import { starterOf } from '../../table/workflow-columns.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { StateMark } from '../../ui/mark.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Notice } from '../../ui/notices.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page } from '../../ui/page.tsx'
import { toast } from '../../ui/toasts.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { FollowedBy } from './followed-by.tsx'
import { Funnel } from './funnel.tsx'
import { LogTab } from './log-tab.tsx'
import { Parts } from './parts.tsx'
import { ResolutionsDialog } from './resolutions-dialog.tsx'
import { Stages } from './stages.tsx'
import { RunLinks } from './workflow-links.tsx'
import { openWarnings } from './problems.ts'
import { waitingTask } from './workflow.ts'
import type { Workflow } from './workflow.ts'
import { InputsTab, ReceiptsTab, RejectsTab, TasksTab } from './workflow-tabs.tsx'
import { Prose } from '../../ui/prose.tsx'

/** One workflow: what happened, and what to do. */
export function WorkflowPage(): ReactElement {
  const { id } = useParams({ from: '/shell/workflows/$id' })
  const workflow = useRead('workflows.get', { params: { id } })
  return <AnsweredPage of={workflow}>{(data) => <Shown workflow={data} />}</AnsweredPage>
}

function Shown({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const { state, startedBy, startedAt, seconds } = workflow
  const isOver = state !== 'scheduled' && state !== 'running' && state !== 'stopping'
  return (
    <Page
      title={workflow.name}
      parent={<Link to="/workflows">Workflows</Link>}
      about={
        <>
          <span role="status">
            <Outcome workflow={workflow} />
          </span>
          <span>
            {workflow.comparison && 'Comparison, '}started by {starterOf(startedBy)}, {exactTime(startedAt)}
          </span>
          {isOver && <span>{span(seconds)}</span>}
          <code>{workflow.id}</code>
        </>
      }
      actions={!isOver && <StopButton workflow={workflow} />}
    >
      <RunLinks workflow={workflow} />
      <NextTry workflow={workflow} />
      <Problems workflow={workflow} />
      <Stages workflow={workflow} />
      {workflow.list === null ? <Done workflow={workflow} /> : <Funnel workflow={workflow} />}
      {workflow.parts > 0 && <Parts of={workflow.id} />}
      <Details workflow={workflow} />
    </Page>
  )
}

/** What one of another kind than a list's did. */
function Done({ workflow: { summary, facts } }: { readonly workflow: Workflow }): ReactElement {
  return (
    <>
      <p>{summary}</p>
      <Facts of={facts.map(({ label, text }) => [label, text])} />
    </>
  )
}

/** How it stands; with warnings, it leads to them. */
function Outcome({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const warnings = openWarnings(workflow).length
  const mark = (
    <StateMark
      state={workflow.state}
      comparison={workflow.comparison}
      nextTryAt={waitingTask(workflow)?.nextTryAt}
      warnings={warnings}
    />
  )
  return workflow.state === 'succeeded' && warnings > 0 ? (
    <Link from="/workflows/$id" search={(before) => before} hash="problems" className="quiet">
      {mark}
    </Link>
  ) : (
    mark
  )
}

/** What a running workflow waits for, and the way to not wait for it. */
function NextTry({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const me = useMe()
  const tryNow = useSend('workflows.resolve', { alsoChanges: ['notifications'] })
  const task = waitingTask(workflow)
  if (task === undefined || task.nextTryAt === null) return null
  const send = (): void => tryNow.mutate({ params: { id: workflow.id }, body: { action: 'try_now' } })
  return (
    <Notice
      tone="warn"
      action={
        me.may('workflow:act') && (
          <Button size="xs" onClick={send} loading={tryNow.isPending}>
            Try now
          </Button>
        )
      }
    >
      <p>
        Waiting, next try {minuteTime(task.nextTryAt)}. <Prose of={task.error?.message ?? ''} />
      </p>
      {tryNow.error !== null && (
        <p className="field-error">
          <Prose of={tryNow.error.message} />
        </p>
      )}
    </Notice>
  )
}

function Problems({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const { dialog, open, close } = useDialog()
  const { error, warnings, state, followedBy } = workflow
  if (error === null && warnings.length === 0) return null
  const isPast = followedBy !== null || state === 'stopped'
  const isOpen = error !== null || openWarnings(workflow).length > 0
  const button = followedBy === null && isOpen && (
    <div className="row">
      {state === 'waiting' && <ReviewButton workflow={workflow} />}
      <Button size="xs" onClick={() => open('resolutions')}>
        Show Resolutions
      </Button>
    </div>
  )
  return (
    <div className="stack" id="problems">
      <FollowedBy workflow={workflow} />
      {error !== null && (
        <Notice tone={isPast ? 'plain' : state === 'waiting' ? 'warn' : 'bad'} action={button}>
          <p>
            <Prose of={error.message} />
          </p>
          {error.attribution === 'platform' && state === 'failed' && (
            <p className="dim small">This often passes by itself.</p>
          )}
        </Notice>
      )}
      {warnings.map(({ code, message, accepted }, index) => (
        <Notice
          key={code}
          tone={accepted === undefined ? 'warn' : 'plain'}
          action={error === null && index === 0 && button}
        >
          <p>
            <Prose of={message} />
          </p>
          {accepted !== undefined && (
            <p>
              Accepted as is by {accepted.by}, {exactTime(accepted.at)}.
            </p>
          )}
        </Notice>
      ))}
      {dialog === 'resolutions' && <ResolutionsDialog workflow={workflow} onClose={close} />}
    </div>
  )
}

/** Leads to who comes and who goes, where it is decided. */
function ReviewButton({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const { difference, orchestration, sample } = workflow
  if (difference === null || orchestration === null || sample) return null
  return (
    <Button
      size="xs"
      variant="default"
      renderRoot={(props) => (
        <Link
          to="/orchestrations/$id/plan"
          params={orchestration}
          state={{ fromWorkflow: workflow.id }}
          {...props}
        />
      )}
    >
      Review
    </Button>
  )
}

function StopButton({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const me = useMe()
  const stop = useSend('workflows.stop', { alsoChanges: ['orchestrations', 'notifications'] })
  const [isAsking, setIsAsking] = useState(false)
  if (!me.may('workflow:act')) return null
  return (
    <>
      <Button variant="default" disabled={workflow.state === 'stopping'} onClick={() => setIsAsking(true)}>
        Stop workflow
      </Button>
      {isAsking && (
        <Confirm
          title="Stop this workflow?"
          verb="Stop workflow"
          isDestructive
          onClose={() => setIsAsking(false)}
          onConfirm={async () => {
            await stop.mutateAsync({ params: { id: workflow.id } })
            toast('The workflow stops at its next finished batch.')
          }}
        >
          What Pinterest has confirmed stays on record, and the next run continues from there.
        </Confirm>
      )}
    </>
  )
}

function Details({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const { tab = 'tasks' } = useSearch({ from: '/shell/workflows/$id' })
  const navigate = useNavigate({ from: '/workflows/$id' })
  const { invalid } = workflow.rows
  return (
    <Tabs
      value={tab}
      keepMounted={false}
      onChange={(next) =>
        void navigate({ search: (before) => ({ ...before, tab: next ?? 'tasks' }), replace: true })
      }
    >
      <Tabs.List>
        <Tabs.Tab value="tasks">Tasks</Tabs.Tab>
        <Tabs.Tab value="log">Run log</Tabs.Tab>
        <Tabs.Tab value="receipts">Receipts</Tabs.Tab>
        <Tabs.Tab value="rejects">Rejects ({count(invalid)})</Tabs.Tab>
        <Tabs.Tab value="inputs">Inputs and outputs</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="tasks">
        <TasksTab workflow={workflow} />
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <LogTab workflow={workflow} />
      </Tabs.Panel>
      <Tabs.Panel value="receipts">
        <ReceiptsTab workflow={workflow} />
      </Tabs.Panel>
      <Tabs.Panel value="rejects">
        <RejectsTab workflow={workflow} />
      </Tabs.Panel>
      <Tabs.Panel value="inputs">
        <InputsTab workflow={workflow} />
      </Tabs.Panel>
    </Tabs>
  )
}
