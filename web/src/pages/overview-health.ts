import type { Item } from '../api/call.ts'
import { counted } from '../format/number.ts'
import { minuteTime } from '../format/time.ts'
import { withHead } from '../format/words.ts'
import type { IconName } from '../ui/icon.tsx'
import type { Tone } from '../ui/mark.tsx'

export type List = Item<'lists.list'>

/** How a list stands, in words. */
export interface Health {
  readonly tone: Tone
  readonly words: string
  /** Another one than the tone's own. */
  readonly icon?: IconName
}

type Judged = Pick<List, 'state' | 'orchestration' | 'lastWorkflow' | 'changedElsewhere'>

export function healthOf(list: Judged): Health {
  const { state, orchestration, lastWorkflow: last, changedElsewhere } = list
  const isStuck = state === 'failed' || state === 'waiting'
  const health = states[state]
  if (state === 'never_run' && orchestration?.enabled === false)
    return { ...health, words: 'Never run, disabled' }
  if (state === 'warnings' && last !== null)
    return { ...health, words: `In step, ${counted(last.warnings, 'warning')}` }
  if (state === 'running' && last !== null && last.nextTryAt !== null)
    return { tone: 'warn', icon: 'clock', words: `Waiting, next try ${minuteTime(last.nextTryAt)}` }
  if (state === 'running' && last !== null) return { ...health, words: underWay[last.state] ?? health.words }
  if (!isStuck || last === null || last.error === null) return health
  const words = withHead(health.words, last.error.message)
  return { ...health, words: changedElsewhere === null ? words : `Changed elsewhere. ${words}` }
}

const states: Readonly<Record<List['state'], Health>> = {
  failed: { tone: 'bad', words: 'Failed' },
  waiting: { tone: 'warn', words: 'Needs approval' },
  changed_elsewhere: { tone: 'warn', icon: 'warn', words: 'Changed elsewhere' },
  warnings: { tone: 'warn', icon: 'warn', words: 'In step, with warnings' },
  stopped: { tone: 'plain', words: 'Stopped' },
  running: { tone: 'run', words: 'Running' },
  never_run: { tone: 'plain', words: 'Never run' },
  in_step: { tone: 'ok', words: 'In step' },
  sample: { tone: 'plain', words: 'Sample' },
  left: { tone: 'plain', words: 'No longer kept in step' },
}

const underWay: Readonly<Record<string, string>> = { scheduled: 'Waiting to start', stopping: 'Stopping' }
