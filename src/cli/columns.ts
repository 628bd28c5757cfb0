import { harmless, table, time } from './output.ts'
import { count, span, words } from '../base/words.ts'

/**
 * The most telling columns of each list, as paths into its items; with a title where the path is none. A test proves that every
 * path is one of the API's answer.
 */
export const columns: Readonly<Record<string, readonly (string | readonly [title: string, path: string])[]>> =
  {
    'credentials.list': ['name', 'id', 'destinations', 'problem', 'refreshExpiresAt', 'updatedAt'],
    'credentials.ad-accounts': ['name', 'id', 'mayManageLists', 'permissions', 'currency'],
    'destinations.list': [
      'name',
      'id',
      'kind',
      'credential',
      ['place', 'place.id'],
      'adminOnly',
      ['limited PII', 'limitedPii'],
      'orchestrations',
      'updatedAt',
    ],
    'destinations.kinds': ['kind', 'title', ['settings', 'fields'], ['also shown', 'facts']],
    'data-sources.list': ['name', 'id', 'kind', 'settings', 'queries', 'updatedAt'],
    'data-sources.types': ['kind', 'title', ['settings', 'fields'], ['also shown', 'facts']],
    'data-sources.tables': [['table', 'name'], 'columns'],
    'queries.list': [
      'name',
      'id',
      'status',
      'dataSource',
      ['last run', 'lastRun.at'],
      ['rows', 'lastRun.rows'],
      'orchestrations',
      'updatedAt',
    ],
    'orchestrations.list': [
      'name',
      'id',
      'query',
      'destination',
      ['list', 'target.name'],
      ['members', 'list.members'],
      'enabled',
      ['schedule', 'schedule.words'],
      ['next run', 'nextRunAt'],
      ['last workflow', 'lastWorkflow.state'],
    ],
    'lists.list': [
      'name',
      'id',
      ['ad account', 'adAccount.id'],
      'members',
      'unsure',
      'orchestration',
      ['last workflow', 'lastWorkflow.state'],
      ['next run', 'orchestration.nextRunAt'],
      ['changed elsewhere', 'changedElsewhere'],
    ],
    'workflows.list': [
      ['workflow', 'id'],
      'name',
      'state',
      ['error', 'error.code'],
      ['started', 'startedAt'],
      ['by', 'startedBy.name'],
      ['took', 'seconds'],
      ['in the query', 'members'],
      'added',
      'removed',
      'warnings',
    ],
    'notifications.list': ['updatedAt', 'kind', 'title', 'text', 'workflow', 'read', 'id'],
    'alerts.list': ['name', 'id', 'events', 'channel', 'target', 'enabled', 'lastSentAt', 'lastProblem'],
    'activity.list': [
      'at',
      ['who', 'principalName'],
      'action',
      ['object', 'objectName'],
      ['id', 'objectId'],
      ['from', 'originIp'],
    ],
    'users.list': ['name', 'id', 'email', 'policies', 'options', 'disabledAt'],
    'api-keys.list': ['name', 'id', 'policies', 'options', 'expiresAt', 'revokedAt', 'lastUsedAt'],
  }

const CELL_CHARS_MAX = 60

/** The items of a list as a table. */
export function itemTable(operation: string, items: readonly Record<string, unknown>[]): string[] {
  const chosen = columns[operation] ?? Object.keys(items[0] ?? {})
  const parts = chosen.map((column) =>
    typeof column === 'string'
      ? { title: words(column), path: column }
      : { title: column[0], path: column[1] },
  )
  const values = items.map((item) => parts.map(({ path }) => ofNextTry(item, path) ?? valueAt(item, path)))
  const numeric = parts.flatMap((_, index) => (isNumeric(values.map((row) => row[index])) ? [index] : []))
  const rows = values.map((row) =>
    row.map((value, index) => cut(shown(value, parts[index]?.path.split('.').at(-1)), CELL_CHARS_MAX)),
  )
  return table(
    parts.map(({ title }) => title),
    rows,
    numeric,
  )
}

/** What waits for its next try does not run, whatever the state of its workflow is called. */
function ofNextTry(item: unknown, path: string): string | null {
  if (!/(?:^|\.)state$/.test(path) || valueAt(item, path) !== 'running') return null
  const at = valueAt(item, path.replace(/state$/, 'nextTryAt'))
  return typeof at === 'string' ? `waiting, next try ${time(new Date(at))}` : null
}

function isNumeric(values: readonly unknown[]): boolean {
  return values.some((value) => typeof value === 'number') && values.every(isNumberOrNone)
}

function isNumberOrNone(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'number'
}

function valueAt(item: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (Object(value) as Record<string, unknown>)[name], item)
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** A value of an answer in one line, for a person: times with their zone, numbers with commas, things by their names. */
export function shown(value: unknown, name = ''): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return name === 'seconds' ? span(value) : count(value)
  if (typeof value === 'string') return INSTANT.test(value) ? time(new Date(value)) : oneLine(value)
  if (Array.isArray(value)) return value.map((one) => shown(one)).join(', ')
  const { message, name: called, ...rest } = value as Record<string, unknown>
  if (typeof message === 'string') return oneLine(message)
  if (typeof called === 'string') return oneLine(called)
  const inner = Object.entries(rest).map(([key, one]) => `${words(key)} ${shown(one, key)}`)
  return inner.join(', ')
}

/** A text of others in one line. */
export function oneLine(text: string): string {
  return harmless(text.replaceAll(/\s+/g, ' '))
}

/** A text that is longer ends with a sign that it is cut. */
export function cut(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text
}
