import type { ColumnType, Generated } from 'kysely'
import type { ListCounters, Outcome } from '../base/list-states.ts'

/** Tables of change sets, and of the requests that send them. */

export interface ChangeSetTable {
  id: string
  /** Rises with each one, whatever the clock does. */
  number: Generated<number>
  list_id: string
  workflow_id: string
  state: 'open' | 'done' | 'folded'
  adds: number
  removes: number
  /** The engine's own reference. */
  change_ref: string
  desired_snapshot: string
  desired_count: number
  /** Members that Pinterest had confirmed when it ended, and when it had answered last; null as long as that is not known. */
  told_after: number | null
  told_after_at: Date | null
  created_at: Generated<Date>
  ended_at: Date | null
}

/** Members that go in one request. Its rows and those of the attempts to send it are only ever added; how it stands follows from them. */
export interface BatchTable {
  change_set_id: string
  number: number
  operation: 'add' | 'remove'
  first: number
  count: number
  /** The number of the batch that it was split from; null for one that was cut from the change set. */
  part_of: number | null
  /** An answer was lost to the batch that it was split from. */
  may_have_landed: Generated<boolean>
}

/** One try to send a batch, recorded before its request is sent. */
export interface AttemptTable {
  change_set_id: string
  batch: number
  /** 1 for the first one of its batch. */
  number: number
  /** Null for one of an earlier version, which kept that of the last alone. */
  sent_at: Generated<Date | null>
}

/** What became of an attempt. One whose answer was lost may be found to have landed later. */
export interface AttemptOutcomeTable {
  change_set_id: string
  batch: number
  attempt: number
  outcome: Outcome
  /** Null for an attempt of an earlier version that was not confirmed. */
  at: Generated<Date | null>
  /** How often the request was sent, as far as it may have landed: once, and with each answer that was lost before. */
  tries: Generated<number>
  /** Pinterest's answer; null without one. */
  status: number | null
  request_id: string | null
  /** Counters in it. */
  counters: ColumnType<ListCounters | null, string | null, string | null>
}

/** What is kept of the receipts of a change set that were pruned. The database fills all but the first itself. */
export interface ReceiptDigestTable {
  change_set_id: string
  /** SHA-256 of all receipts in order, as `receipt_lines` of the database has them, each followed by a line feed. */
  sha256: ColumnType<Buffer, never, never>
  /** Of the workflow's last change set: SHA-256 of the receipts of all of them. Versions before 0023 kept none. */
  file_sha256: ColumnType<Buffer | null, never, never>
  rows: ColumnType<number, never, never>
  /** Batches that Pinterest confirmed, and the members in them by operation. */
  batches: ColumnType<number, never, never>
  added: ColumnType<number, never, never>
  removed: ColumnType<number, never, never>
  last_confirmed_at: ColumnType<Date | null, never, never>
  pruned_at: ColumnType<Date, never, never>
}
