import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import { newId } from '../base/ids.ts'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { publish } from '../store/events.ts'
import { holds, pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import type { AlertTable, Tables } from '../store/schema.ts'
import type { AlertAnswer, AlertEdit as Edit, AlertInput, AlertOwner } from '../objects/alert.ts'
import type { AlertReach } from '../objects/alert-reach.ts'
import { unlessTaken } from '../store/unless-taken.ts'
import { PRODUCTION } from '../store/workspace.ts'
import type { AlertEvent } from './alert-event.ts'
import { isOwner, requireEdit, withinReach } from './alert-reach.ts'
import { checkAlert } from './alert-input.ts'
import type { WebhookHosts } from './webhook-hosts.ts'

/** Alerts: rules of what is told to whom, by e-mail or webhook. */

type Db = Kysely<Tables>

/** Seals the secrets of webhooks; `Sealer` of the access layer is one. */
export interface SecretSealer {
  readonly seal: (text: string, place: { table: string; id: string }) => string
  readonly open: (sealed: string, place: { table: string; id: string }) => string
}

/** An alert with all that is kept of it, for whomever it is. */
export type Alert = Omit<AlertAnswer, 'ready' | 'editRefused' | 'owner'> & {
  /** What it tells of; null for everything. */
  readonly reach: AlertReach | null
  /** Who made it or has taken it over; null when that is not known. */
  readonly owner: AlertOwner | null
}

/** What is given of an edit. */
type AlertEdit = Omit<Edit, 'version'> & { readonly version?: number }

export interface SavedAlert {
  readonly alert: Alert
  /** The secret that its webhooks are signed with from now on, when it is a new one. It is shown this once. */
  readonly secret: string | null
}

interface Context {
  /** Who saves it. */
  readonly owner: AlertOwner
  /** What they may see; null for everything. */
  readonly reach: AlertReach | null
  readonly sealer: SecretSealer
  readonly limits: Limits
  /** Where webhooks may go. */
  readonly hosts: WebhookHosts
}

type AlertRow = Selectable<AlertTable>

/** A page of alerts by name, after the name `cursor`. */
export async function listAlerts(db: Db, { limit, cursor, search }: Page): Promise<PageOf<Alert>> {
  let query = db
    .selectFrom('alert')
    .selectAll()
    .where(holds(search, ['name']))
  if (cursor !== null) query = query.where('name', '>', cursor)
  const rows = await query
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, 'name', viewOf)
}

/** Error: `not_found`. */
export async function getAlert(db: Db, id: string): Promise<Alert> {
  const row = await db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound(id)
  return viewOf(row)
}

/** Errors: `request_invalid`, `name_taken`. */
export async function createAlert(db: Db, context: Context, input: AlertInput): Promise<SavedAlert> {
  const id = newId('al')
  const { values, secret } = valuesOf(
    context,
    input,
    { id, sealed: null, events: [], ...context },
    context.hosts,
  )
  const row = await named(() =>
    db
      .insertInto('alert')
      .values({ id, ...values, last_sent_at: null, last_problem: null })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
  await publish(db, { type: 'alert', id })
  return { alert: viewOf(row), secret }
}

/**
 * Changes what is given, if no one saved since `version` was read. It still covers what its owner may see, no matter who edits it, unless
 * that person takes it over. Errors: `not_found`, `access_denied` for a person whose access is
 * narrower than its reach, unless they own it and only switch it off, `changed_meanwhile`, `name_taken`, `request_invalid`.
 */
export async function updateAlert(
  db: Db,
  context: Context,
  id: string,
  { version, takeOver = false, ...input }: AlertEdit & { readonly version: number },
): Promise<SavedAlert> {
  const before = await db.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst()
  if (before === undefined) throw notFound(id)
  // Who owns it may always switch it off, however narrow their access has become.
  if (!isEnding({ ...input, takeOver }) || !isOwner(context.owner, before)) requireEdit(context.reach, before)
  const changed = new RollcallError('changed_meanwhile', { what: `alert "${before.name}"` })
  if (before.version !== version) throw changed
  const isTheirs = takeOver || isOwner(context.owner, before)
  const { values, secret } = valuesOf(
    context,
    { ...inputOf(before), ...(input as Partial<AlertInput>) },
    { ...before, ...(isTheirs ? { owner: context.owner, reach: context.reach } : {}) },
    input.target === undefined ? null : context.hosts,
  )
  const row = await named(() =>
    db
      .updateTable('alert')
      .set({ ...values, version: version + 1, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('version', '=', version)
      .returningAll()
      .executeTakeFirst(),
  )
  if (row === undefined) throw changed
  await publish(db, { type: 'alert', id })
  return { alert: viewOf(row), secret }
}

/** Whether an edit does nothing but switch an alert off. */
export function isEnding(edit: AlertEdit): boolean {
  const { version: _, takeOver = false, ...input } = edit
  return input.enabled === false && Object.keys(input).length === 1 && !takeOver
}

/**
 * Deletes within the transaction of `db`, and returns what it was. Errors: `not_found`, `access_denied` for a person whose access is
 * narrower than its reach, unless they own it.
 */
export async function deleteAlert(
  db: Db,
  { reach, owner }: Pick<Context, 'reach' | 'owner'>,
  id: string,
): Promise<Alert> {
  const row = await db.deleteFrom('alert').where('id', '=', id).returningAll().executeTakeFirst()
  if (row === undefined) throw notFound(id)
  if (!isOwner(owner, row)) requireEdit(reach, row)
  await publish(db, { type: 'alert', id })
  return viewOf(row)
}

export interface DueAlert {
  readonly alertId: string
  readonly event: AlertEvent
}

/**
 * The enabled alerts that these events of a workspace concern. Each is due once, for the first event in order that it tells, so that no
 * one hears twice of one run. Only production sends alerts.
 */
export async function alertsFor(
  db: Db,
  workspace: string,
  events: readonly AlertEvent[],
): Promise<DueAlert[]> {
  if (workspace !== PRODUCTION || events.length === 0) return []
  const rows = await db
    .selectFrom('alert')
    .select(['id', 'events'])
    .where('enabled', '=', true)
    .where(sql<boolean>`events && ${events.map(({ kind }) => kind)}::text[]`)
    .orderBy('name')
    .execute()
  const due = rows.flatMap(({ id, events: told }) => {
    const event = events.find(({ kind }) => told.includes(kind))
    return event === undefined ? [] : [{ alertId: id, event }]
  })
  return withinReach(db, due)
}

interface Kept {
  readonly id: string
  readonly events: readonly string[]
  readonly sealed: string | null
  readonly reach: AlertReach | null
  readonly owner: AlertOwner | null
}

/** Columns of an alert, with the new secret when its webhook needs one or a person gives one. */
function valuesOf(
  { sealer, limits }: Pick<Context, 'sealer' | 'limits'>,
  input: AlertInput,
  row: Kept,
  hosts: WebhookHosts | null,
) {
  const { name, events, target, slowerThanMs, enabled } = checkAlert(input, {
    limits,
    hosts,
    kept: row.events,
  })
  const isWebhook = 'url' in target
  const given = 'url' in input.target ? input.target.secret : undefined
  const secret = isWebhook && (given !== undefined || row.sealed === null) ? (given ?? newSecret()) : null
  const kept = isWebhook ? row.sealed : null
  return {
    secret,
    values: {
      reach: row.reach === null ? null : JSON.stringify(row.reach),
      owner: row.owner === null ? null : JSON.stringify(row.owner),
      name,
      events: [...events],
      channel: isWebhook ? ('webhook' as const) : ('email' as const),
      target: JSON.stringify(target),
      sealed: secret === null ? kept : sealer.seal(secret, { table: 'alert', id: row.id }),
      slower_than_ms: slowerThanMs,
      enabled,
    },
  }
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`
}

function inputOf(row: AlertRow): AlertInput {
  const { name, events, target, enabled } = row
  return { name, events, target, slowerThanMs: row.slower_than_ms, enabled }
}

function viewOf(row: AlertRow): Alert {
  return {
    id: row.id,
    name: row.name,
    events: row.events,
    channel: row.channel,
    target: row.target,
    slowerThanMs: row.slower_than_ms,
    enabled: row.enabled,
    lastSentAt: row.last_sent_at?.toISOString() ?? null,
    lastProblem: row.last_problem,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    reach: row.reach,
    owner: row.owner,
  }
}

function notFound(id: string): RollcallError {
  return new RollcallError('not_found', { what: `alert ${id}` })
}

/** What `work` saves must have a name of its own. Error: `name_taken`. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  return unlessTaken('alert_name_key', 'an alert with this name already exists. Choose another name.', work)
}
