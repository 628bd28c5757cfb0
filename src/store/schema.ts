import type { ColumnType, Generated } from 'kysely'
import type { ActionName, ErrorCode } from '../base/catalogue.ts'
import type { AlertAnswer, AlertOwner, EmailTarget, WebhookTarget, alertObject } from '../objects/alert.ts'
import type { AlertReach } from '../objects/alert-reach.ts'
import type { credentialObject } from '../objects/credential.ts'
import type { dataSourceObject } from '../objects/data-source.ts'
import type { destinationObject } from '../objects/destination.ts'
import type { Kind } from '../objects/kinds.ts'
import type { orchestrationObject } from '../objects/orchestration.ts'
import type { QueryText, queryObject } from '../objects/query.ts'
import type { QueryRun } from '../base/workflow-states.ts'
import type { ColumnsOf } from './object-columns.ts'
import type {
  NotificationKind,
  StartedBy,
  StoredProblem,
  StoredRequests,
  StoredWarning,
  TaskState,
  WorkflowState,
} from '../base/workflow-states.ts'
import type { CreateIntent, ForeignChanges, ListCounters } from '../base/list-states.ts'
import type {
  AttemptOutcomeTable,
  AttemptTable,
  BatchTable,
  ChangeSetTable,
  ReceiptDigestTable,
} from './ledger-tables.ts'
import type { UserTable } from './people-tables.ts'
import type { SessionTable } from './people-tables.ts'
import type { ApiKeyTable } from './people-tables.ts'
import type { SignInFailureTable } from './people-tables.ts'
import type { ActivityTable } from './people-tables.ts'

/** Tables of the store. Counts are `bigint` in the database and numbers here: none comes near 2^53. */

type Json<T> = ColumnType<T, string, string>
type JsonOrDefault<T> = ColumnType<T, string | undefined, string>

/** A whole configuration of its own. The first one is production. */
export interface WorkspaceTable {
  id: string
  created_at: Generated<Date>
}

export interface CredentialTable extends ColumnsOf<typeof credentialObject> {
  /** Sealed JSON of the app id, app secret, refresh token and access token. */
  sealed: string
  /** Keyed digest of the environment it was first made from, to notice when a person sets other values; null when made by hand. */
  seed_digest: string | null
  /** The error that its last use or renewal met; null while it works. */
  problem: Json<StoredProblem | null> | null
  /** When someone was last told that it will stop working. */
  warned_at: Date | null
  access_expires_at: Date | null
  refresh_expires_at: Date | null
}

/** What orchestrations write to at a destination's place, whatever its kind. It belongs to no workspace: each has one owner in all of them. */
export interface TargetTable {
  id: string
  /** That of its destinations. */
  kind: string
  /** Two with one key are the same. */
  key: string
  name: string
  created_at: Generated<Date>
}

export interface CustomerListTable {
  /** That of its target. */
  id: string
  ad_account_id: string
  name: string
  pinterest_list_id: string | null
  audience_id: string | null
  /** When a request to make the audience was sent that has not ended as far as is known: it may be on its way; null for none. */
  audience_asked_at: Date | null
  create_intent: Json<CreateIntent | null> | null
  told_snapshot: string | null
  told_count: Generated<number>
  unsure_snapshot: string | null
  unsure_count: Generated<number>
  /** What Pinterest counted when we last knew that all of it was ours. */
  counters: Json<ListCounters | null> | null
  /** What Pinterest counted beyond ours since the list is held: whom others added or removed no one can tell. */
  changed_elsewhere: Json<ForeignChanges | null> | null
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface WorkflowTable {
  id: string
  /** Rises with each one, whatever the clock does. */
  number: Generated<number>
  /** A name of the registry of kinds. */
  kind: string
  /** The id of what it brings in step, which its kind knows, such as the ledger's list; null for nothing. */
  subject: string | null
  /** The workflow that it is a part of. */
  parent: Generated<string | null>
  state: WorkflowState
  /** Options of the run without secrets; a source's address is sealed. */
  inputs: Json<Record<string, unknown>>
  /** The process that runs it, or ran it last; null before the first, and for one that was handed over in order. */
  holder: string | null
  error: Json<StoredProblem | null> | null
  warnings: Json<readonly StoredWarning[]>
  resolved_with: ActionName | null
  /** That of its orchestration, which may be deleted by now. A run of the command line is one of production. The scoped database sets it. */
  workspace: Generated<string>
  /** What people know it by: the orchestration's name, or null for a run of the command line. */
  name: string | null
  orchestration_id: string | null
  destination_id: string | null
  query_id: string | null
  credential_id: string | null
  started_by: JsonOrDefault<StartedBy>
  /** The action that asked for it, until it begins: its kind lets go what that leaves behind. */
  started_with: ActionName | null
  /** Rises each time it is scheduled again. */
  turn: Generated<number>
  /** When its end was told: alerts, and how its query ran. Null again when it goes on. */
  told_at: Date | null
  /** Made at Pinterest by all processes that ran it, as far as they came to their end. */
  requests: JsonOrDefault<StoredRequests>
  /** Set by another process; the one that runs the workflow looks at it every second. */
  stop_requested: Generated<boolean>
  started_at: Generated<Date>
  ended_at: Date | null
  /** From when it had ended or waited for a person until it went on, all times together. */
  waited_ms: Generated<number>
  /** Processes in a row that ended in the middle of it, none of which got further than the one before. */
  lost_processes: Generated<number>
  /** Tasks that had succeeded and batches that were confirmed when a process took it last. */
  steps_done: Generated<number>
}

export interface TaskTable {
  workflow_id: string
  name: string
  position: number
  state: TaskState
  attempts: Generated<number>
  output: Json<Record<string, unknown> | null> | null
  /** The form of the output, which the task's kind knows. */
  output_version: Generated<number>
  /** A person had it skipped: it counts as succeeded, without output. */
  skipped: Generated<boolean>
  error: Json<StoredProblem | null> | null
  started_at: Date
  ended_at: Date | null
  /** Of a task that failed and is tried again by itself. */
  next_try_at: Date | null
}

/** A workflow that is a part of another one. */
export interface WorkflowPartTable {
  parent: string
  /** Which the parent has once. */
  name: string
  child: string
  /** A person may have the parent go on without it, if it fails. */
  may_skip: boolean
  /** Who had the parent go on without it; null for none. */
  skipped_by: Generated<string | null>
}

/** How far the running task of a workflow is. */
export interface WorkflowProgressTable {
  workflow_id: string
  task: string
  done: number
  total: number | null
  unit: string
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

export interface DataSourceTable extends ColumnsOf<typeof dataSourceObject> {
  /** What anyone may read of it. */
  settings: Json<Readonly<Record<string, unknown>>>
  /** Its sealed secrets; null for none. */
  sealed: string | null
}

export interface DestinationTable extends ColumnsOf<typeof destinationObject> {
  /** What anyone may read of it, with what its check found last. */
  settings: Json<Readonly<Record<string, unknown>>>
  /** Its sealed secrets; null for none. */
  sealed: string | null
}

export interface QueryTable extends Omit<ColumnsOf<typeof queryObject>, 'draft'> {
  active: Json<QueryText | null> | null
  /** An edit that is not active yet. */
  draft: Json<QueryText | null> | null
  /** Name of the one who saved the draft. */
  draft_by: Generated<string | null>
  draft_at: Generated<Date | null>
  /** The person who activated the active text may view personal data. */
  active_reviewed: Generated<boolean>
  activated_at: Date | null
  last_run: Json<QueryRun | null> | null
}

export interface OrchestrationTable extends ColumnsOf<typeof orchestrationObject> {
  /** What it writes to, which no other orchestration has; null for a destination of a kind that knows no such thing. */
  target_id: string | null
  /** What its destination's kind declares for orchestrations, by the names of the fields. */
  options: JsonOrDefault<Readonly<Record<string, unknown>>>
  next_run_at: Date | null
}

export interface NotificationTable {
  id: string
  number: Generated<number>
  kind: NotificationKind
  /** A workflow has one card, which changes as it goes on. */
  workflow_id: string | null
  destination_id: string | null
  admin_only: Generated<boolean>
  title: string
  text: string
  code: ErrorCode | null
  data: JsonOrDefault<Record<string, unknown>>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface NotificationReadTable {
  principal_id: string
  notification_id: string
  at: Generated<Date>
}

export interface AlertTable extends Omit<ColumnsOf<typeof alertObject>, 'events' | 'target'> {
  events: string[]
  channel: AlertAnswer['channel']
  target: Json<EmailTarget | WebhookTarget>
  /** Sealed secret that webhooks are signed with. */
  sealed: string | null
  /** What its owner could see who saved it; null for everything. */
  reach: Json<AlertReach | null> | null
  /** Null for one that was saved before owners were kept. */
  owner: Json<AlertOwner | null> | null
  last_sent_at: Date | null
  last_problem: string | null
}

/** A recipient of a message that did not reach all of them, when it needs no further try. */
export interface AlertRecipientTable {
  alert_id: string
  event_id: string
  recipient: string
  /** The number with which the mail server refused it for good; null when it got the message. */
  refused_with: number | null
  created_at: Generated<Date>
}

/** The first answer to a POST with an `Idempotency-Key`; without status while it is under way. */
export interface IdempotencyTable {
  principal_id: string
  key: string
  request_digest: string
  status: number | null
  body: Json<unknown> | null
  created_at: Generated<Date>
}

/** Files that every machine can read: those of the engine, and lists of invalid rows. */
export interface StoredFileTable {
  folder: string
  name: string
  part: number
  bytes: Buffer
  created_at: Generated<Date>
}

/** Who has a lock, and until when no one else may take it. */
export interface LockLeaseTable {
  name: string
  /** Rises with every holder. */
  fence: number
  /** The server's process that holds the lock for it; 0 once it was let go. */
  pid: number
  /** The start of the server that the lock was taken on. */
  server: string
  /** Without a sign of life until then, another may take it. */
  expires_at: Date
}

/** What belongs to no workspace, or is found by what does: a list at Pinterest belongs to its ad account. */
export interface Tables {
  workspace: WorkspaceTable
  target: TargetTable
  customer_list: CustomerListTable
  change_set: ChangeSetTable
  batch: BatchTable
  attempt: AttemptTable
  attempt_outcome: AttemptOutcomeTable
  receipt_digest: ReceiptDigestTable
  workflow: WorkflowTable
  task: TaskTable
  workflow_part: WorkflowPartTable
  workflow_progress: WorkflowProgressTable
  run_log: RunLogTable
  rate_slot: RateSlotTable
  app_user: UserTable
  session: SessionTable
  api_key: ApiKeyTable
  sign_in_failure: SignInFailureTable
  activity: ActivityTable
  notification: NotificationTable
  notification_read: NotificationReadTable
  alert: AlertTable
  alert_recipient: AlertRecipientTable
  idempotency: IdempotencyTable
  stored_file: StoredFileTable
  lock_lease: LockLeaseTable
}

/**
 * What is configured, a table for each kind of object. Each row belongs to one workspace: see `workspace.ts`, by which alone these tables
 * are reached.
 */
export interface ConfiguredTables extends Record<Kind, object> {
  credential: CredentialTable
  data_source: DataSourceTable
  destination: DestinationTable
  query: QueryTable
  orchestration: OrchestrationTable
}
