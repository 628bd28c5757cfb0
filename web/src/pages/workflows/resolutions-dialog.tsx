import { Button, Radio } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Answered, Empty, ErrorNotice, Notice } from '../../ui/notices.tsx'
import { useResolve } from './use-resolve.ts'
import type { Workflow } from './workflow-page.tsx'

export type Action = Item<'workflows.actions'>

/** Show Resolutions: the error, and the workflow actions that resolve it, the fitting one first and chosen. */
export function ResolutionsDialog(props: {
  readonly workflow: Workflow
  readonly onClose: () => void
}): ReactElement {
  const { workflow, onClose } = props
  const actions = useRead('workflows.actions', { params: { id: workflow.id } })
  const problem = workflow.error ?? workflow.warnings[0]
  return (
    <Dialog title="Resolutions" size="lg" onClose={onClose}>
      <div className="stack">
        {problem !== undefined && <Notice tone="bad">{problem.message}</Notice>}
        <Answered of={actions}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="There is nothing for you to do here.">
                This workflow has no actions, or your policies do not allow them. An operator can take them.
              </Empty>
            ) : (
              <Choice workflow={workflow} actions={items} onClose={onClose} />
            )
          }
        </Answered>
      </div>
    </Dialog>
  )
}

function Choice(props: {
  readonly workflow: Workflow
  readonly actions: readonly Action[]
  readonly onClose: () => void
}): ReactElement {
  const { workflow, actions, onClose } = props
  const [chosen, setChosen] = useState(actions[0]?.action ?? '')
  const navigate = useNavigate()
  const resolve = useResolve(workflow.id)
  const action = actions.find((one) => one.action === chosen)
  const proceed = (): void => {
    if (action === undefined) return
    if (action.steps.length === 0) resolve.mutate(action.action)
    else
      void navigate({
        to: '/workflows/$id/actions/$action',
        params: { id: workflow.id, action: action.action },
      })
  }
  return (
    <>
      <Radio.Group label="Choose a workflow action" value={chosen} onChange={setChosen}>
        <div className="choices">
          {actions.map((one) => (
            <div key={one.action} className={`choice ${one.action === chosen ? 'chosen' : ''}`}>
              <Radio value={one.action} label={one.title} description={one.about} />
              {one.action === chosen && one.steps.length > 0 && (
                <ol className="choice-steps">
                  {one.steps.map((step) => (
                    <li key={step}>{step}</li>
                  ))}
                </ol>
              )}
            </div>
          ))}
        </div>
      </Radio.Group>
      {resolve.error !== null && <ErrorNotice error={resolve.error} />}
      <div className="dialog-actions">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={proceed} loading={resolve.isPending}>
          Continue
        </Button>
      </div>
    </>
  )
}
