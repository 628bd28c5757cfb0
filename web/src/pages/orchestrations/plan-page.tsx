import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import type { FormEvent, ReactElement, ReactNode } from 'react'
import type { Answer, ApiError, Item } from '../../api/call.ts'
import { useRead, useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { count, counted } from '../../format/number.ts'
import { exactTime } from '../../format/time.ts'
import { StateMark } from '../../ui/mark.tsx'
import { Empty, ErrorNotice, Notice } from '../../ui/notices.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page } from '../../ui/page.tsx'
import { useApproval } from '../workflows/approval.tsx'
import { Stages } from '../workflows/stages.tsx'
import { useResolve } from '../workflows/use-resolve.ts'
import { waitingTask } from '../workflows/workflow.ts'
import { DifferenceView } from './difference.tsx'
import type { Difference } from './difference.tsx'
import { Prose } from '../../ui/prose.tsx'

type Orchestration = Answer<'orchestrations.get'>
type Workflow = Answer<'workflows.get'>

/** Samples go to a list of their own, so some may have run since the difference was asked for. */
const LOOKED_AT = 10

/** What would happen: the difference between the query and the list, to be sent or not. */
export function PlanPage(): ReactElement {
  const { id } = useParams({ from: '/shell/orchestrations/$id/plan' })
  const orchestration = useRead('orchestrations.get', { params: { id } })
  const workflows = useRead('workflows.list', { query: { orchestrationId: id, limit: LOOKED_AT } })
  return (
    <AnsweredPage of={orchestration}>
      {(found) => (
        <AnsweredPage of={workflows}>
          {({ items }) => <Newest orchestration={found} newest={items.find(({ sample }) => !sample)} />}
        </AnsweredPage>
      )}
    </AnsweredPage>
  )
}

/** A workflow that is over tells nothing about what would happen now. */
function Newest(props: {
  readonly orchestration: Orchestration
  readonly newest: Item<'workflows.list'> | undefined
}): ReactElement {
  const { orchestration, newest } = props
  const isOpen =
    newest !== undefined &&
    newest.state !== 'stopped' &&
    // A comparison that found nothing to send is through, and is what was asked for.
    (newest.state !== 'succeeded' || newest.comparison)
  return isOpen ? (
    <Open orchestration={orchestration} id={newest.id} />
  ) : (
    <Ask orchestration={orchestration} />
  )
}

function Frame(props: {
  readonly orchestration: Orchestration
  readonly about?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  const { id, name, list } = props.orchestration
  return (
    <Page
      title="What would happen?"
      parent={
        <>
          <Link to="/orchestrations">Orchestrations</Link> <span aria-hidden="true">/</span>{' '}
          <Link to="/orchestrations/$id" params={{ id }}>
            {name}
          </Link>
        </>
      }
      about={
        <>
          {list !== null && <span>Customer list {list.name}</span>}
          {props.about}
        </>
      }
      actions={props.actions}
    >
      {props.children}
    </Page>
  )
}

function Ask({ orchestration }: { readonly orchestration: Orchestration }): ReactElement {
  const start = useStart(orchestration.id)
  return (
    <Frame orchestration={orchestration}>
      {start.error !== null && <ErrorNotice error={start.error} />}
      <Empty title="See the difference before anything is sent.">
        <p>
          The query runs and is compared with the list of{' '}
          {counted(orchestration.list?.members ?? 0, 'member')}. You see how many members join and leave, then
          decide whether to send the difference.
        </p>
        <div className="after-text">{start.button}</div>
      </Empty>
    </Frame>
  )
}

/** The button that runs the query and compares; its error stands where the page wants it. */
function useStart(
  id: string,
  word = 'Compare now',
): { readonly button: ReactElement | null; readonly error: ApiError | null } {
  const me = useMe()
  const plan = useSend('orchestrations.plan', { alsoChanges: ['workflows', 'notifications', 'lists'] })
  const button = me.may('orchestration:run') ? (
    <Button
      variant={word === 'Compare now' ? 'filled' : 'default'}
      loading={plan.isPending}
      onClick={() => plan.mutate({ params: { id } })}
    >
      {word}
    </Button>
  ) : null
  return { button, error: plan.error }
}

function Open(props: { readonly orchestration: Orchestration; readonly id: string }): ReactElement {
  const { orchestration, id } = props
  const workflow = useRead('workflows.get', { params: { id } })
  return (
    <AnsweredPage of={workflow}>
      {(found) => <Shown key={found.id} orchestration={orchestration} workflow={found} />}
    </AnsweredPage>
  )
}

function Shown(props: { readonly orchestration: Orchestration; readonly workflow: Workflow }): ReactElement {
  const { orchestration, workflow } = props
  const { state, difference, error } = workflow
  const again = useStart(orchestration.id, 'Compare again')
  const isWaiting = state === 'waiting' && difference !== null
  const isInStep = state === 'succeeded' && workflow.comparison && difference !== null
  return (
    <Frame
      orchestration={orchestration}
      about={
        <>
          <StateMark
            state={state}
            comparison={workflow.comparison}
            nextTryAt={waitingTask(workflow)?.nextTryAt}
          />
          <span>compared {exactTime(workflow.startedAt)}</span>
          <Link to="/workflows/$id" params={{ id: workflow.id }}>
            View Workflow
          </Link>
        </>
      }
      actions={(isWaiting || isInStep || state === 'failed') && again.button}
    >
      {again.error !== null && <ErrorNotice error={again.error} />}
      {isWaiting || isInStep ? (
        <>
          {workflow.warnings.map(({ code, message }) => (
            <Notice key={code} tone="warn">
              <Prose of={message} />
            </Notice>
          ))}
          <DifferenceView workflow={workflow} difference={difference} />
          {isWaiting && <Decision workflow={workflow} difference={difference} />}
        </>
      ) : (
        <>
          {error !== null && (
            <Notice
              tone={state === 'waiting' ? 'warn' : 'bad'}
              action={
                <Link
                  to="/workflows/$id"
                  params={{ id: workflow.id }}
                  search={{ dialog: 'resolutions' }}
                  className="nowrap"
                >
                  Show Resolutions
                </Link>
              }
            >
              <Prose of={error.message} />
            </Notice>
          )}
          <Stages workflow={workflow} />
          {state !== 'failed' && (
            <p className="dim">
              {workflow.review
                ? 'The difference appears here when it is known. Nothing is sent before you say so.'
                : 'This run sends its changes as it goes.'}
            </p>
          )}
        </>
      )}
    </Frame>
  )
}

/** Send or cancel. A large change is approved by typing its numbers, and no other change is. */
function Decision(props: { readonly workflow: Workflow; readonly difference: Difference }): ReactElement {
  const { workflow, difference } = props
  const actions = useRead('workflows.actions', { params: { id: workflow.id } })
  const resolve = useResolve(workflow.id)
  const approval = useApproval(difference)
  const action = workflow.error?.code === 'review_needed' ? 'send' : 'approve'
  const mayDecide = actions.data?.items.some((one) => one.action === action) === true
  const isAdded = workflow.known.additionsSent
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (approval.isGiven) resolve.mutate(action)
  }
  if (actions.data !== undefined && !mayDecide)
    return <p className="dim">Your policies do not allow sending this. An operator can decide.</p>
  return (
    <form className="stack decision" onSubmit={submit}>
      {isAdded && <p>New members have been added. The removals need your approval.</p>}
      {approval.fields}
      {resolve.error !== null && <ErrorNotice error={resolve.error} />}
      <div className={`row ${approval.isNeeded ? '' : 'sticky-actions'}`}>
        <Button
          type="submit"
          disabled={!approval.isGiven}
          loading={resolve.isPending && resolve.variables !== 'stop'}
          {...(approval.isNeeded ? { className: 'danger' } : {})}
        >
          {verbOf(difference, isAdded)}
        </Button>
        <Button
          variant="default"
          loading={resolve.isPending && resolve.variables === 'stop'}
          onClick={() => resolve.mutate('stop')}
        >
          {isAdded ? 'Stop, remove no member' : 'Cancel, send nothing'}
        </Button>
      </div>
    </form>
  )
}

function verbOf({ added, removed }: Difference, isAdded: boolean): string {
  if (isAdded) return `Remove ${counted(removed, 'member')}`
  return added + removed === 0 ? 'Finish' : `Send +${count(added)} −${count(removed)}`
}
