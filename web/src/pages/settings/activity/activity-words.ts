import { title, words } from '../../../format/words.ts'

/** Words for the actions and objects of the activity log, and where an object has its page. */

interface ObjectType {
  readonly word: string
  readonly path: (id: string) => string
  /** What it takes to open the page. */
  readonly needs: string
}

/** What has a page of its own, in the order in which they are offered. */
export const objectTypes: Readonly<Record<string, ObjectType>> = {
  credential: setting('Credential', 'credentials', 'credential:view'),
  data_source: setting('Data source', 'data-sources', 'data_source:view'),
  query: page('Query', 'queries', 'query:view'),
  destination: page('Destination', 'destinations', 'destination:view'),
  orchestration: page('Orchestration', 'orchestrations', 'orchestration:view'),
  workflow: page('Workflow', 'workflows', 'workflow:view'),
  alert: setting('Alert', 'alerts', 'alert:view'),
  user: setting('User', 'users', 'user:administer'),
  api_key: setting('API key', 'api-keys', 'api_key:administer'),
}

/** Those without a page. */
const others: Readonly<Record<string, string>> = { session: 'Sign-in', activity: 'Activity log' }

function page(word: string, folder: string, needs: string): ObjectType {
  return { word, needs, path: (id) => `/${folder}/${id}` }
}

function setting(word: string, tab: string, needs: string): ObjectType {
  return page(word, `settings/${tab}`, needs)
}

export function objectWord(type: string): string {
  return objectTypes[type]?.word ?? others[type] ?? title(type)
}

export const objectChoices = [...Object.keys(objectTypes), ...Object.keys(others)].map((value) => ({
  value,
  label: objectWord(value),
}))

/** "API key rotated" of api_key.rotated. */
export function actionWords(action: string): string {
  const [type = '', ...done] = action.split('.')
  return `${objectWord(type)}: ${words(done.join(' '))}`
}

const starters: Readonly<Record<string, string>> = {
  user: 'Person',
  api_key: 'API key',
  local: 'Command line',
  schedule: 'Schedule',
}

export function principalKindWord(kind: string): string {
  return starters[kind] ?? title(kind)
}
