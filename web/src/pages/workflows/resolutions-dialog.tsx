import { Button, Radio } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Answered, Empty, ErrorNotice, Notice } from '../../ui/notices.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { FollowedBy } from './followed-by.tsx'
import { problemsOf, toneOf } from './problems.ts'
import { useActions, useResolve } from './use-resolve.ts'
import type { Workflow } from './workflow.ts'
import { Prose } from '../../ui/prose.tsx'

export type Action = Item<'workflows.actions'>

/** Show Resolutions: the error, and the workflow actions that resolve it, the fitting one first and chosen. */
export function ResolutionsDialog(props: {
  readonly workflow: Workflow
  readonly onClose: () => void
}): ReactElement {
  const { workflow, onClose } = props
  const resolve = useResolve(workflow.id)
  const actions = useActions(workflow.id, resolve.isPending)
  return (
    <Dialog title="Resolutions" size="lg" onClose={onClose}>
      <div className="stack">
        {problemsOf(workflow).map((problem) => (
          <Notice key={problem.code} tone={toneOf(workflow, problem)}>
            <Prose of={problem.message} />
          </Notice>
        ))}
        {resolve.error !== null && <ErrorNotice error={resolve.error} />}
        <Answered of={actions}>
          {({ items }) =>
            workflow.followedBy !== null ? (
              <FollowedBy workflow={workflow} />
            ) : items.length === 0 ? (
              <Empty title="There is nothing for you to do here.">
                This workflow has no actions, or your policies do not allow them. An operator can take them.
              </Empty>
            ) : (
              <Choice id={workflow.id} actions={items} resolve={resolve} onClose={onClose} />
            )
          }
        </Answered>
      </div>
    </Dialog>
  )
}

function Choice(props: {
  readonly id: string
  readonly actions: readonly Action[]
  readonly resolve: ReturnType<typeof useResolve>
  readonly onClose: () => void
}): ReactElement {
  const { id, actions, resolve, onClose } = props
  const [wanted, setWanted] = useState<string | null>(null)
  const goOn = useGoOn()
  const { history } = useRouter()
  // The fitting one is chosen as long as no other was, or that is not offered any more; one that cannot be undone never by itself.
  const fitting = actions[0]?.destructive === true ? undefined : actions[0]
  const action = actions.find((one) => one.action === wanted) ?? fitting
  const chosen = action?.action ?? ''
  const proceed = (): void => {
    if (action === undefined) return
    if (action.steps.length === 0) resolve.mutate(action.action)
    else
      void goOn({
        to: '/workflows/$id/actions/$action',
        params: { id, action: action.action },
        state: { fromWorkflow: history.location.state.isOverPage === true ? id : undefined },
      })
  }
  return (
    <>
      <Radio.Group label="Choose a workflow action" value={chosen} onChange={setWanted}>
        <div className="choices">
          {actions.map((one) => (
            <div key={one.action} className={`choice ${one.action === chosen ? 'chosen' : ''}`}>
              <Radio value={one.action} label={one.title} description={<Prose of={one.about} />} />
              {one.action === chosen && one.steps.length > 0 && (
                <ol className="choice-steps">
                  {one.steps.map((step) => (
                    <li key={step}>
                      <Prose of={step} />
                    </li>
                  ))}
                </ol>
              )}
            </div>
          ))}
        </div>
      </Radio.Group>
      <div className="dialog-actions">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={proceed} loading={resolve.isPending} disabled={action === undefined}>
          Continue
        </Button>
      </div>
    </>
  )
}
