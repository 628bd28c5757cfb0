import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { noteParts, noteProgress, noteWorkflow } from './workflow-card.ts'
import type { Progress } from './workflow-card.ts'
import { PARTS } from './task-definition.ts'
import type { WorkflowEvent } from './task-definition.ts'

/** Writes the card of a running workflow from its events, one write at a time. */
export interface EventNotes {
  /** Returns at once. A card that cannot be written never stops its workflow; it is brought in step later. */
  readonly event: (event: WorkflowEvent) => void
  /** Resolves when everything told so far has been written. */
  readonly settled: () => Promise<void>
}

/** No one reads faster. */
const PROGRESS_EVERY_MS = 1_000

export function noteEvents(
  db: Kysely<Tables>,
  workflowId: string,
  nowMs: () => number = () => performance.now(),
): EventNotes {
  let isStep = false
  let progress: Progress | null = null
  let progressMs = Number.NEGATIVE_INFINITY
  let writing: Promise<void> | null = null
  const write = async (): Promise<void> => {
    while (isStep || progress !== null) {
      const done = isStep ? null : progress
      if (done === null) isStep = false
      else progress = null
      await noteOne(db, workflowId, done).catch(() => {})
    }
    writing = null
  }
  return {
    event: (event) => {
      if (event.kind === 'progress') {
        if (nowMs() - progressMs < PROGRESS_EVERY_MS) return
        progressMs = nowMs()
        const { task, done, total, unit } = event
        progress = { task, done, total, unit }
      } else if (isNewStep(event)) {
        isStep = true
        progress = null
      } else return
      writing ??= write()
    },
    settled: async () => {
      await writing
    },
  }
}

function noteOne(db: Kysely<Tables>, workflowId: string, progress: Progress | null): Promise<void> {
  if (progress === null) return noteWorkflow(db, workflowId)
  // Parts may have ended since.
  return progress.unit === PARTS ? noteParts(db, workflowId) : noteProgress(db, workflowId, progress)
}

/** A task that failed is noted when its next try is announced, or with the end of the workflow. */
function isNewStep(event: Exclude<WorkflowEvent, { kind: 'progress' }>): boolean {
  if (event.kind === 'log') return event.level === 'warning'
  return event.state === 'running' || event.state === 'succeeded'
}
