import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { count, counted } from '../../format/number.ts'
import { headOf, title } from '../../format/words.ts'
import type { Workflow } from './workflow.ts'
import { Prose } from '../../ui/prose.tsx'

export type Task = Workflow['stages'][number]['tasks'][number]

const RECEIPTS_SHOWN = 5

/** What a task did in a few words, and on demand all that is known of it: its results, its error, the requests it sent. */
export function TaskCell(props: { readonly task: Task; readonly workflow: Workflow }): ReactNode {
  const { task, workflow } = props
  const { error, output } = task
  const summary = error === null ? (task.said ?? '') : headOf(error.message)
  const known = knownOf(output ?? {})
  const receipts = workflow.receipts.filter(({ operation }) => operation === task.task)
  if (error === null && known.length === 0 && receipts.length === 0) return summary
  return (
    <details className="more">
      <summary>{summary === '' ? 'Details' : summary}</summary>
      {error !== null && (
        <p>
          <Prose of={error.message} />
        </p>
      )}
      <dl>
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{title(name)}</dt>
            <dd>{typeof value === 'number' ? count(value) : value}</dd>
          </div>
        ))}
      </dl>
      {receipts.length > 0 && <Receipts of={receipts} />}
    </details>
  )
}

/** The plain results. Members that travelled with the making of a list are in its receipt, not in the number sent afterwards. */
function knownOf(output: Readonly<Record<string, unknown>>): [name: string, value: number | string][] {
  return Object.entries(output).flatMap(([name, value]): [string, number | string][] => {
    if (name === 'sent' && output['created'] === true) return []
    return typeof value === 'number' || typeof value === 'string' ? [[name, value]] : []
  })
}

function Receipts({ of: receipts }: { readonly of: Workflow['receipts'] }): ReactElement {
  return (
    <>
      <ul>
        {receipts.slice(0, RECEIPTS_SHOWN).map(({ changeSet, batch, members, state, requestId }) => (
          <li key={`${changeSet} ${batch}`}>
            Batch {count(batch)}: {counted(members, 'member')} {state}, request{' '}
            <code>{requestId ?? '–'}</code>
          </li>
        ))}
      </ul>
      <Link from="/workflows/$id" search={{ tab: 'receipts' }} replace>
        {receipts.length > RECEIPTS_SHOWN ? `All ${count(receipts.length)} receipts` : 'Receipts'}
      </Link>
    </>
  )
}
