import type { Principal } from '../access/permissions.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { receiptLines } from '../ledger/prune-receipts.ts'
import type { Db } from '../workspace/tenant.ts'
import { workflowRow } from './workflows.ts'

/** The receipts of a workflow for download: every row that was recorded, as text. Errors: `workflow_not_found`, `not_found` when nothing was sent or they were kept long enough. */
export async function openReceipts(db: Db, principal: Principal, workflowId: string): Promise<string> {
  await workflowRow(db, principal, workflowId)
  const text = await receiptLines(db, workflowId)
  if (text === '') throw new RollcallError('not_found', { what: `receipt of workflow ${workflowId}` })
  return text
}
