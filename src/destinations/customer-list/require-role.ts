import { RollcallError } from '../../base/rollcall-error.ts'
import { mayManageLists } from '../../pinterest/client.ts'
import type { AdAccount } from '../../pinterest/client.ts'

/** Error: `insufficient_permissions` if the role of the authorized user does not allow customer lists. */
export function requireRole(account: AdAccount, adAccount: string, credential: string): void {
  if (mayManageLists(account)) return
  const roles = account.permissions.join(', ') || 'none'
  const detail = `the user who authorized Rollcall has the role ${roles} in ad account "${account.name}", which may not manage customer lists`
  throw new RollcallError('insufficient_permissions', { adAccount, credential, detail })
}
