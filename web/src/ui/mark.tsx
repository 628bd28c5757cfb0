import type { ReactElement, ReactNode } from 'react'
import { counted } from '../format/number.ts'
import { minuteTime } from '../format/time.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icon.tsx'

/** A state as icon and word; the colour only repeats what both say. */

export type Tone = 'ok' | 'warn' | 'bad' | 'run' | 'plain'

const icons: Readonly<Record<Tone, IconName>> = {
  ok: 'check',
  warn: 'pause',
  bad: 'cross',
  run: 'run',
  plain: 'dot',
}

export function Mark(props: {
  readonly tone: Tone
  readonly icon?: IconName | undefined
  readonly children: ReactNode
}): ReactElement {
  return (
    <span className={`mark tone-${props.tone}`}>
      <Icon name={props.icon ?? icons[props.tone]} size={16} />
      <span>{props.children}</span>
    </span>
  )
}

interface Shown {
  readonly tone: Tone
  readonly word: string
  readonly icon?: IconName
}

/** Words for the state of a workflow, a stage or a task. */
export const states: Readonly<Record<string, Shown>> = {
  scheduled: { tone: 'run', word: 'Waiting to start' },
  running: { tone: 'run', word: 'Running' },
  stopping: { tone: 'warn', word: 'Stopping' },
  waiting: { tone: 'warn', word: 'Needs approval' },
  failed: { tone: 'bad', word: 'Failed' },
  stopped: { tone: 'plain', word: 'Stopped', icon: 'stop' },
  succeeded: { tone: 'ok', word: 'Succeeded' },
  retrying: { tone: 'warn', word: 'Waiting', icon: 'clock' },
  skipped: { tone: 'warn', word: 'Skipped' },
  not_started: { tone: 'plain', word: 'Not started' },
}

/** Those of a comparison, which neither asks for approval nor is cut off when it is cancelled. */
const comparisonStates: Readonly<Record<string, Shown>> = {
  waiting: { tone: 'plain', word: 'Compared', icon: 'check' },
  stopped: { tone: 'plain', word: 'Compared, not sent', icon: 'check' },
  succeeded: { tone: 'ok', word: 'Compared, in step' },
}

export function StateMark(props: {
  readonly state: string
  /** Of a workflow that compares and has sent nothing. */
  readonly comparison?: boolean | undefined
  /** When a task that failed is tried again by itself. */
  readonly nextTryAt?: string | null | undefined
  /** Of a workflow: those that no person has accepted. */
  readonly warnings?: number
}): ReactElement {
  const { nextTryAt, warnings = 0 } = props
  if (props.state === 'succeeded' && warnings > 0)
    return (
      <Mark tone="warn" icon="warn">
        {states['succeeded']?.word} with {counted(warnings, 'warning')}
      </Mark>
    )
  // What waits for its next try does not run.
  const state = nextTryAt != null && props.state === 'running' ? 'retrying' : props.state
  const { tone, word, icon } = (props.comparison === true ? comparisonStates[state] : undefined) ??
    states[state] ?? { tone: 'plain', word: state }
  return (
    <Mark tone={tone} icon={icon}>
      <span className="nowrap">{nextTryAt == null ? word : `${word},`}</span>
      {nextTryAt != null && <> next try {minuteTime(nextTryAt)}</>}
    </Mark>
  )
}
