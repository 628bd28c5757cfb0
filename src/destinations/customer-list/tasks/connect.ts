import { RollcallError } from '../../../base/rollcall-error.ts'
import { mayManageLists } from '../../../pinterest/client.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'

/** Checks token, ad account and role before any row is read, so that a dead credential does not cost a long query. */
export async function connect(run: SyncRun): Promise<SyncOutputs['connect']> {
  const pinterest = await run.services.pinterest(run.signal)
  const account = await pinterest.getAdAccount(run.inputs.adAccountId)
  if (!mayManageLists(account)) {
    throw new RollcallError('insufficient_permissions', {
      adAccount: run.inputs.adAccountId,
      credential: pinterest.credential,
      detail: `the user who authorized Rollcall has the role ${account.permissions.join(', ') || 'none'} in ad account "${account.name}", which may not manage customer lists`,
    })
  }
  return { adAccount: run.inputs.adAccountId, name: account.name, credential: pinterest.credential }
}
