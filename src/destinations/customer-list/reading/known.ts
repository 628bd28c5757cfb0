import type { Task } from '../../../workflow/tasks.ts'
import type { TaskName } from '../run.ts'

/** What is known of a workflow so far. Zero is a number too, so that a reader must know which ones are counted. */
export interface Known {
  /** How many rows were received and rejected. */
  readonly rows: boolean
  /** How many members the query has. */
  readonly members: boolean
  /** All additions were sent. */
  readonly additionsSent: boolean
}

export function knownOf(tasks: readonly Pick<Task, 'name' | 'state'>[]): Known {
  const isDone = (name: TaskName): boolean =>
    tasks.some((task) => task.name === name && task.state === 'succeeded')
  return { rows: isDone('prepare'), members: isDone('compare'), additionsSent: isDone('add') }
}
