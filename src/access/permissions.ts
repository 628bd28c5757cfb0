/**
 * Who may do what: the one table that API, command line and console all ask. Deny wins, and what no policy grants is
 * denied. Sources of the rules: the page that Rollcall implements ("Configure business user access"), and the table of
 * policies that it refers to.
 */

export const permissions = [
  'credential:view',
  'credential:edit',
  'destination:view',
  'destination:edit',
  'data_source:view',
  'data_source:edit',
  'query:view',
  'query:edit',
  'query:run',
  'orchestration:view',
  'orchestration:edit',
  'orchestration:run',
  'segment:view',
  'segment:edit',
  'campaign:view',
  'campaign:edit',
  'campaign:run',
  'workflow:view',
  'workflow:act',
  'workflow:detail',
  'notification:view',
  'alert:view',
  'alert:edit',
  'configuration:export',
  'configuration:apply',
  'sandbox:create',
  'sandbox:administer',
  'activity:view',
  'user:administer',
  'api_key:administer',
  'pii:view',
  'pii:send',
  'download',
] as const

export type Permission = (typeof permissions)[number]

export const policyNames = [
  'datagrid_administrator',
  'datagrid_operator',
  'datagrid_operator_read_only',
  'analyst',
  'analyst_read_only',
  'marketer',
  'marketer_read_only',
] as const

export type PolicyName = (typeof policyNames)[number]

export const optionNames = [
  'restrict_pii_access',
  'allow_limited_pii_access',
  'restrict_downloads',
  'allow_sandbox_administration',
  'allow_user_administration',
  'allow_api_key_administration',
] as const

export type OptionName = (typeof optionNames)[number]

const ANALYST_VIEWS = [
  'destination:view',
  'data_source:view',
  'query:view',
  'orchestration:view',
  'workflow:view',
  'notification:view',
  'alert:view',
  'pii:view',
  'download',
] as const satisfies readonly Permission[]

const MARKETER_VIEWS = [
  'destination:view',
  'segment:view',
  'campaign:view',
  'workflow:view',
  'notification:view',
  'alert:view',
  'pii:view',
  'download',
] as const satisfies readonly Permission[]

const OPERATOR_VIEWS = [
  ...ANALYST_VIEWS,
  ...MARKETER_VIEWS,
  'credential:view',
  'workflow:detail',
  'configuration:export',
] as const satisfies readonly Permission[]

const ANALYST_ACTS = [
  'query:edit',
  'query:run',
  'orchestration:edit',
  'orchestration:run',
  'workflow:act',
  'alert:edit',
  'pii:send',
] as const satisfies readonly Permission[]

const MARKETER_ACTS = [
  'segment:edit',
  'campaign:edit',
  'campaign:run',
  'alert:edit',
  'pii:send',
] as const satisfies readonly Permission[]

const OPERATOR_ACTS = [
  ...ANALYST_ACTS,
  ...MARKETER_ACTS,
  'credential:edit',
  'destination:edit',
  'data_source:edit',
  'configuration:apply',
  'sandbox:create',
] as const satisfies readonly Permission[]

interface Policy {
  readonly title: string
  readonly about: string
  readonly grants: readonly Permission[]
}

export const policies: Readonly<Record<PolicyName, Policy>> = {
  datagrid_administrator: {
    title: 'Datagrid Administrator',
    about: 'Can do everything, including users and the activity log.',
    grants: [...OPERATOR_VIEWS, ...OPERATOR_ACTS, 'user:administer', 'activity:view'],
  },
  datagrid_operator: {
    title: 'Datagrid Operator',
    about: 'Manages the whole configuration and every workflow, but no users.',
    grants: [...OPERATOR_VIEWS, ...OPERATOR_ACTS],
  },
  datagrid_operator_read_only: {
    title: 'Datagrid Operator (read-only)',
    about: 'Sees what an operator sees but cannot change anything.',
    grants: OPERATOR_VIEWS,
  },
  analyst: {
    title: 'Analyst',
    about: 'Manages queries and orchestrations, and their workflows.',
    grants: [...ANALYST_VIEWS, ...ANALYST_ACTS],
  },
  analyst_read_only: {
    title: 'Analyst (read-only)',
    about: 'Sees what an analyst sees but cannot change anything.',
    grants: ANALYST_VIEWS,
  },
  marketer: {
    title: 'Marketer',
    about: 'Manages segments and campaigns; sees workflows.',
    grants: [...MARKETER_VIEWS, ...MARKETER_ACTS],
  },
  marketer_read_only: {
    title: 'Marketer (read-only)',
    about: 'Sees what a marketer sees but cannot change anything.',
    grants: MARKETER_VIEWS,
  },
}

interface Option {
  readonly title: string
  readonly about: string
  readonly grants: readonly Permission[]
  /** What a policy must grant before this option grants anything. */
  readonly needs: Permission | null
  readonly denies: readonly Permission[]
  /** Cannot be given together with a policy that must see everything. */
  readonly onlyForBusinessUsers: boolean
}

export const options: Readonly<Record<OptionName, Option>> = {
  restrict_pii_access: {
    title: 'Restrict PII access',
    about: 'Cannot see or send personally identifiable information.',
    grants: [],
    needs: null,
    denies: ['pii:view', 'pii:send'],
    onlyForBusinessUsers: true,
  },
  allow_limited_pii_access: {
    title: 'Allow limited PII access',
    about:
      'Cannot see personally identifiable information, but may send it to destinations whose PII setting allows it.',
    grants: [],
    needs: null,
    denies: ['pii:view'],
    onlyForBusinessUsers: true,
  },
  restrict_downloads: {
    title: 'Restrict downloads',
    about: 'May not download files.',
    grants: [],
    needs: null,
    denies: ['download'],
    onlyForBusinessUsers: false,
  },
  allow_sandbox_administration: {
    title: 'Allow sandbox administration',
    about: "May promote and delete sandboxes and open others' sandboxes.",
    grants: ['sandbox:administer'],
    needs: 'sandbox:create',
    denies: [],
    onlyForBusinessUsers: false,
  },
  allow_user_administration: {
    title: 'Allow user administration',
    about: 'May add, change and disable users, and read the activity log.',
    grants: ['user:administer', 'activity:view'],
    needs: null,
    denies: [],
    onlyForBusinessUsers: false,
  },
  allow_api_key_administration: {
    title: 'Allow API key administration',
    about: 'May add, rotate and revoke API keys.',
    grants: ['api_key:administer'],
    needs: null,
    denies: [],
    onlyForBusinessUsers: false,
  },
}

/** Someone who asks for something: a person, a key, or the command line on the machine itself. */
export interface Principal {
  readonly kind: 'user' | 'api_key' | 'local'
  readonly id: string
  readonly name: string
  readonly policies: readonly PolicyName[]
  readonly options: readonly OptionName[]
  readonly sessionId: string | null
}

/** A user of the data folder and its key can read everything anyway, so the command line is an administrator. */
export const localPrincipal: Principal = Object.freeze({
  kind: 'local',
  id: 'local',
  name: 'command line',
  policies: ['datagrid_administrator'],
  options: ['allow_sandbox_administration', 'allow_api_key_administration'],
  sessionId: null,
} as const)

type Granted = Pick<Principal, 'policies' | 'options'>

export function may(principal: Granted, permission: Permission): boolean {
  if (principal.options.some((name) => options[name].denies.includes(permission))) return false
  return byPolicy(principal, permission) || byOption(principal, permission)
}

function byPolicy(principal: Granted, permission: Permission): boolean {
  return principal.policies.some((name) => policies[name].grants.includes(permission))
}

function byOption(principal: Granted, permission: Permission): boolean {
  return principal.options
    .map((name) => options[name])
    .some(
      ({ grants, needs }) => grants.includes(permission) && (needs === null || byPolicy(principal, needs)),
    )
}

const ADMIN_POLICIES: ReadonlySet<PolicyName> = new Set([
  'datagrid_administrator',
  'datagrid_operator',
  'datagrid_operator_read_only',
])

/** Whether a destination with *Admin only* is there for this person at all. */
export function isAdmin(principal: Granted): boolean {
  return principal.policies.some((name) => ADMIN_POLICIES.has(name))
}

export interface DestinationAccess {
  readonly adminOnly: boolean
  /** The *PII setting*: limited access to PII is enough. */
  readonly limitedPii: boolean
}

/** Every combination of the settings. */
export const accessPairs: readonly DestinationAccess[] = [true, false].flatMap((adminOnly) =>
  [true, false].map((limitedPii) => ({ adminOnly, limitedPii })),
)

/**
 * By default a destination is there for everyone who may view PII. *Admin only* narrows it to the Datagrid Operator and
 * Administrator; the *PII setting* widens it to those with limited access. *Restrict PII access* always wins.
 */
export function maySeeDestination(principal: Granted, destination: DestinationAccess): boolean {
  if (!may(principal, 'destination:view')) return false
  if (destination.adminOnly && !isAdmin(principal)) return false
  if (may(principal, 'pii:view')) return true
  return destination.limitedPii && hasLimitedPii(principal)
}

/** Whether this person may send to it: run its orchestrations, and rerun their workflows. */
export function maySendTo(principal: Granted, destination: DestinationAccess): boolean {
  return maySeeDestination(principal, destination) && may(principal, 'pii:send')
}

function hasLimitedPii({ options: chosen }: Granted): boolean {
  return chosen.includes('allow_limited_pii_access') && !chosen.includes('restrict_pii_access')
}
