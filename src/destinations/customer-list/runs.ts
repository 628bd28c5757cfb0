import { listBatches } from '../../ledger/attempts.ts'
import { changeSetOfWorkflow } from '../../ledger/ledger.ts'
import { listRunLog } from '../../workflow/workflow-store.ts'
import type { Services } from '../../workflow/services.ts'

/** Reading what one workflow did. */

type Db = Services['store']['db']

export interface Receipt {
  readonly batch: number
  readonly operation: 'add' | 'remove'
  readonly members: number
  readonly state: string
  readonly sentAt: string | null
  readonly answeredAt: string | null
  readonly status: number | null
  readonly requestId: string | null
  readonly attempts: number
}

export interface LogLine {
  readonly at: string
  readonly level: string
  readonly task: string | null
  readonly text: string
}

/** What was sent in a workflow, batch by batch, and what Pinterest answered. */
export async function readReceipts(db: Db, workflowId: string): Promise<Receipt[]> {
  const changeSet = await changeSetOfWorkflow(db, workflowId)
  const batches = changeSet === undefined ? [] : await listBatches(db, changeSet.id)
  return batches.map((batch) => ({
    batch: batch.number,
    operation: batch.operation,
    members: batch.count,
    state: batch.state,
    sentAt: batch.sent_at?.toISOString() ?? null,
    answeredAt: batch.answered_at?.toISOString() ?? null,
    status: batch.status,
    requestId: batch.request_id,
    attempts: batch.attempts,
  }))
}

/** What was said while a workflow ran, in order. */
export async function readRunLog(db: Db, workflowId: string): Promise<LogLine[]> {
  const log = await listRunLog(db, workflowId)
  return log.map(({ at, level, task, text }) => ({ at: at.toISOString(), level, task, text }))
}
