import type { OptionName, Permission, PolicyName } from '../../src/access/permissions.ts'

/**
 * What each policy may do and each operation needs: written by hand, taken from the published table of policies and the page that
 * Rollcall implements, so that a wrong table in the code is found too.
 */

export const columns = [
  'datagrid_administrator',
  'datagrid_operator',
  'datagrid_operator_read_only',
  'analyst',
  'analyst_read_only',
  'marketer',
  'marketer_read_only',
] as const satisfies readonly PolicyName[]

/** A row a permission, a column a policy in the order above: y for yes. */
const truth: Readonly<Record<Permission, string>> = {
  'credential:view': 'yyy----',
  'credential:edit': 'yy-----',
  'destination:view': 'yyyyyyy',
  'destination:edit': 'yy-----',
  'data_source:view': 'yyyyy--',
  'data_source:edit': 'yy-----',
  'query:view': 'yyyyy--',
  'query:edit': 'yy-y---',
  'query:run': 'yy-y---',
  'orchestration:view': 'yyyyy--',
  'orchestration:edit': 'yy-y---',
  'orchestration:run': 'yy-y---',
  'segment:view': 'yyy--yy',
  'segment:edit': 'yy---y-',
  'campaign:view': 'yyy--yy',
  'campaign:edit': 'yy---y-',
  'campaign:run': 'yy---y-',
  'workflow:view': 'yyyyyyy',
  'workflow:act': 'yy-y---',
  'workflow:detail': 'yyy----',
  'notification:view': 'yyyyyyy',
  'alert:view': 'yyyyyyy',
  'alert:edit': 'yy-y-y-',
  'configuration:export': 'yyy----',
  'configuration:apply': 'yy-----',
  'sandbox:create': 'yy-----',
  'sandbox:administer': '-------',
  'activity:view': 'y------',
  'user:administer': 'y------',
  'api_key:administer': '-------',
  'pii:view': 'yyyyyyy',
  'pii:send': 'yy-y-y-',
  download: 'yyyyyyy',
}

const denies: Readonly<Partial<Record<OptionName, readonly Permission[]>>> = {
  restrict_pii_access: ['pii:view', 'pii:send'],
  allow_limited_pii_access: ['pii:view'],
  restrict_downloads: ['download'],
}

/** With which option a permission comes to which policies. */
const adds: Readonly<Partial<Record<OptionName, readonly [readonly Permission[], string]>>> = {
  allow_sandbox_administration: [['sandbox:administer'], 'yy-----'],
  allow_user_administration: [['user:administer', 'activity:view'], 'yyyyyyy'],
  allow_api_key_administration: [['api_key:administer'], 'yyyyyyy'],
}

export function isAllowed(policy: PolicyName, option: OptionName | null, permission: Permission): boolean {
  const column = columns.findIndex((name) => name === policy)
  if (option !== null && denies[option]?.includes(permission) === true) return false
  const [added, whom] = (option === null ? undefined : adds[option]) ?? [[], '']
  return truth[permission][column] === 'y' || (added.includes(permission) && whom[column] === 'y')
}

/** What each operation needs. Some need a second permission, which their handlers ask for. */
export const needs: Readonly<Record<string, Permission | 'signed_in' | 'public'>> = {
  'credentials.list': 'credential:view',
  'credentials.create': 'credential:edit',
  'credentials.get': 'credential:view',
  'credentials.update': 'credential:edit',
  'credentials.delete': 'credential:edit',
  'credentials.ad-accounts': 'credential:view',
  'destinations.list': 'destination:view',
  'destinations.create': 'destination:edit',
  'destinations.check': 'destination:edit',
  'destinations.check-saved': 'destination:edit',
  'destinations.get': 'destination:view',
  'destinations.update': 'destination:edit',
  'destinations.copy': 'destination:edit',
  'destinations.delete': 'destination:edit',
  'data-sources.list': 'data_source:view',
  'data-sources.types': 'data_source:view',
  'destinations.kinds': 'destination:view',
  'data-sources.create': 'data_source:edit',
  'data-sources.get': 'data_source:view',
  'data-sources.update': 'data_source:edit',
  'data-sources.delete': 'data_source:edit',
  'data-sources.tables': 'query:view',
  'queries.list': 'query:view',
  'queries.create': 'query:edit',
  'queries.get': 'query:view',
  'queries.update': 'query:edit',
  'queries.activate': 'query:edit',
  'queries.discard-draft': 'query:edit',
  'queries.preview': 'query:run',
  'queries.count': 'query:run',
  'queries.delete': 'query:edit',
  'orchestrations.list': 'orchestration:view',
  'orchestrations.create': 'orchestration:edit',
  'orchestrations.describe-schedule': 'orchestration:view',
  'orchestrations.get': 'orchestration:view',
  'orchestrations.update': 'orchestration:edit',
  'orchestrations.run': 'orchestration:run',
  'orchestrations.plan': 'orchestration:run',
  'orchestrations.sample': 'orchestration:run',
  'orchestrations.copy': 'orchestration:edit',
  'orchestrations.delete': 'orchestration:edit',
  'lists.list': 'workflow:view',
  'lists.summary': 'workflow:view',
  'lists.get': 'workflow:view',
  'lists.verify': 'workflow:view',
  'lists.rebuild': 'orchestration:run',
  'workflows.list': 'workflow:view',
  'workflows.get': 'workflow:view',
  'workflows.actions': 'workflow:view',
  'workflows.resolve': 'workflow:act',
  'workflows.stop': 'workflow:act',
  'workflows.receipts': 'workflow:view',
  'workflows.rejects': 'workflow:view',
  'notifications.list': 'notification:view',
  'notifications.read': 'notification:view',
  'notifications.unread': 'notification:view',
  'notifications.read-all': 'notification:view',
  'notifications.stream': 'notification:view',
  'alerts.list': 'alert:view',
  'alerts.create': 'alert:edit',
  'alerts.get': 'alert:view',
  'alerts.update': 'alert:view',
  'alerts.test': 'alert:edit',
  'alerts.delete': 'alert:view',
  'activity.list': 'activity:view',
  'activity.export': 'activity:view',
  'configuration.export': 'configuration:export',
  'configuration.plan': 'configuration:apply',
  'configuration.apply': 'configuration:apply',
  'me.sign-in': 'public',
  'me.sign-in-with-ticket': 'public',
  'me.where': 'public',
  'me.sign-out': 'signed_in',
  'me.get': 'signed_in',
  'me.change-password': 'signed_in',
  'me.sessions': 'signed_in',
  'me.end-session': 'signed_in',
  'policies.list': 'signed_in',
  'users.list': 'user:administer',
  'users.create': 'user:administer',
  'users.get': 'user:administer',
  'users.update': 'user:administer',
  'users.set-password': 'user:administer',
  'users.unblock': 'user:administer',
  'users.disable': 'user:administer',
  'users.enable': 'user:administer',
  'users.delete': 'user:administer',
  'api-keys.list': 'api_key:administer',
  'api-keys.create': 'api_key:administer',
  'api-keys.get': 'api_key:administer',
  'api-keys.update': 'api_key:administer',
  'api-keys.rotate': 'api_key:administer',
  'api-keys.revoke-former': 'api_key:administer',
  'api-keys.revoke': 'api_key:administer',
}

export const also: Readonly<Record<string, readonly Permission[]>> = {
  'workflows.rejects': ['download', 'pii:view'],
  'activity.export': ['download'],
  // Unless the alert is their own, and is ended.
  'alerts.update': ['alert:edit'],
  'alerts.delete': ['alert:edit'],
}
