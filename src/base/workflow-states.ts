import type { ErrorCode, ErrorData } from './catalogue.ts'

/** How workflows and their tasks stand, as the database keeps it and as people see it. */

export type WorkflowState = 'scheduled' | 'running' | 'waiting' | 'failed' | 'stopped' | 'succeeded'

export type TaskState = 'running' | 'failed' | 'succeeded' | 'waiting'

export interface StoredProblem {
  readonly code: ErrorCode
  readonly data: ErrorData
}

/** The person who accepted something as it is, by name, and when. */
export interface Acceptance {
  readonly by: string
  readonly at: string
}

/** What a run warned of; a person may have accepted it since. */
export interface StoredWarning extends StoredProblem {
  readonly accepted?: Acceptance
}

/** Who started a workflow: the schedule, a person or key by name, or the command line on the machine itself. */
export interface StartedBy {
  readonly kind: 'schedule' | 'user' | 'api_key' | 'local'
  readonly id: string | null
  readonly name: string
}

export interface StoredRequests {
  readonly reads: number
  readonly writes: number
  readonly retries: number
  readonly throttled: number
}

export type NotificationKind = 'running' | 'completed' | 'warning' | 'error'

export interface QueryRun {
  readonly at: string
  /** What the query returned: no line that could not be read. */
  readonly rows: number | null
  /** Lines of files that could not be read, and so were not given to the query; missing in runs of earlier versions. */
  readonly unreadable?: number
  readonly seconds: number
  readonly workflow: string | null
  readonly error: StoredProblem | null
}
