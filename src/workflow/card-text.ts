import { asksPerson, errorCatalogue, fill } from '../base/catalogue.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import type {
  NotificationKind,
  StoredProblem,
  StoredWarning,
  TaskState,
  WorkflowState,
} from '../base/workflow-states.ts'
import { count, words } from '../base/words.ts'
import type { Counts } from './kind.ts'

/** What the card of a workflow says. */

export interface WorkflowCounts {
  readonly rows: number
  readonly members: number
  readonly added: number
  readonly removed: number
  readonly invalid: number
}

export interface CardFace {
  readonly kind: NotificationKind
  /** In plain words, without what the title says. */
  readonly text: string
  readonly code: ErrorCode | null
}

interface Shown {
  readonly state: WorkflowState
  readonly error: StoredProblem | null
  readonly warnings: readonly StoredWarning[]
}

interface ShownTask {
  readonly name: string
  readonly state: TaskState
  readonly error: StoredProblem | null
}

/** The face of a card: of a workflow as it stands, with its tasks in order and what its kind says of one that succeeded. */
export function faceOf(workflow: Shown, tasks: readonly ShownTask[], summary: string): CardFace {
  const { state, error, warnings } = workflow
  if (state === 'scheduled') return { kind: 'running', text: 'Waiting to start.', code: null }
  if (state === 'running') return { kind: 'running', text: runningText(tasks), code: null }
  if (state === 'succeeded') return succeeded(warnings, summary)
  if (state === 'stopped') return { kind: 'warning', text: stoppedText(error), code: 'stopped' }
  const code = error?.code ?? null
  if (state === 'waiting') return { kind: 'warning', text: waitingText(error), code }
  return { kind: 'error', text: messageOf(error, 'Failed.'), code }
}

function runningText(tasks: readonly ShownTask[]): string {
  const last = tasks.at(-1)
  if (last === undefined) return 'Started.'
  // A running workflow whose task has failed waits for the next try.
  if (last.state === 'failed') return `Retrying after an error: ${messageOf(last.error, words(last.name))}`
  return last.state === 'running' ? `Running: ${words(last.name)}.` : `Done: ${words(last.name)}.`
}

function succeeded(warnings: readonly StoredWarning[], text: string): CardFace {
  if (warnings.length === 0) return { kind: 'completed', text, code: null }
  const open = warnings.filter(({ accepted }) => accepted === undefined)
  // What a person has to decide comes first.
  const first = open.find(({ code }) => asksPerson(code)) ?? open[0]
  const messages = warnings.map(({ accepted, ...warning }) => {
    const message = messageOf(warning, '')
    return accepted === undefined ? message : `${headOf(message)}: accepted by ${accepted.by}.`
  })
  const kind = first === undefined ? 'completed' : 'warning'
  return { kind, text: [`${text}.`, ...messages].join(' '), code: first?.code ?? null }
}

/** "+1,203 −396, 184,203 members". */
export function countsText(counts: Counts): string {
  const { added = null, removed = null, members = null } = counts
  if (added === null || removed === null || members === null) return 'Completed'
  const changes = added === 0 && removed === 0 ? 'Nothing changed' : `+${count(added)} −${count(removed)}`
  return `${changes}, ${count(members)} ${members === 1 ? 'member' : 'members'}`
}

function waitingText(error: StoredProblem | null): string {
  if (error?.code === 'review_needed') {
    const { adds, removes } = error.data
    return `Needs approval: +${shown(adds)} −${shown(removes)} to review. Nothing has been sent.`
  }
  const message = messageOf(error, 'you need to decide.')
  const isLarge = error?.code === 'large_removal' || error?.code === 'large_addition'
  return `Needs approval: ${isLarge ? message.slice(message.indexOf(': ') + 2) : message}`
}

function stoppedText(error: StoredProblem | null): string {
  if (error?.code === 'stopped') return messageOf(error, '')
  return 'Stopped: a newer run of this list replaced it.'
}

/** "List changed elsewhere". */
function headOf(message: string): string {
  return message.slice(0, Math.max(0, message.indexOf(': ')))
}

function messageOf(problem: StoredProblem | null, otherwise: string): string {
  return problem === null ? otherwise : fill(errorCatalogue[problem.code].message, problem.data)
}

function shown(value: string | number | undefined): string {
  return typeof value === 'number' ? count(value) : (value ?? '?')
}
