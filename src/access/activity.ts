import { isDeepStrictEqual } from 'node:util'
import { csvCell } from '../base/csv.ts'
import { sql } from 'kysely'
import type { Kysely, RawBuilder, Selectable } from 'kysely'
import { accessEventTypes, liveEventTypes, publish } from '../store/events.ts'
import type { StoreEvent } from '../store/events.ts'
import type { Tables } from '../store/schema.ts'
import type { ActivityTable } from '../store/people-tables.ts'
import { cursorNumber, holds, pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import { localPrincipal } from './permissions.ts'
import type { Principal } from './permissions.ts'

/**
 * The activity log: who did what to which object, when and from where. The database refuses to change or delete an entry. No
 * entry holds a secret.
 */

type Db = Kysely<Tables>

/** Someone who acts, and from where. */
export interface Actor {
  readonly principal: Principal
  readonly originIp: string | null
  readonly userAgent: string | null
}

/** What an entry keeps of an actor. The schedule acts too, and is no principal. */
export interface Recorded {
  readonly principal: Pick<Principal, 'name' | 'sessionId'> & {
    readonly kind: ActivityTable['principal_kind']
    readonly id: string | null
  }
  readonly originIp: string | null
  readonly userAgent: string | null
}

export const scheduleActor: Recorded = Object.freeze({
  principal: { kind: 'schedule', id: null, name: 'schedule', sessionId: null },
  originIp: null,
  userAgent: null,
} as const)

/** The command line, or Rollcall itself at its start. */
export const localActor: Actor = Object.freeze({ principal: localPrincipal, originIp: null, userAgent: null })

/** What was acted upon. */
export interface ActivityObject {
  readonly type: string
  readonly id: string | null
  readonly name: string | null
}

type Detail = Readonly<Record<string, unknown>>

/** Longer texts, such as the SQL of a query, are cut. */
const DETAIL_CHARS_MAX = 2_000
const USER_AGENT_CHARS_MAX = 500

/**
 * Adds an entry. Within a transaction it is there with what it tells of, or not at all. The detail must hold no secrets:
 * `changes` helps.
 */
export async function record(
  db: Db,
  actor: Recorded,
  action: `${string}.${string}`,
  object: ActivityObject,
  detail: Detail = {},
): Promise<void> {
  const { principal, originIp, userAgent } = actor
  await db
    .insertInto('activity')
    .values({
      principal_kind: principal.kind,
      principal_id: principal.id,
      principal_name: principal.name,
      session_id: principal.sessionId,
      action,
      object_type: object.type,
      object_id: object.id,
      object_name: object.name,
      origin_ip: originIp,
      user_agent: userAgent === null ? null : storable(userAgent, USER_AGENT_CHARS_MAX),
      detail: JSON.stringify(detail, (_, value: unknown) =>
        typeof value === 'string' ? storable(value, DETAIL_CHARS_MAX) : value,
      ),
    })
    .execute()
  // Watchers learn that it changed, once the change is there.
  if (object.id !== null && isLive(object.type)) await publish(db, { type: object.type, id: object.id })
}

function isLive(type: string): type is StoreEvent['type'] {
  return [...liveEventTypes, ...accessEventTypes].some((one) => one === type)
}

/** A text that PostgreSQL takes: without NUL and half characters, and not over-long. */
function storable(text: string, charsMax: number): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax)}… (${text.length} characters)` : text
  return cut.replaceAll('\0', '\ufffd').toWellFormed()
}

/**
 * The fields that differ, each with its old and new value; of those listed as secret it says only "changed". What one side
 * does not have counts as null.
 */
export function changes(before: Detail, after: Detail, secret: readonly string[] = []): Detail {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const found = names
    .map((name) => ({ name, from: before[name] ?? null, to: after[name] ?? null }))
    .filter(({ from, to }) => !isDeepStrictEqual(from, to))
  return Object.fromEntries(
    found.map(({ name, from, to }) => [name, secret.includes(name) ? 'changed' : { from, to }]),
  )
}

export interface Activity {
  readonly id: number
  readonly at: string
  readonly principalKind: ActivityTable['principal_kind']
  readonly principalId: string | null
  readonly principalName: string
  readonly sessionId: string | null
  readonly action: string
  readonly objectType: string
  readonly objectId: string | null
  readonly objectName: string | null
  readonly originIp: string | null
  readonly userAgent: string | null
  readonly detail: Detail
}

/** Entries must fit all that is given. */
export interface ActivityFilter {
  /** The id of who acted. */
  readonly principal?: string | undefined
  /** What the action begins with, such as `credential.`. */
  readonly action?: string | undefined
  readonly objectType?: string | undefined
  readonly objectId?: string | undefined
  readonly from?: Date | undefined
  /** Exclusive. */
  readonly to?: Date | undefined
  /** Somewhere in the names, ids, action or origin. */
  readonly search?: string | undefined
  /** What the person who asks sees; not given, it is everything. */
  readonly seen?: { readonly where: RawBuilder<boolean>; readonly detail: boolean } | undefined
}

const SEARCHED = [
  'action',
  'principal_name',
  'principal_id',
  'object_type',
  'object_name',
  'object_id',
  'origin_ip',
] as const satisfies readonly (keyof ActivityTable)[]

/** A page of the log, newest first. Error: `request_invalid` for a cursor that is none. */
export async function listActivity(
  db: Db,
  filter: ActivityFilter,
  { limit, cursor }: Omit<Page, 'search'>,
): Promise<PageOf<Activity>> {
  const rows = await readPage(db, filter, { limit: limit + 1, below: cursorNumber(cursor) })
  const isTold = filter.seen?.detail !== false
  return pageOf(rows, limit, 'id', (row) => viewOf(isTold ? row : { ...row, detail: {} }))
}

type Row = Selectable<ActivityTable>

async function readPage(
  db: Db,
  filter: ActivityFilter,
  { limit, below }: { limit: number; below: number },
): Promise<Row[]> {
  const { principal, action, objectType, objectId, from, to, search, seen } = filter
  let query = db
    .selectFrom('activity')
    .selectAll()
    .where('id', '<', below)
    .where(holds(search, SEARCHED))
    .orderBy('id', 'desc')
    .limit(limit)
  if (seen !== undefined) query = query.where(seen.where)
  if (principal !== undefined) query = query.where('principal_id', '=', principal)
  if (action !== undefined) query = query.where(sql<boolean>`starts_with(action, ${action})`)
  if (objectType !== undefined) query = query.where('object_type', '=', objectType)
  if (objectId !== undefined) query = query.where('object_id', '=', objectId)
  if (from !== undefined) query = query.where('at', '>=', from)
  if (to !== undefined) query = query.where('at', '<', to)
  return query.execute()
}

function viewOf(row: Row): Activity {
  return {
    id: row.id,
    at: row.at.toISOString(),
    principalKind: row.principal_kind,
    principalId: row.principal_id,
    principalName: row.principal_name,
    sessionId: row.session_id,
    action: row.action,
    objectType: row.object_type,
    objectId: row.object_id,
    objectName: row.object_name,
    originIp: row.origin_ip,
    userAgent: row.user_agent,
    detail: row.detail,
  }
}

const EXPORT_ROWS = 1_000

const columns: Readonly<Record<string, (row: Row) => string | null>> = {
  event_id: (row) => String(row.id),
  happened_at: (row) => row.at.toISOString(),
  action: (row) => row.action,
  object_type: (row) => row.object_type,
  object_id: (row) => row.object_id,
  object_name: (row) => row.object_name,
  principal_kind: (row) => row.principal_kind,
  principal_id: (row) => row.principal_id,
  principal_name: (row) => row.principal_name,
  session_id: (row) => row.session_id,
  origin_ip: (row) => row.origin_ip,
  user_agent: (row) => row.user_agent,
}

/**
 * The log as lines of CSV, newest first, the names of the columns before; times are UTC. Memory stays flat however long it
 * is. A value that a spreadsheet would run as a formula is led by an apostrophe.
 */
export async function* exportActivity(db: Db, filter: ActivityFilter): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  let below = Number.MAX_SAFE_INTEGER
  for (;;) {
    const rows = await readPage(db, filter, { limit: EXPORT_ROWS, below })
    for (const row of rows) yield csvLine(Object.values(columns).map((value) => value(row) ?? ''))
    const last = rows.at(-1)
    if (last === undefined || rows.length < EXPORT_ROWS) return
    below = last.id
  }
}

function csvLine(values: readonly string[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}
