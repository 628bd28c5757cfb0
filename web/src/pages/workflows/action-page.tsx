import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import type { FormEvent, ReactElement } from 'react'
import type { ApiError } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'
import { words } from '../../format/words.ts'
import { Empty, ErrorNotice, Notice } from '../../ui/notices.tsx'
import { AnsweredPage } from '../page-problems.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { ServerLink } from '../../ui/server-link.tsx'
import type { Action } from './resolutions-dialog.tsx'
import { approvalVerb, useApproval } from './approval.tsx'
import { FollowedBy } from './followed-by.tsx'
import { problemOf, toneOf } from './problems.ts'
import { useActions, useResolve } from './use-resolve.ts'
import type { Workflow } from './workflow.ts'
import { Prose } from '../../ui/prose.tsx'

/** One workflow action: what to do first, with links to the very things concerned, and Resolve. */
export function ActionPage(): ReactElement {
  const { id, action } = useParams({ from: '/shell/workflows/$id/actions/$action' })
  const workflow = useRead('workflows.get', { params: { id } })
  const resolve = useResolve(id)
  const actions = useActions(id, resolve.isPending)
  return (
    <AnsweredPage of={workflow}>
      {(found) => (
        <AnsweredPage of={actions}>
          {({ items }) => {
            const chosen = items.find((one) => one.action === action)
            return chosen === undefined ? (
              <NotOffered workflow={found} error={resolve.error} />
            ) : (
              <Shown workflow={found} action={chosen} resolve={resolve} />
            )
          }}
        </AnsweredPage>
      )}
    </AnsweredPage>
  )
}

function Shown(props: {
  readonly workflow: Workflow
  readonly action: Action
  readonly resolve: ReturnType<typeof useResolve>
}): ReactElement {
  const { workflow, action, resolve } = props
  const problem = problemOf(workflow, action.action)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (approval.isGiven && !resolve.isPending) resolve.mutate(action.action)
  }
  const approval = useApproval(approves.has(action.action) ? workflow.difference : null)
  return (
    <Page title={action.title} parent={<Parents workflow={workflow} />} about={<Prose of={action.about} />}>
      <form className="stack" onSubmit={submit}>
        {problem !== undefined && (
          <Notice tone={toneOf(workflow, problem)}>
            <Prose of={problem.message} />
          </Notice>
        )}
        {action.steps.length > 0 && (
          <Section title="Steps">
            <ol className="action-steps">
              {action.steps.map((step) => (
                <li key={step}>
                  <Prose of={step} />
                </li>
              ))}
            </ol>
          </Section>
        )}
        {action.subjects.length > 0 && (
          <Section title="What it concerns">
            <ul className="subjects">
              {action.subjects.map(({ type, id, name, link }) => (
                <li key={type + id}>
                  <span className="dim">{subjectWords[type] ?? words(type)}</span>
                  <ServerLink to={link}>{name}</ServerLink>
                </li>
              ))}
            </ul>
          </Section>
        )}
        {approval.fields}
        {resolve.error !== null && <ErrorNotice error={resolve.error} />}
        <div className={`row ${approval.isNeeded ? '' : 'sticky-actions'}`}>
          <Button
            type="submit"
            loading={resolve.isPending}
            disabled={!approval.isGiven}
            {...(action.destructive ? { className: 'danger' } : {})}
          >
            {approves.has(action.action) ? approvalVerb(workflow) : 'Resolve'}
          </Button>
          <Button
            variant="default"
            renderRoot={(given) => <Link to="/workflows/$id" params={{ id: workflow.id }} {...given} />}
          >
            Back to the workflow
          </Button>
        </div>
      </form>
    </Page>
  )
}

/** Actions that approve a change; a large one by its numbers. */
const approves: ReadonlySet<string> = new Set(['approve', 'send'])

const subjectWords: Readonly<Record<string, string>> = {
  query: 'Query',
  data_source: 'Data source',
  credential: 'Credential',
  destination: 'Destination',
  orchestration: 'Orchestration',
  ad_account: 'Ad account in Pinterest',
}

/** Someone was quicker, or the address is an old one. */
function NotOffered(props: { readonly workflow: Workflow; readonly error: ApiError | null }): ReactElement {
  const { workflow, error } = props
  return (
    <Page title="Not possible now" parent={<Parents workflow={workflow} />}>
      {error !== null && <ErrorNotice error={error} />}
      {workflow.followedBy === null ? (
        <Empty title="This action does not fit the workflow as it is now.">
          Another person may have resolved it meanwhile.{' '}
          <Link to="/workflows/$id" params={{ id: workflow.id }}>
            View the workflow
          </Link>
        </Empty>
      ) : (
        <FollowedBy workflow={workflow} />
      )}
    </Page>
  )
}

function Parents({ workflow }: { readonly workflow: Workflow }): ReactElement {
  return (
    <>
      <Link to="/workflows">Workflows</Link> <span aria-hidden="true">/</span>{' '}
      <Link to="/workflows/$id" params={{ id: workflow.id }}>
        {workflow.name}
      </Link>
    </>
  )
}
