import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { exactTime } from '../../format/time.ts'
import { Icon } from '../../ui/icon.tsx'
import type { Query } from './query-status.tsx'

/** Which text runs, and what to do with the other one. Always there, so that nothing jumps when a draft is saved. */
export function DraftStrip(props: {
  readonly query: Query
  readonly isDirty: boolean
  readonly mayEdit: boolean
  readonly onActivate: () => void
  readonly onCompare: () => void
  readonly onDiscard: () => void
}): ReactElement {
  const { query, isDirty, mayEdit } = props
  const { active, draft, draftBy, activationRefused } = query
  const isOther = isDirty || draft !== null
  return (
    <section className={`draft-strip tone-${isOther ? 'warn' : 'ok'}`} aria-label="Draft">
      <Icon name={isOther ? 'edit' : 'check'} size={16} />
      <p>
        <strong>{isDirty ? 'Not saved yet.' : isOther ? 'Draft, not yet active.' : 'Active.'}</strong>{' '}
        {draftBy !== null && !isDirty && `Draft by ${draftBy.name}, ${exactTime(draftBy.at)}. `}
        {whatRuns(query, isOther)}
        {isOther && mayEdit && activationRefused !== null && (
          <span className="dim"> You cannot activate it: {activationRefused}</span>
        )}
      </p>
      {draft !== null && active !== null && (
        <Button variant="default" size="xs" onClick={props.onCompare}>
          View difference
        </Button>
      )}
      {draft !== null && active !== null && mayEdit && (
        <Button variant="default" size="xs" onClick={props.onDiscard}>
          Discard draft
        </Button>
      )}
      {isOther && mayEdit && activationRefused === null && (
        <Button size="xs" onClick={props.onActivate}>
          Activate
        </Button>
      )}
    </section>
  )
}

function whatRuns({ active, activatedAt }: Query, isOther: boolean): string {
  if (active === null) return 'An orchestration can use this query once it is activated.'
  if (isOther) return 'Runs use the active text until you activate this one.'
  return `Runs use this text${activatedAt === null ? '' : `, activated ${exactTime(activatedAt)}`}.`
}
