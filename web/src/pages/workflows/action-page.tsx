import { Button } from '@mantine/core'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { words } from '../../format/words.ts'
import { Answered, Empty, ErrorNotice, Notice } from '../../ui/notices.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { ServerLink } from '../../ui/server-link.tsx'
import type { Action } from './resolutions-dialog.tsx'
import { useResolve } from './use-resolve.ts'
import type { Workflow } from './workflow-page.tsx'

/** One workflow action: what to do first, with links to the very things concerned, and Resolve. */
export function ActionPage(): ReactElement {
  const { id, action } = useParams({ from: '/shell/workflows/$id/actions/$action' })
  const workflow = useRead('workflows.get', { params: { id } })
  const actions = useRead('workflows.actions', { params: { id } })
  return (
    <Answered of={workflow}>
      {(found) => (
        <Answered of={actions}>
          {({ items }) => {
            const chosen = items.find((one) => one.action === action)
            return chosen === undefined ? (
              <NotOffered workflow={found} />
            ) : (
              <Shown workflow={found} action={chosen} />
            )
          }}
        </Answered>
      )}
    </Answered>
  )
}

function Shown({ workflow, action }: { readonly workflow: Workflow; readonly action: Action }): ReactElement {
  const resolve = useResolve(workflow.id)
  const problem = workflow.error ?? workflow.warnings[0]
  return (
    <Page title={action.title} parent={<Parents workflow={workflow} />} about={action.about}>
      <div className="stack">
        {problem !== undefined && <Notice tone="bad">{problem.message}</Notice>}
        {action.steps.length > 0 && (
          <Section title="Steps">
            <ol className="action-steps">
              {action.steps.map((step) => (
                <li key={step}>{step}</li>
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
        {resolve.error !== null && <ErrorNotice error={resolve.error} />}
        <div className="row sticky-actions">
          <Button onClick={() => resolve.mutate(action.action)} loading={resolve.isPending}>
            Resolve
          </Button>
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/workflows/$id" params={{ id: workflow.id }} {...props} />}
          >
            Back to the workflow
          </Button>
        </div>
      </div>
    </Page>
  )
}

const subjectWords: Readonly<Record<string, string>> = {
  query: 'Query',
  data_source: 'Data source',
  credential: 'Credential',
  destination: 'Destination',
  orchestration: 'Orchestration',
  ad_account: 'Ad account in Pinterest',
}

function NotOffered({ workflow }: { readonly workflow: Workflow }): ReactElement {
  return (
    <Page title="Not possible now" parent={<Parents workflow={workflow} />}>
      <Empty title="This action does not fit the workflow as it is now.">
        Somebody may have resolved it meanwhile.{' '}
        <Link to="/workflows/$id" params={{ id: workflow.id }}>
          View the workflow
        </Link>
      </Empty>
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
