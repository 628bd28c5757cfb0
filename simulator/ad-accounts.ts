import { z } from 'zod'
import { strictly } from './input.ts'
import { ok } from './operation.ts'
import { pageOf, pageQuery } from './paging.ts'
import type { Call, Operation, Reply } from './operation.ts'
import type { AdAccount } from './seed.ts'

const shared = { method: 'GET', category: 'ads_read', scope: 'ads:read', roles: null } as const

export const adAccountOperations: readonly Operation[] = [
  { ...shared, id: 'ad_accounts/list', path: '/ad_accounts', handle: list },
  {
    ...shared,
    id: 'ad_accounts/get',
    path: '/ad_accounts/:ad_account_id',
    handle: (call) => ok(describe(call.adAccount())),
  },
]

const listQuery = pageQuery.omit({ order: true }).extend({
  include_shared_accounts: z.enum(['true', 'false']).default('true'),
})

function list(call: Call): Reply {
  const { include_shared_accounts: withShared, ...page } = strictly(listQuery, call.query)
  const seen = [...call.world.state.adAccounts.values()].filter((account) => !account.isHidden)
  const wanted =
    withShared === 'true' ? seen : seen.filter((account) => account.permissions.includes('OWNER'))
  const { items, bookmark } = pageOf(wanted, { ...page, order: 'ASCENDING' })
  return ok({ items: items.map(describe), bookmark })
}

function describe(account: AdAccount): Readonly<Record<string, unknown>> {
  return {
    id: account.id,
    name: account.name,
    owner: account.owner,
    country: account.country,
    currency: account.currency,
    permissions: account.permissions,
    created_time: account.createdSeconds,
    updated_time: account.createdSeconds,
  }
}
