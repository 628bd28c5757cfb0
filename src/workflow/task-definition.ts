import type { RollcallError } from '../base/rollcall-error.ts'
import type { OutputForm } from './task-output.ts'
import type { NewWorkflow } from './workflow-store.ts'

/** What a task is, and what it gets while it runs. */

export interface TaskDefinition<Outputs, Run, Name extends keyof Outputs & string = keyof Outputs & string> {
  readonly name: Name
  /** The part of the workflow that people see it in. */
  readonly stage: string
  readonly output: OutputForm<Outputs[Name]>
  /** A person may have the workflow go on without it. Later tasks have no output of it then. */
  readonly maySkip?: boolean
  readonly run: (run: Run) => Promise<Outputs[Name]>
}

/** The unit of progress of a task that waits for parts. */
export const PARTS = 'parts'

/** A workflow that a task starts as a part of its own. */
export interface Part extends Pick<NewWorkflow, 'kind' | 'subject' | 'inputs'> {
  /** What people know it by. The whole has one part of a name. */
  readonly name: string
  /** A person may have the whole go on without it. */
  readonly maySkip?: boolean
}

export interface EndedPart {
  readonly name: string
  readonly workflow: string
  /** A person had the whole go on without it. */
  readonly isSkipped: boolean
}

export type WorkflowEvent =
  | {
      readonly kind: 'task'
      readonly task: string
      readonly state: 'running' | 'succeeded' | 'skipped' | 'failed'
    }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warning' | 'error'
      readonly text: string
      /** It says how the run ended, which its result does as well. */
      readonly isEnd?: boolean
    }
  | {
      readonly kind: 'progress'
      readonly task: string
      readonly done: number
      readonly total: number | null
      readonly unit: string
    }

export interface WorkflowRun<Outputs> {
  readonly id: string
  readonly signal: AbortSignal
  /** The stored output of an earlier task. */
  readonly output: <Name extends keyof Outputs & string>(name: Name) => Outputs[Name]
  readonly log: (text: string, level?: 'info' | 'warning') => Promise<void>
  readonly warn: (warning: RollcallError) => Promise<void>
  readonly progress: (done: number, total: number | null, unit: string) => void
  /**
   * Starts these workflows as parts of this one, each once. While they run, no process has this one; the task runs again once all are over,
   * and gets how they ended. It must do nothing before this that must not be done twice. Error: `part_failed`.
   */
  readonly parts: (wanted: readonly Part[]) => Promise<readonly EndedPart[]>
}

/** A run whatever its kind. */
export type BareRun = Omit<WorkflowRun<unknown>, 'output'>

export type WorkflowEnd =
  | { readonly state: 'succeeded'; readonly error: null }
  /** Handed over: recorded as running still, for the process that goes on with it. */
  | { readonly state: 'running'; readonly error: null }
  | { readonly state: 'failed' | 'waiting' | 'stopped'; readonly error: RollcallError }
