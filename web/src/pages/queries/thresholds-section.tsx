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

function LastRun({ query: { lastRun, thresholds } }: { readonly query: Query }): ReactElement {
  if (lastRun === null) return <>has not run yet</>
  const { at, rows, workflow, error } = lastRun
  const verdict = rows === null ? null : verdictOf(rows, thresholds)
  return (
    <>
      {rows !== null && <strong>{counted(rows, 'row')}</strong>} <Time at={at} />
      {verdict !== null && (
        <div>
          <Mark tone={verdict.tone}>{verdict.text}</Mark>
        </div>
      )}
      {error !== null && <div>{error.message}</div>}
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
