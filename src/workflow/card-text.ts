import { asksPerson, errorCatalogue, fill } from '../base/catalogue.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import type {
  NotificationKind,
  StoredProblem,
  StoredWarning,
  TaskState,
  WorkflowState,
} from '../base/workflow-states.ts'
import { words } from '../base/words.ts'

/** What the card of a workflow says. */

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

/** What a kind says: of one that succeeded, of what waits for a person, and what it brings in step. */
interface Said {
  readonly done: string
  readonly waits: string | null
  readonly noun: string | null
}

/** The face of a card: of a workflow as it stands, with its tasks in order, in the words of its kind. */
export function faceOf(workflow: Shown, tasks: readonly ShownTask[], said: Said): CardFace {
  const { state, error, warnings } = workflow
  if (state === 'scheduled') return { kind: 'running', text: 'Waiting to start.', code: null }
  if (state === 'running') return { kind: 'running', text: runningText(tasks), code: null }
  if (state === 'succeeded') return succeeded(warnings, said.done)
  if (state === 'stopped') return { kind: 'warning', text: stoppedText(error, said.noun), code: 'stopped' }
  const code = error?.code ?? null
  if (state === 'waiting') return { kind: 'warning', text: waitingText(error, said.waits), code }
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

function waitingText(error: StoredProblem | null, own: string | null): string {
  return `Needs approval: ${own ?? messageOf(error, 'you need to decide.')}`
}

function stoppedText(error: StoredProblem | null, noun: string | null): string {
  if (error?.code === 'stopped') return messageOf(error, '')
  return `Stopped: a newer run${noun === null ? '' : ` of this ${noun}`} replaced it.`
}

/** "List changed elsewhere". */
function headOf(message: string): string {
  return message.slice(0, Math.max(0, message.indexOf(': ')))
}

function messageOf(problem: StoredProblem | null, otherwise: string): string {
  return problem === null ? otherwise : fill(errorCatalogue[problem.code].message, problem.data)
}
