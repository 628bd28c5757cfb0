import type { Item } from '../api/call.ts'
import { counted } from '../format/number.ts'
import { headOf } from '../format/words.ts'
import type { WorkflowItem } from '../table/workflow-columns.tsx'
import type { Tone } from '../ui/mark.tsx'

/** How a list stands, in words, and how bad that is. */
export interface Health {
  /** Lower is worse. */
  readonly rank: number
  readonly tone: Tone
  readonly words: string
  readonly needsPerson: boolean
}

export function healthOf(
  list: Pick<Item<'orchestrations.list'>, 'lastWorkflow' | 'enabled'>,
  last: Pick<WorkflowItem, 'state' | 'error' | 'warnings' | 'kind'> | undefined,
): Health {
  const state = last?.state ?? list.lastWorkflow?.state ?? null
  if (state === null)
    return { rank: 4, tone: 'plain', words: list.enabled ? 'Never run' : 'Disabled', needsPerson: false }
  const cause =
    last?.error === null || last?.error === undefined ? '' : `: ${headOf(last.error.message).toLowerCase()}`
  switch (state) {
    case 'failed':
      return { rank: 0, tone: 'bad', words: `Failed${cause}`, needsPerson: true }
    case 'waiting':
      return { rank: 1, tone: 'warn', words: `Waits for you${cause}`, needsPerson: true }
    case 'stopped':
      return { rank: 2, tone: 'plain', words: 'Stopped', needsPerson: false }
    case 'succeeded':
      return succeeded(last)
    case 'scheduled':
      return { rank: 3, tone: 'run', words: 'Waiting to start', needsPerson: false }
    default:
      return {
        rank: 3,
        tone: 'run',
        words: state === 'stopping' ? 'Stopping' : 'Running',
        needsPerson: false,
      }
  }
}

function succeeded(last: Pick<WorkflowItem, 'warnings' | 'kind'> | undefined): Health {
  const warnings = last?.warnings ?? 0
  const words = last?.kind === 'sample' ? 'Sample sent' : 'In step'
  if (warnings === 0) return { rank: 6, tone: 'ok', words, needsPerson: false }
  return { rank: 5, tone: 'warn', words: `${words}, ${counted(warnings, 'warning')}`, needsPerson: false }
}
