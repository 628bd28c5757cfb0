import type { Item } from '../api/call.ts'
import { counted } from '../format/number.ts'
import { headOf } from '../format/words.ts'
import type { IconName } from '../ui/icon.tsx'
import type { Tone } from '../ui/mark.tsx'

export type List = Item<'lists.list'>

/** How a list stands, in words, and how bad that is. */
export interface Health {
  /** Lower is worse. */
  readonly rank: number
  readonly tone: Tone
  readonly words: string
  /** Another one than the tone's own. */
  readonly icon?: IconName
}

type Judged = Pick<List, 'orchestration' | 'lastWorkflow' | 'changedElsewhere'>

export function healthOf(list: Judged): Health {
  if (list.changedElsewhere !== null) return changedElsewhere(list)
  return healthOfRun(list)
}

/** Until a person accepts it or rebuilds the list; a run that failed since is named beside it. */
function changedElsewhere(list: Judged): Health {
  const ofRun = healthOfRun(list)
  const words = 'Changed elsewhere'
  if (ofRun.rank > 1) return { rank: 2, tone: 'warn', icon: 'warn', words }
  return { ...ofRun, words: `${words}. ${ofRun.words}` }
}

function healthOfRun(list: Judged): Health {
  const { orchestration, lastWorkflow: last } = list
  if (last === null) {
    const words = orchestration?.enabled === false ? 'Never run, disabled' : 'Never run'
    return { rank: 5, tone: 'plain', words }
  }
  if (last.state === 'succeeded') return inStep(list, last.warnings)
  const { rank, tone, words } = standings[last.state]
  const cause =
    last.error === null || last.state === 'stopped' ? '' : `: ${headOf(last.error.message).toLowerCase()}`
  return { rank, tone, words: `${words}${cause}` }
}

const standings = {
  failed: { rank: 0, tone: 'bad', words: 'Failed' },
  waiting: { rank: 1, tone: 'warn', words: 'Waits for you' },
  stopped: { rank: 3, tone: 'plain', words: 'Stopped' },
  scheduled: { rank: 4, tone: 'run', words: 'Waiting to start' },
  running: { rank: 4, tone: 'run', words: 'Running' },
  stopping: { rank: 4, tone: 'run', words: 'Stopping' },
} as const

function inStep({ orchestration, lastWorkflow }: Judged, warnings: number): Health {
  const isLeft = orchestration === null && lastWorkflow?.orchestrationId !== null
  if (isLeft) return { rank: 7, tone: 'plain', words: 'Nobody keeps it in step any more' }
  if (warnings === 0) return { rank: 6, tone: 'ok', words: 'In step' }
  return { rank: 2, tone: 'warn', icon: 'warn', words: `In step, ${counted(warnings, 'warning')}` }
}
