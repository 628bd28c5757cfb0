import { requireRole } from '../require-role.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'

/** Checks token, ad account and role before any row is read, so that a dead credential does not cost a long query. */
export async function connect(run: SyncRun): Promise<SyncOutputs['connect']> {
  const pinterest = await run.services.pinterest(run.signal)
  const account = await pinterest.getAdAccount(run.inputs.adAccountId)
  requireRole(account, run.inputs.adAccountId, pinterest.credential)
  return { adAccount: run.inputs.adAccountId, name: account.name, credential: pinterest.credential }
}
