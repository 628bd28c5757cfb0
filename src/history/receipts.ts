import type { Principal } from '../access/permissions.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { changeSetOfWorkflow } from '../ledger/ledger.ts'
import { prunedReceipts, receiptLines } from '../ledger/prune-receipts.ts'
import type { PrunedReceipts } from '../ledger/prune-receipts.ts'
import type { Db } from '../workspace/tenant.ts'
import { workflowRow } from './workflows.ts'

/** The receipts of a workflow for download, and what is kept of those that were deleted. */

/** Every row that was recorded, as text. Errors: `workflow_not_found`, `not_found` when nothing was sent or they were kept long enough. */
export async function openReceipts(db: Db, principal: Principal, workflowId: string): Promise<string> {
  await workflowRow(db, principal, workflowId)
  const changeSet = await changeSetOfWorkflow(db, workflowId)
  const text = changeSet === undefined ? '' : await receiptLines(db, changeSet.id)
  if (text === '') throw new RollcallError('not_found', { what: `receipt of workflow ${workflowId}` })
  return text
}

/** Null while they are there. */
export async function receiptsDeleted(db: Db, workflowId: string): Promise<PrunedReceipts | null> {
  const changeSet = await changeSetOfWorkflow(db, workflowId)
  return changeSet === undefined ? null : prunedReceipts(db, changeSet.id)
}
