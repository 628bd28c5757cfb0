import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { listBatches } from './attempts.ts'
import type { Batch } from './batch-state.ts'
import { changeSetIdsOf } from './ledger.ts'

type Db = Kysely<Tables>

export interface Receipt {
  readonly changeSet: string
  /** Numbered from 1 in each change set. */
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

/**
 * What was sent in a workflow, batch by batch, and what Pinterest answered: all of its change sets, in order. A change set that it gave up
 * shows only batches that were sent.
 */
export async function readReceipts(db: Db, workflowId: string): Promise<Receipt[]> {
  const ids = await changeSetIdsOf(db, workflowId)
  const receipts = ids.map(async (id) => {
    const batches = await listBatches(db, id)
    return batches.filter((batch) => id === ids.at(-1) || wasSent(batch)).map(receiptOf)
  })
  return (await Promise.all(receipts)).flat()
}

function wasSent({ state, sent_at: sentAt }: Batch): boolean {
  return state !== 'planned' || sentAt !== null
}

function receiptOf(batch: Batch): Receipt {
  return {
    changeSet: batch.change_set_id,
    batch: batch.number,
    operation: batch.operation,
    members: batch.count,
    state: batch.state,
    sentAt: batch.sent_at?.toISOString() ?? null,
    answeredAt: batch.answered_at?.toISOString() ?? null,
    status: batch.status,
    requestId: batch.request_id,
    attempts: batch.attempts,
  }
}
