import { words } from '../../../format/words.ts'

/** What each permission allows, as the end of "may …". */
const permissionWords: Readonly<Record<string, string>> = {
  'credential:view': 'see credentials',
  'credential:edit': 'add, edit and delete credentials',
  'destination:view': 'see destinations',
  'destination:edit': 'add, edit and delete destinations',
  'data_source:view': 'see data sources',
  'data_source:edit': 'add, edit and delete data sources',
  'query:view': 'see queries',
  'query:edit': 'write and activate queries',
  'query:run': 'run queries',
  'orchestration:view': 'see orchestrations',
  'orchestration:edit': 'add, edit and delete orchestrations',
  'orchestration:run': 'run orchestrations',
  'segment:view': 'see segments',
  'segment:edit': 'edit segments',
  'campaign:view': 'see campaigns',
  'campaign:edit': 'edit campaigns',
  'campaign:run': 'run campaigns',
  'workflow:view': 'see workflows',
  'workflow:act': 'resolve and stop workflows',
  'workflow:detail': 'see the run log and inputs of workflows',
  'notification:view': 'see notifications',
  'alert:view': 'see alerts',
  'alert:edit': 'add, edit and delete alerts',
  'configuration:export': 'export the configuration',
  'configuration:apply': 'apply a configuration',
  'sandbox:create': 'create sandboxes',
  'sandbox:administer': 'promote and delete sandboxes',
  'activity:view': 'read the activity log',
  'user:administer': 'add, change and disable users',
  'api_key:administer': 'add, rotate and revoke API keys',
  'pii:view': 'see personally identifiable information',
  'pii:send': 'send personally identifiable information',
  download: 'download files',
}

/** One that this console does not know is said by its name. */
export function permissionWord(permission: string): string {
  return permissionWords[permission] ?? words(permission.replace(':', ' '))
}
