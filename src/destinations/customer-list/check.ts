import { asRollcallError } from '../../base/rollcall-error.ts'
import type { AdAccount, PinterestClient } from '../../pinterest/client.ts'
import { inOrder } from '../checks.ts'
import type { Order } from '../checks.ts'
import type { Asked, Checked } from '../contract.ts'
import { requireRole } from './require-role.ts'
import type { CustomerListSettings } from './settings.ts'

const order: Order = [
  ['token', 'Token not checked'],
  ['ad_account', 'Ad account not checked'],
  ['role', 'Role not checked'],
  ['customer_lists', 'Customer lists not read'],
]

/**
 * Checks a destination by real calls: the token is accepted, the ad account is found, the role allows customer lists, and they
 * can be read. Error: `DestinationRefused` with the catalogue's code.
 */
export async function checkAdAccount({
  settings: { adAccountId },
  credential,
  withPinterest,
  signal,
}: Asked<CustomerListSettings>): Promise<Checked> {
  const { result, checks } = await inOrder(order, signal, (passed) =>
    withPinterest(async (pinterest) => {
      const account = await findAccount(pinterest, adAccountId, () => passed('Token accepted'))
      passed(`Ad account "${account.name}" found`)
      requireRole(account, account.id, credential)
      passed(`Role ${account.permissions.join(', ') || 'unknown'} may manage customer lists`)
      await readLists(pinterest, adAccountId)
      passed('Customer lists can be read')
      return account
    }),
  )
  return { facts: { adAccountName: result.name }, checks }
}

async function findAccount(
  pinterest: PinterestClient,
  adAccountId: string,
  onToken: () => void,
): Promise<AdAccount> {
  try {
    const account = await pinterest.getAdAccount(adAccountId)
    onToken()
    return account
  } catch (error) {
    const { code } = asRollcallError(error)
    // Pinterest looks at the token first, so whatever else it says, the token was good.
    if (code === 'ad_account_not_found' || code === 'insufficient_permissions') onToken()
    throw error
  }
}

async function readLists(pinterest: PinterestClient, adAccountId: string): Promise<void> {
  for await (const _ of pinterest.listCustomerLists(adAccountId)) return
}
