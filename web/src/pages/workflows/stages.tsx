import { Progress } from '@mantine/core'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { progressOf, timeLeft } from '../../format/progress.ts'
import { title } from '../../format/words.ts'
import { StateMark, states } from '../../ui/mark.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { Workflow } from './workflow.ts'

/** The way of a workflow from query to verify, and how far it is. */
export function Stages({ workflow }: { readonly workflow: Workflow }): ReactElement {
  return (
    <div className="stages-frame">
      <ol className="stages" aria-label="Stages">
        {workflow.stages.map(({ stage, state, tasks }) => (
          <li key={stage} className={`stage tone-${states[state]?.tone ?? 'plain'}`}>
            <span className="stage-name">{title(stage)}</span>
            <StateMark state={state} nextTryAt={tasks.at(-1)?.nextTryAt} />
          </li>
        ))}
      </ol>
      {workflow.state === 'running' && <Underway workflow={workflow} />}
    </div>
  )
}

/** The workflow's card knows how far its task is. */
function Underway({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const cards = useRead('notifications.list', { query: { kind: 'running', limit: 100 } })
  const card = cards.data?.items.find((one) => one.workflow === workflow.id)
  const progress = card === undefined ? null : progressOf(card.data)
  if (card === undefined || progress === null) return null
  // What came before this task says nothing of how fast it is.
  const task = workflow.stages.flatMap(({ tasks }) => tasks).find((one) => one.task === progress.task)
  const left = task === undefined ? null : timeLeft(progress.share, task.startedAt, cards.dataUpdatedAt)
  return (
    <div className="underway" role="status">
      <Icon name="run" size={16} />
      <span>
        {progress.text}
        {left !== null && <span className="dim">, {left}</span>}
      </span>
      {progress.share !== null && (
        <Progress value={progress.share * 100} aria-label={`${title(progress.task)}, share that is done`} />
      )}
    </div>
  )
}
