import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { count } from '../../format/number.ts'
import type { Workflow } from './workflow-page.tsx'

/** From the rows that were received to the members that changed. */
export function Funnel({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const { rows, changes } = workflow
  const hasRows = rows.received > 0
  return (
    <ul className="funnel" aria-label="From rows to changes">
      <Step label="received" value={hasRows ? count(rows.received) : '–'} />
      <Step
        label="valid"
        value={hasRows ? count(rows.received - rows.invalid) : '–'}
        note={
          rows.invalid > 0 && (
            <Link from="/workflows/$id" search={{ tab: 'rejects' }} replace>
              {count(rows.invalid)} rejected
            </Link>
          )
        }
      />
      <Step
        label="distinct members"
        value={rows.members > 0 ? count(rows.members) : '–'}
        note={rows.duplicates > 0 && `${count(rows.duplicates)} duplicates`}
      />
      <Step label="added" value={`+${count(changes.added)}`} />
      <Step label="removed" value={`−${count(changes.removed)}`} />
    </ul>
  )
}

function Step(props: {
  readonly label: string
  readonly value: string
  readonly note?: ReactNode
}): ReactElement {
  return (
    <li>
      <span className="funnel-value">{props.value}</span>
      <span className="dim">{props.label}</span>
      <span className="small funnel-note">{props.note}</span>
    </li>
  )
}
