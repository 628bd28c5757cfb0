import type { ColumnType, Generated } from 'kysely'
import type { ActionName, ErrorCode, ErrorData } from '../base/catalogue.ts'

/** Tables of the store. Counts are `bigint` in the database and numbers here: none comes near 2^53. */

type Json<T> = ColumnType<T, string, string>

export type WorkflowState = 'running' | 'waiting' | 'failed' | 'stopped' | 'succeeded'
export type TaskState = 'running' | 'failed' | 'succeeded' | 'waiting'
export type BatchState = 'planned' | 'sending' | 'confirmed' | 'unanswered'

export interface CredentialTable {
  id: string
  name: string
  /** Sealed JSON of the app id, app secret, refresh token and access token. */
  sealed: string
  /** Keyed digest of the settings it was first made from, to notice when a person sets new ones. */
  seed_digest: string
  access_expires_at: Date | null
  refresh_expires_at: Date | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface ListCounters {
  readonly batches: number
  readonly uploaded: number
  readonly removed: number
}

export interface CreateIntent {
  /**
   * Newest list id of the ad account just before the creation ("0" when there was none): a list of our name with a
   * higher id is ours. Null before that is known: whatever bears the name is not ours.
   */
  readonly newestIdBefore: string | null
  readonly at: string
}

export interface CustomerListTable {
  id: string
  ad_account_id: string
  name: string
  pinterest_list_id: string | null
  audience_id: string | null
  create_intent: Json<CreateIntent | null> | null
  told_snapshot: string | null
  told_count: Generated<number>
  unsure_snapshot: string | null
  unsure_count: Generated<number>
  /** What Pinterest counted when we last knew that all of it was ours. */
  counters: Json<ListCounters | null> | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface ChangeSetTable {
  id: string
  /** Rises with each one, whatever the clock does. */
  number: Generated<number>
  list_id: string
  workflow_id: string
  state: 'open' | 'done' | 'folded'
  adds: number
  removes: number
  adds_by_bucket: Json<readonly number[]>
  removes_by_bucket: Json<readonly number[]>
  desired_snapshot: string
  desired_count: number
  created_at: Generated<Date>
  ended_at: Date | null
}

export interface BatchTable {
  change_set_id: string
  number: number
  operation: 'add' | 'remove'
  first: number
  count: number
  state: Generated<BatchState>
  attempts: Generated<number>
  sent_at: Date | null
  answered_at: Date | null
  status: number | null
  request_id: string | null
  /** Counters in Pinterest's answer. */
  counters: Json<ListCounters | null> | null
}

export interface WorkflowTable {
  id: string
  /** Rises with each one, whatever the clock does. */
  number: Generated<number>
  kind: 'sync'
  list_id: string | null
  state: WorkflowState
  /** Options of the run without secrets; a source's address is sealed. */
  inputs: Json<Record<string, unknown>>
  holder: string | null
  error: Json<{ code: ErrorCode; data: ErrorData } | null> | null
  warnings: Json<readonly { code: ErrorCode; data: ErrorData }[]>
  resolved_with: ActionName | null
  /** Set by another process; the one that runs the workflow looks at it every second. */
  stop_requested: Generated<boolean>
  started_at: Generated<Date>
  ended_at: Date | null
}

export interface TaskTable {
  workflow_id: string
  name: string
  position: number
  state: TaskState
  attempts: Generated<number>
  output: Json<Record<string, unknown> | null> | null
  error: Json<{ code: ErrorCode; data: ErrorData } | null> | null
  started_at: Date
  ended_at: Date | null
}

export interface RunLogTable {
  id: Generated<number>
  workflow_id: string
  at: Generated<Date>
  level: 'info' | 'warning' | 'error'
  task: string | null
  text: string
}

export interface RateSlotTable {
  key: string
  next_at: Date
  /** Pinterest asked for a pause, at this time and until that. */
  held_at: Date | null
  held_until: Date | null
}

export interface Tables {
  credential: CredentialTable
  customer_list: CustomerListTable
  change_set: ChangeSetTable
  batch: BatchTable
  workflow: WorkflowTable
  task: TaskTable
  run_log: RunLogTable
  rate_slot: RateSlotTable
}
