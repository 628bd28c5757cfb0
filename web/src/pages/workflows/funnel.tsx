import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { count, counted } from '../../format/number.ts'
import type { Tone } from '../../ui/mark.tsx'
import { ShareBar } from '../../ui/share-bar.tsx'
import type { Workflow } from './workflow.ts'

/** From the rows that were received to the members that changed. */
export function Funnel({ workflow }: { readonly workflow: Workflow }): ReactElement {
  const { rows, changes, known } = workflow
  const share = (number: number): number =>
    number / Math.max(1, rows.received, changes.added, changes.removed)
  return (
    <ul className="funnel" aria-label="From rows to changes">
      <Step label="received" share={share(rows.received)} value={known.rows ? count(rows.received) : '–'} />
      <Step
        label="valid"
        share={share(rows.received - rows.invalid)}
        value={known.rows ? count(rows.received - rows.invalid) : '–'}
        note={
          rows.invalid > 0 && (
            <Link from="/workflows/$id" search={{ tab: 'rejects' }} replace>
              {count(rows.invalid)} rejected
            </Link>
          )
        }
      />
      <Step
        label="in the query"
        share={share(rows.inQuery ?? rows.members)}
        value={known.members ? count(rows.inQuery ?? rows.members) : '–'}
        note={known.members && rows.duplicates > 0 && counted(rows.duplicates, 'duplicate')}
      />
      {rows.inQuery !== undefined && (
        <Step
          label="in the sample"
          share={share(rows.members)}
          value={known.members ? count(rows.members) : '–'}
        />
      )}
      <Step label="added" share={share(changes.added)} tone="ok" value={`+${count(changes.added)}`} />
      <Step label="removed" share={share(changes.removed)} tone="warn" value={`−${count(changes.removed)}`} />
    </ul>
  )
}

function Step(props: {
  readonly label: string
  readonly value: string
  /** Of all, from 0 to 1. */
  readonly share: number
  readonly tone?: Tone
  readonly note?: ReactNode
}): ReactElement {
  return (
    <li>
      <span className="funnel-value">{props.value}</span>
      <ShareBar share={props.share} tone={props.tone ?? 'plain'} />
      <span className="dim">{props.label}</span>
      <span className="small funnel-note">{props.note}</span>
    </li>
  )
}
