/**
 * What the API manages, as commands `rollcall NAME VERB`, one line each. The verbs are made from the API's routes, which are only
 * loaded when one of these is asked for; a test proves that this table and the routes agree.
 */
export const resources = {
  credentials: 'how Rollcall signs in to Pinterest',
  destinations: 'ad accounts to send to',
  'data-sources': 'files and databases that queries read',
  queries: 'SQL over a data source',
  orchestrations: 'send a query to a customer list, by hand or by schedule',
  lists: 'customer lists, and how many members they had over time',
  workflows: 'runs: finished, running or waiting',
  notifications: 'news of runs, warnings and errors',
  alerts: 'e-mails and webhooks about failures and approvals',
  activity: 'who did what, when and from where',
  users: 'people who can sign in',
  'api-keys': 'keys for programs and for ROLLCALL_URL',
  policies: 'what each policy and option allows',
  me: 'who you are and what you can do',
} as const satisfies Record<string, string>

export type ResourceName = keyof typeof resources

export function isResource(name: string | undefined): name is ResourceName {
  return name !== undefined && Object.hasOwn(resources, name)
}
