import type { RollcallError } from '../base/rollcall-error.ts'
import type { Platform } from '../platform/open.ts'
import type { JobQueue } from './queue.ts'
import type { Slots } from './slots.ts'

/** What all that a worker does stands on. */
export interface WorkerContext {
  readonly platform: Platform
  readonly queue: Pick<JobQueue, 'runWorkflow' | 'sendAlert'>
  readonly slots: Slots
  /** Workflows that this worker runs, or that wait for its slots, by their ids. */
  readonly inHand: Map<string, Promise<void>>
  /** Told of what goes wrong outside the tasks of workflows, and where. */
  readonly onError: (error: RollcallError, where: string) => void
  /** Aborts when the worker ends; what runs is left for another. */
  readonly signal: AbortSignal
}

/** What the work from time to time stands on. */
export type UpkeepContext = Pick<WorkerContext, 'platform' | 'queue' | 'signal'>
