import type { StartedBy, StoredProblem, WorkflowState } from '../base/workflow-states.ts'
import type { Fact } from '../workflow/kind.ts'

/** One thing that alerts tell: names, counts and errors of the catalogue, so that it can wait in a queue. */

export interface Named {
  readonly id: string
  readonly name: string
}

export interface AlertEvent {
  /** The same for the same thing that happened, so that receivers can drop what they have had. Letters, digits, `_` and `.`. */
  readonly id: string
  /** What happened, as alerts name it; `test` for a test. */
  readonly kind: string
  /** When it happened, as ISO text. */
  readonly at: string
  /** What it is about: "Loyal customers → Pinterest". */
  readonly title: string
  readonly workflow: {
    readonly id: string
    readonly state: WorkflowState
    readonly startedBy: StartedBy
    readonly startedAt: string
    readonly endedAt: string | null
    /** That it worked, without the time that it waited for a person; missing in events of an earlier version. */
    readonly seconds?: number
  } | null
  readonly orchestration: Named | null
  readonly destination: Named | null
  readonly query: Named | null
  readonly credential: Named | null
  readonly problem: StoredProblem | null
  /** By the names of the workflow's kind. */
  readonly counts: Readonly<Record<string, number>>
  /** The same in its words; missing in events of an earlier version. */
  readonly facts?: readonly Fact[]
  /** Of the orchestration's schedule, for times that people read; UTC when missing, as in events of an earlier version. */
  readonly timeZone?: string | null
}
