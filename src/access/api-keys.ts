import { sql } from 'kysely'
import type { Selectable, UpdateObject } from 'kysely'
import { newId } from '../base/ids.ts'
import { invalid, RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from '../store/schema.ts'
import type { ApiKeyTable } from '../store/people-tables.ts'
import { inTransaction } from './access.ts'
import { checkedName } from '../base/checked-name.ts'
import { unlessTaken } from '../store/unless-taken.ts'
import type { Access, Db } from './access.ts'
import { changes, record } from './activity.ts'
import { checkedGrants, requireMayGive, requireMayManage, storedGrants } from './grants.ts'
import { holds, pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import type { Principal } from './permissions.ts'
import type { Output } from '../objects/object-kind.ts'
import type { ApiKey, apiKeyObject } from './object-kinds.ts'
import type { Texts } from './grants.ts'
import { digestOf, newSecret } from './tokens.ts'

/**
 * Keys that programs call the API with. A token is shown once, when it is made, and looked up by its digest alone: the
 * database does not hold it. All times are the database's.
 */

/** A key together with its token, which cannot be shown again. */
export interface NewToken {
  readonly token: string
  readonly apiKey: ApiKey
}

/** What is given of a key; grants are checked here too, since not only requests give them. */
export type ApiKeyInput = Omit<Output<typeof apiKeyObject.input>, 'policies' | 'options'> & Texts

type Row = Selectable<ApiKeyTable>

const USED_EVERY_MS = 60_000

export async function listApiKeys(db: Db, { limit, cursor, search }: Page): Promise<PageOf<ApiKey>> {
  let query = db
    .selectFrom('api_key')
    .selectAll()
    .where(holds(search, ['name']))
  if (cursor !== null) query = query.where('id', '>', cursor)
  const rows = await query
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, 'id', viewOf)
}

/** Error: `not_found`. */
export async function getApiKey(db: Db, id: string): Promise<ApiKey> {
  return viewOf(await keyRow(db, id))
}

/** Errors: `request_invalid`, `name_taken`, `access_denied` for rights beyond the giver's. */
export async function createApiKey(access: Access, input: ApiKeyInput): Promise<NewToken> {
  const { actor, limits, store } = access
  const id = newId('ak')
  const token = newToken(id)
  const name = checkedName(input.name, limits)
  const grants = checkedGrants(input)
  requireMayGive(actor.principal, grants)
  requireFuture(input.expiresAt)
  return inTransaction(store.db, async (tx) => {
    const row = await unlessNameTaken(() =>
      tx
        .insertInto('api_key')
        .values({
          id,
          name,
          token_digest: digestOf(token),
          previous_digest: null,
          previous_until: null,
          policies: [...grants.policies],
          options: [...grants.options],
          expires_at: input.expiresAt,
          revoked_at: null,
          last_used_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow(),
    )
    const expiresAt = input.expiresAt?.toISOString() ?? null
    await record(tx, actor, 'api_key.created', objectOf(row), { ...grants, expiresAt })
    return { token, apiKey: viewOf(row) }
  })
}

/**
 * Changes what is given, from the next request with this key on. Errors: `request_invalid`, `not_found`,
 * `changed_meanwhile` when someone saved since `version`, `name_taken`, `access_denied`, `action_not_possible` for a revoked
 * one.
 */
export async function updateApiKey(
  access: Access,
  id: string,
  input: { readonly [Name in keyof ApiKeyInput]?: ApiKeyInput[Name] | undefined } & {
    readonly version: number
  },
): Promise<ApiKey> {
  return changeKey(access, id, async (tx, before) => {
    requireUsable(before)
    if (input.version !== before.version) {
      throw new RollcallError('changed_meanwhile', { what: `API key "${before.name}"` })
    }
    const stored = storedGrants(before)
    const grants = checkedGrants({
      policies: input.policies ?? stored.policies,
      options: input.options ?? stored.options,
    })
    requireMayGive(access.actor.principal, grants)
    if (input.expiresAt !== undefined) requireFuture(input.expiresAt)
    const after = {
      name: input.name === undefined ? before.name : checkedName(input.name, access.limits),
      ...grants,
      expiresAt: input.expiresAt === undefined ? before.expires_at : input.expiresAt,
    }
    const detail = changes({ name: before.name, ...stored, expiresAt: before.expires_at }, after)
    if (Object.keys(detail).length === 0) return viewOf(before)
    const row = await save(tx, id, {
      name: after.name,
      policies: [...grants.policies],
      options: [...grants.options],
      expires_at: after.expiresAt,
    })
    await record(tx, access.actor, 'api_key.updated', objectOf(row), detail)
    return viewOf(row)
  })
}

/**
 * Gives a key a new token. The former one works for the limit `apiKeyGraceMs`, or until it or the key is revoked; the one
 * before that ends now. Errors: `not_found`, `access_denied`, `action_not_possible` for a revoked one.
 */
export async function rotateApiKey(access: Access, id: string): Promise<NewToken> {
  const token = newToken(id)
  return changeKey(access, id, async (tx, before) => {
    requireUsable(before)
    const row = await save(tx, id, {
      token_digest: digestOf(token),
      previous_digest: before.token_digest,
      previous_until: sql<Date>`now() + ${access.limits.apiKeyGraceMs} * interval '1 ms'`,
    })
    await record(tx, access.actor, 'api_key.rotated', objectOf(row))
    return { token, apiKey: viewOf(row) }
  })
}

/**
 * Ends the token from before the last rotation at once. Errors: `not_found`, `access_denied`, `action_not_possible` for a
 * revoked key.
 */
export async function revokeFormerToken(access: Access, id: string): Promise<ApiKey> {
  return changeKey(access, id, async (tx, before) => {
    requireUsable(before)
    if (before.previous_digest === null) return viewOf(before)
    const row = await save(tx, id, { previous_digest: null, previous_until: null })
    await record(tx, access.actor, 'api_key.former_revoked', objectOf(row))
    return viewOf(row)
  })
}

/**
 * Ends a key for good: no token of it works from now on. It stays in the list under its name. Errors: `not_found`,
 * `access_denied`.
 */
export async function revokeApiKey(access: Access, id: string): Promise<ApiKey> {
  return changeKey(access, id, async (tx, before) => {
    if (before.revoked_at !== null) return viewOf(before)
    const row = await save(tx, id, {
      revoked_at: sql<Date>`now()`,
      previous_digest: null,
      previous_until: null,
    })
    await record(tx, access.actor, 'api_key.revoked', objectOf(row))
    return viewOf(row)
  })
}

/** Which key has this token; null when none has, it has expired, or it is revoked. */
export async function findApiKey(db: Db, token: string): Promise<Principal | null> {
  if (!TOKEN.test(token)) return null
  const digest = digestOf(token)
  const row = await db
    .selectFrom('api_key')
    .selectAll()
    .select(isStale.as('stale'))
    .where(
      sql<boolean>`(token_digest = ${digest} or (previous_digest = ${digest} and previous_until > now()))`,
    )
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`(expires_at is null or expires_at > now())`)
    .executeTakeFirst()
  if (row === undefined) return null
  if (row.stale) await use(db, row.id)
  return { kind: 'api_key', id: row.id, name: row.name, ...storedGrants(row), sessionId: null }
}

const isStale = sql<boolean>`(last_used_at is null or last_used_at <= now() - ${USED_EVERY_MS} * interval '1 ms')`

async function use(db: Db, id: string): Promise<void> {
  // Requests that come together find it stale together: the first one is enough.
  await db
    .updateTable('api_key')
    .set({ last_used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where(isStale)
    .execute()
}

const TOKEN = /^rck_[0-9a-z]{19}_[\w-]{43}$/

/** Names its key, so that one that is found somewhere can be revoked without trying it. */
function newToken(id: string): string {
  return `rck_${id.slice('ak_'.length)}_${newSecret()}`
}

function requireFuture(expiresAt: Date | null): void {
  if (expiresAt === null || expiresAt.getTime() > Date.now()) return
  throw invalid('the expiry is not in the future.')
}

function requireUsable(row: Row): void {
  if (row.revoked_at === null) return
  throw new RollcallError('action_not_possible', { detail: `API key "${row.name}" is revoked.` })
}

/** One at a time, and only by those who have the rights that the key has. */
async function changeKey<T>(
  { store, actor }: Access,
  id: string,
  work: (tx: Db, before: Row) => Promise<T>,
): Promise<T> {
  return inTransaction(store.db, async (tx) => {
    const before = await keyRow(tx, id, true)
    requireMayManage(actor.principal, before)
    return work(tx, before)
  })
}

async function save(tx: Db, id: string, set: UpdateObject<Tables, 'api_key'>): Promise<Row> {
  const values = { ...set, version: sql<number>`version + 1`, updated_at: sql<Date>`now()` }
  return unlessNameTaken(() =>
    tx.updateTable('api_key').set(values).where('id', '=', id).returningAll().executeTakeFirstOrThrow(),
  )
}

function unlessNameTaken<T>(work: () => Promise<T>): Promise<T> {
  const detail = 'an API key with this name already exists (it may be revoked). Choose another name.'
  return unlessTaken('api_key_name_key', detail, work)
}

async function keyRow(db: Db, id: string, lock = false): Promise<Row> {
  const query = db.selectFrom('api_key').selectAll().where('id', '=', id)
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst()
  if (row === undefined) throw new RollcallError('not_found', { what: `API key ${id}` })
  return row
}

function objectOf(row: Row) {
  return { type: 'api_key', id: row.id, name: row.name }
}

function viewOf(row: Row): ApiKey {
  return {
    id: row.id,
    name: row.name,
    ...storedGrants(row),
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    formerUntil: row.previous_until?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
