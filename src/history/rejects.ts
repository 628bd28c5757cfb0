import { may } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { readStoredFile } from '../store/stored-files.ts'
import { REJECTS_FILE, rejectsFolder } from '../workflow/rejects.ts'
import type { Db, Tenant } from '../workspace/tenant.ts'
import { workflowRow } from './workflows.ts'

/** The masked list of a workflow's invalid rows. */

export async function hasRejects(db: Db, workflowId: string): Promise<boolean> {
  const found = await db
    .selectFrom('stored_file')
    .select('name')
    .where('folder', '=', rejectsFolder(workflowId))
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** Parts of addresses remain in a masked list. */
export function mayOpenRejects(principal: Principal): boolean {
  return may(principal, 'download') && may(principal, 'pii:view')
}

/** Errors: `access_denied`, `workflow_not_found`, `not_found` when there were none or they were kept long enough. */
export async function openRejects(
  { db }: Tenant,
  principal: Principal,
  workflowId: string,
): Promise<AsyncIterable<Uint8Array>> {
  if (!mayOpenRejects(principal)) {
    const detail = 'your policies do not allow downloads with personal data.'
    throw new RollcallError('access_denied', { detail })
  }
  await workflowRow(db, principal, workflowId)
  if (!(await hasRejects(db, workflowId)))
    throw new RollcallError('not_found', { what: `list of rejected rows of workflow ${workflowId}` })
  return readStoredFile(db, rejectsFolder(workflowId), REJECTS_FILE)
}
