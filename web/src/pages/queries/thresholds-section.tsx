import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { counted } from '../../format/number.ts'
import { Facts } from '../../ui/facts.tsx'
import { Mark } from '../../ui/mark.tsx'
import { Section } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import type { Query } from './query-status.tsx'
import { boundWords, verdictOf } from './thresholds.ts'
import { Prose } from '../../ui/prose.tsx'

/** How many rows are too few or too many, beside what the last run returned. */
export function ThresholdsSection(props: {
  readonly query: Query
  readonly onEdit: (() => void) | null
}): ReactElement {
  const { thresholds } = props.query
  const { warnBelow, warnAbove, failBelow, failAbove } = thresholds
  return (
    <Section
      title="Thresholds"
      actions={
        props.onEdit !== null && (
          <Button variant="default" size="xs" onClick={props.onEdit}>
            Edit thresholds
          </Button>
        )
      }
    >
      <Facts
        of={[
          ['Warn when', boundWords(warnBelow, warnAbove) ?? 'never'],
          ['Fail when', boundWords(failBelow, failAbove) ?? 'never'],
          ['Last run', <LastRun key="last" query={props.query} />],
        ]}
      />
    </Section>
  )
}

/** A person who may not see a run does not learn that there was one. */
export function noRun(hiddenOrchestrations: number): string {
  return hiddenOrchestrations === 0 ? 'has not run yet' : 'none that your access includes'
}

/** Lines that are no rows: the query was not given them. */
export function Unreadable({ lines = 0 }: { readonly lines?: number | undefined }): ReactElement | null {
  return lines === 0 ? null : <div className="dim small">{counted(lines, 'line')} could not be read</div>
}

function LastRun({ query }: { readonly query: Query }): ReactElement {
  const { lastRun, thresholds, hiddenOrchestrations } = query
  if (lastRun === null) return <>{noRun(hiddenOrchestrations)}</>
  const { at, rows, unreadable, workflow, error } = lastRun
  const verdict = rows === null ? null : verdictOf(rows, thresholds)
  return (
    <>
      {rows !== null && <strong>{counted(rows, 'row')}</strong>} <Time at={at} />
      <Unreadable lines={unreadable} />
      {verdict !== null && (
        <div>
          <Mark tone={verdict.tone}>{verdict.text}</Mark>
        </div>
      )}
      {error !== null && (
        <div>
          <Prose of={error.message} />
        </div>
      )}
      {workflow !== null && (
        <div>
          <Link to="/workflows/$id" params={{ id: workflow }}>
            View Workflow
          </Link>
        </div>
      )}
    </>
  )
}
