import { invalid, asRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { mayManageLists } from '../pinterest/client.ts'
import type { AdAccount, PinterestClient } from '../pinterest/client.ts'
import { credentialRow, withPinterest } from './credentials.ts'

import type { Tenant } from './tenant.ts'

/** What is asked of Pinterest before a destination is saved, in this order. */
export type CheckName = 'token' | 'ad_account' | 'role' | 'customer_lists'

export interface Check {
  readonly check: CheckName
  /** Null when it was not reached, since one before it failed. */
  readonly ok: boolean | null
  readonly text: string
}

/** A destination that Pinterest does not accept: nothing was saved. Keeps what was checked, for the person to see. */
export class DestinationRefused extends RollcallError {
  readonly checks: readonly Check[]

  constructor(error: RollcallError, checks: readonly Check[]) {
    super(error.code, error.data, { cause: error, passing: error.passing })
    this.checks = checks
  }
}

interface Wanted {
  readonly credentialId: string
  readonly adAccountId: string
}

/**
 * Checks a destination by real calls: the token is accepted, the ad account is found, the role allows customer lists, and they
 * can be read. Errors: `DestinationRefused` with the catalogue's code, `request_invalid`, `not_found`.
 */
export async function checkDestination(
  tenant: Tenant,
  { credentialId, adAccountId }: Wanted,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly checks: readonly Check[] }> {
  if (!/^\d{1,18}$/.test(adAccountId))
    throw invalid(
      'adAccountId: a Pinterest ad account ID has 1 to 18 digits. Find it in the Ads Manager URL.',
    )
  const credential = await credentialRow(tenant.db, credentialId)
  const checks: Check[] = []
  const passed = (check: CheckName, text: string): unknown => checks.push({ check, ok: true, text })
  try {
    return await withPinterest(tenant, credential, signal, async (services) => {
      const pinterest = await services.pinterest(signal)
      const account = await findAccount(pinterest, adAccountId, () => passed('token', 'Token accepted'))
      passed('ad_account', `Ad account "${account.name}" found`)
      if (!mayManageLists(account)) throw wrongRole(account, credential.name)
      passed('role', `Role ${account.permissions.join(', ') || 'unknown'} may manage customer lists`)
      await readLists(pinterest, adAccountId)
      passed('customer_lists', 'Customer lists can be read')
      return { name: account.name, checks }
    })
  } catch (thrown) {
    signal.throwIfAborted()
    const error = asRollcallError(thrown)
    throw new DestinationRefused(error, withRest(checks, error))
  }
}

async function findAccount(
  pinterest: PinterestClient,
  adAccountId: string,
  onToken: () => unknown,
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

function wrongRole(account: AdAccount, credential: string): RollcallError {
  const roles = account.permissions.join(', ')
  const detail = `the user who authorized Rollcall has the role ${roles} in ad account "${account.name}", which may not manage customer lists`
  return new RollcallError('insufficient_permissions', { adAccount: account.id, credential, detail })
}

const order = ['token', 'ad_account', 'role', 'customer_lists'] as const satisfies readonly CheckName[]

const notReached: Readonly<Record<CheckName, string>> = {
  token: 'Token not checked',
  ad_account: 'Ad account not checked',
  role: 'Role not checked',
  customer_lists: 'Customer lists not read',
}

function withRest(checks: readonly Check[], error: RollcallError): Check[] {
  const [failed, ...rest] = order.slice(checks.length)
  return [
    ...checks,
    ...(failed === undefined ? [] : [{ check: failed, ok: false, text: error.message }]),
    ...rest.map((check) => ({ check, ok: null, text: notReached[check] })),
  ]
}
