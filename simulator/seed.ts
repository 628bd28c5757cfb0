export const ROLES = [
  'OWNER',
  'ADMIN',
  'ANALYST',
  'SOS_READER',
  'FINANCE_MANAGER',
  'FINANCE_VIEW',
  'FINANCE_EDIT',
  'AUDIENCE_MANAGER',
  'CAMPAIGN_MANAGER',
  'CATALOGS_MANAGER',
  'RESTRICTED_OWNER',
  'PROFILE_MANAGER',
  'PROFILE_PUBLISHER',
  'RESOURCE_PINNER_LIST_OWNER',
  'RESOURCE_PINNER_LIST_READER',
  'BIZ_PINNER_LIST_SHARER',
  'RESOURCE_CONVERSION_TAGS_READER',
] as const

export type Role = (typeof ROLES)[number]

export interface AdAccount {
  readonly id: string
  readonly name: string
  readonly owner: { readonly id: string; readonly username: string }
  readonly country: string
  readonly currency: string
  readonly createdSeconds: number
  permissions: readonly Role[]
  /** Left out of the list of ad accounts, to be named on purpose. */
  readonly isHidden: boolean
}

/** The ad accounts that always exist; examples use the first. */
export const AD_ACCOUNTS = {
  owned: '549755880001',
  audienceManager: '549755880002',
  analyst: '549755880003',
  admin: '549755880004',
  /** Any call about its lists or audiences gets 403. */
  forbidden: '549755880403',
  /** … 429, over in ten minutes. */
  rateLimited: '549755880429',
  /** … 503. */
  unavailable: '549755880503',
} as const

const OWN_USER = { id: '383791336903426390', username: 'northwindoutdoor' }
const AGENCY = { id: '383791336903426391', username: 'harbourmediaagency' }
const CREATED_SECONDS = 1_700_000_000

export function seededAdAccounts(): AdAccount[] {
  return [
    account(AD_ACCOUNTS.owned, 'Northwind Outdoor', ['OWNER'], OWN_USER),
    account(AD_ACCOUNTS.audienceManager, 'Harbour Media for Northwind', [
      'AUDIENCE_MANAGER',
      'CAMPAIGN_MANAGER',
    ]),
    account(AD_ACCOUNTS.analyst, 'Harbour Media reports', ['ANALYST']),
    account(AD_ACCOUNTS.admin, 'Harbour Media administration', ['ADMIN']),
    hidden(AD_ACCOUNTS.forbidden, '[sentinel:forbidden]'),
    hidden(AD_ACCOUNTS.rateLimited, '[sentinel:rate-limited]'),
    hidden(AD_ACCOUNTS.unavailable, '[sentinel:unavailable]'),
  ]
}

function account(id: string, name: string, permissions: readonly Role[], owner = AGENCY): AdAccount {
  const place = owner === OWN_USER ? { country: 'US', currency: 'USD' } : { country: 'GB', currency: 'GBP' }
  return { id, name, owner, ...place, createdSeconds: CREATED_SECONDS, permissions, isHidden: false }
}

function hidden(id: string, name: string): AdAccount {
  return { ...account(id, name, ['OWNER'], OWN_USER), isHidden: true }
}
