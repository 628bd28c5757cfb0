import '../../styles/orchestrations.css'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import type { Item } from '../../api/call.ts'
import { useRead, useSend } from '../../api/hooks.ts'
import { count, counted } from '../../format/number.ts'
import { title } from '../../format/words.ts'
import { EnabledMark } from '../../ui/enabled-mark.tsx'
import { Facts } from '../../ui/facts.tsx'
import { StateMark } from '../../ui/mark.tsx'
import { ErrorNotice, Notice } from '../../ui/notices.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { settingFacts } from '../../ui/settings-fields.tsx'
import { toast } from '../../ui/toasts.tsx'
import { useKind } from '../destinations/use-kind.ts'
import type { DestinationKind } from '../destinations/use-kind.ts'
import { WorkflowHistory } from '../workflow-history.tsx'
import { NextRuns } from './next-runs.tsx'
import { OrchestrationActions, OrchestrationDialogs, useMayDo } from './orchestration-actions.tsx'
import { shownOptions } from './orchestration-form.ts'
import type { Orchestration } from './orchestration-form.ts'

/** One orchestration: what it sends where, when it runs, and what its runs became. */
export function OrchestrationPage(): ReactElement {
  const { id } = useParams({ from: '/shell/orchestrations/$id' })
  const orchestration = useRead('orchestrations.get', { params: { id } })
  return <AnsweredPage of={orchestration}>{(data) => <Shown orchestration={data} />}</AnsweredPage>
}

function Shown({ orchestration }: { readonly orchestration: Orchestration }): ReactElement {
  const { id, name, list, enabled, lastWorkflow, version } = orchestration
  const navigate = useNavigate()
  const isFirst = list?.id === null
  const samples = useRead(
    'workflows.list',
    { query: { orchestrationId: id, sample: 'true', state: 'succeeded', limit: 1 } },
    { enabled: isFirst },
  )
  const sample = samples.data?.items[0]
  const isSampleNext = isFirst && samples.data !== undefined && sample === undefined
  const run = useSend('orchestrations.run', { alsoChanges: ['workflows', 'notifications'] })
  const start = (): void => {
    update.reset()
    run.mutate(
      { params: { id } },
      { onSuccess: ({ workflow }) => void navigate({ to: '/workflows/$id', params: { id: workflow } }) },
    )
  }
  const update = useSend('orchestrations.update', {
    onDone: (after) => toast(`"${after.name}" is ${after.enabled ? 'enabled' : 'disabled'}.`),
  })
  const enable = (isEnabled: boolean): void => {
    // What went wrong before is not said of what is done now.
    run.reset()
    update.mutate({ params: { id }, body: { enabled: isEnabled, version } })
  }
  const error = run.error ?? update.error
  return (
    <Page
      title={name}
      parent={<Link to="/orchestrations">Orchestrations</Link>}
      about={
        <>
          <EnabledMark enabled={enabled} />
          {lastWorkflow !== null && (
            <span className="row">
              Last workflow:
              <Link to="/workflows/$id" params={lastWorkflow} className="quiet">
                <StateMark {...lastWorkflow} />
              </Link>
            </span>
          )}
        </>
      }
      actions={
        <OrchestrationActions
          orchestration={orchestration}
          isSampleNext={isSampleNext}
          onRun={start}
          isStarting={run.isPending}
          onEnable={enable}
        />
      }
    >
      {error !== null && <ErrorNotice error={error} />}
      {isFirst && samples.data !== undefined && <FirstSend listName={list.name} sample={sample} />}
      <Settings orchestration={orchestration} />
      <Schedule orchestration={orchestration} />
      <WorkflowHistory of={{ orchestrationId: id }} label="Workflows of this orchestration" />
      <OrchestrationDialogs orchestration={orchestration} />
    </Page>
  )
}

/** The order that is safe: a sample, a look at it in Pinterest, then all. */
function FirstSend(props: {
  readonly listName: string
  readonly sample: Item<'workflows.list'> | undefined
}): ReactElement | null {
  const mayDo = useMayDo()
  const { listName, sample } = props
  if (!mayDo.run) return null
  if (sample === undefined)
    return (
      <Notice tone="run">
        <p>
          Nothing has been sent yet. Send a sample first, to a list of its own name, and check it in
          Pinterest. Then run all.
        </p>
      </Notice>
    )
  return (
    <Notice
      tone="run"
      action={
        <Link to="/workflows/$id" params={sample} className="nowrap">
          View sample
        </Link>
      }
    >
      <p>
        A sample of {counted(sample.members ?? 0, 'member')} was sent. Check "{listName} (sample)" in
        Pinterest, then choose Run now.
      </p>
    </Notice>
  )
}

function Settings({ orchestration }: { readonly orchestration: Orchestration }): ReactElement {
  const { query, destination, list, listId, target } = orchestration
  const kind = useKind(destination.kind)
  const noun = kind?.target?.noun ?? 'target'
  return (
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
        ...(list === null || listId === null
          ? target === null
            ? []
            : ([[title(noun), target.name]] as const)
          : ([
              [
                'Customer list',
                <Link key="list" to="/lists/$id" params={{ id: listId }}>
                  {list.name}
                </Link>,
              ],
              ['Members', count(list.members)],
            ] as const)),
        ...limitFacts(kind, orchestration.limits),
        ...settingFacts(kind?.orchestration, shownOptions(orchestration)),
      ]}
    />
  )
}

/** Only those that are its own. */
function limitFacts(
  kind: DestinationKind | undefined,
  limits: Orchestration['limits'],
): (readonly [string, ReactNode])[] {
  const set: Readonly<Record<string, number | undefined>> = limits
  return (kind?.orchestration.limits ?? []).flatMap(({ name, label }) => {
    const limit = set[name]
    return limit === undefined ? [] : [[label, count(limit)] as const]
  })
}

function Schedule({ orchestration }: { readonly orchestration: Orchestration }): ReactElement {
  const { automatic, enabled, schedule } = orchestration
  return (
    <Section title="Schedule">
      {!automatic || schedule === null ? (
        <p>It runs by hand.</p>
      ) : enabled ? (
        <div>
          <NextRuns schedule={schedule} />
        </div>
      ) : (
        <p>{schedule.words}. It is disabled: it runs only when you choose Run now.</p>
      )}
    </Section>
  )
}
