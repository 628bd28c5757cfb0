import type { z } from 'zod'
import { RollcallError } from '../base/rollcall-error.ts'
import { words } from '../base/words.ts'
import type { Task } from './tasks.ts'

/** What tasks leave for later ones and for readers. It may have been stored by an earlier version. */

/** The form of a task's output. */
export interface OutputForm<Output> {
  /** Rises with every change that what was stored before does not fit. */
  readonly version: number
  readonly schema: z.ZodType<Output>
  /** What an earlier version stored, in the form of this one. */
  readonly upgrade?: (stored: unknown, version: number) => unknown
  // As a method, so that forms of all tasks may stand in one list.
  /** What the task did, in a few words for people; without this it has nothing to tell. */
  said?(output: Output): string
}

type Stored = Pick<Task, 'name' | 'state' | 'output' | 'output_version'>

/** The output of a task for one that goes on with it. Error: `record_damaged` for what does not have its form. */
export function readOutput<Output>(form: OutputForm<Output>, task: Stored): Output {
  const { success, data, error } = parse(form, task)
  if (success) return data
  throw new RollcallError(
    'record_damaged',
    { what: `the result of the task "${words(task.name)}"` },
    { cause: error },
  )
}

/** The output of a task for people; null when there is none, or when it does not have its form. */
export function shownOutput<Output>(form: OutputForm<Output>, task: Stored | undefined): Output | null {
  if (task === undefined || task.output === null) return null
  const { success, data } = parse(form, task)
  return success ? data : null
}

/** What a task did, as its kind says it; null when it has nothing to tell. */
export function saidOf<Output>(form: OutputForm<Output> | undefined, task: Stored): string | null {
  if (form?.said === undefined) return null
  const output = shownOutput(form, task)
  return output === null ? null : form.said(output)
}

function parse<Output>({ version, schema, upgrade }: OutputForm<Output>, task: Stored) {
  const { output, output_version: stored } = task
  const isOlder = stored < version && upgrade !== undefined
  return schema.safeParse(isOlder ? upgrade(output, stored) : output)
}
