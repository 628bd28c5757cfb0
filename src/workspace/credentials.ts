import { checkedName } from '../base/checked-name.ts'
import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import { changes, record } from '../access/activity.ts'
import { publish } from '../store/events.ts'
import type { Page, PageOf } from '../store/pages.ts'
import { openTokens, sealSecrets } from '../access/credentials.ts'
import { newId } from '../base/ids.ts'
import { adviceOf, asRollcallError, invalid } from '../base/rollcall-error.ts'
import type { RollcallError } from '../base/rollcall-error.ts'
import { mayManageLists } from '../pinterest/client.ts'
import { servicesOn } from '../platform/open.ts'
import { credentialObject } from '../objects/credential.ts'
import type { Credential, CredentialInput, CredentialSecrets } from '../objects/credential.ts'
import type { Output } from '../objects/object-kind.ts'
import { columnsOf } from '../store/object-columns.ts'
import type { CredentialTable } from '../store/schema.ts'
import { deleteUnused, named, notFound, onPage, updateVersioned } from './rows.ts'
import { change, given } from './tenant.ts'
import { pageOf } from '../store/pages.ts'
import type { Change, Db, Tenant } from './tenant.ts'

/** Credentials of Pinterest: an app and a refresh token. Secrets are write-only: nothing here gives them back. */

export type CredentialRow = Selectable<CredentialTable>

export async function listCredentials(db: Db, page: Page): Promise<PageOf<Credential>> {
  const rows = await withUses(db)
    .where(onPage('credential', page))
    .orderBy('credential.name')
    .limit(page.limit + 1)
    .execute()
  return pageOf(rows, page.limit, 'name', viewOf)
}

/** Error: `not_found`. */
export async function getCredential(db: Db, id: string): Promise<Credential> {
  const row = await withUses(db).where('credential.id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('credential', id)
  return viewOf(row)
}

/** Error: `not_found`. */
export async function credentialRow(db: Db, id: string): Promise<CredentialRow> {
  const row = await db.selectFrom('credential').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('credential', id)
  return row
}

/** `seedDigest` is kept of secrets that someone may give again. Errors: `request_invalid`, `name_taken`. */
export async function createCredential(
  tenant: Tenant,
  input: CredentialInput,
  seedDigest: string | null = null,
): Promise<Credential> {
  const id = newId('cr')
  const name = checkedName(input.name, tenant.limits)
  const sealed = sealSecrets(tenant.sealer, id, checkedSecrets(input))
  return change(tenant, async ({ db, actor }) => {
    await named('credential', () =>
      db
        .insertInto('credential')
        .values({
          id,
          ...columnsOf(credentialObject, { ...input, name }),
          sealed,
          seed_digest: seedDigest,
          access_expires_at: null,
          refresh_expires_at: null,
          problem: null,
          warned_at: null,
        })
        .execute(),
    )
    await record(db, actor, 'credential.created', { type: 'credential', id, name })
    return getCredential(db, id)
  })
}

/**
 * Changes what is given. A new refresh token or app means a new authorization: the old access token is forgotten. Errors:
 * `not_found`, `changed_meanwhile`, `name_taken`, `request_invalid`.
 */
export async function updateCredential(
  tenant: Tenant,
  id: string,
  input: Output<typeof credentialObject.edit>,
  seedDigest?: string,
): Promise<Credential> {
  return change(tenant, async ({ db, actor, sealer, limits }) => {
    // The row is locked first, since a worker may be exchanging its tokens.
    const before = await db
      .selectFrom('credential')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) throw notFound('credential', id)
    const wanted = given({ appId: input.appId, appSecret: input.appSecret, refreshToken: input.refreshToken })
    const isNew = Object.keys(wanted).length > 0
    // Those that are kept are opened only when some are: the key of these may be lost.
    const { appId, appSecret, refreshToken } = wanted
    const isWhole = appId !== undefined && appSecret !== undefined && refreshToken !== undefined
    const secrets = isNew
      ? {
          sealed: sealSecrets(
            sealer,
            id,
            checkedSecrets(
              isWhole ? { appId, appSecret, refreshToken } : { ...openTokens(sealer, before), ...wanted },
            ),
          ),
          access_expires_at: null,
          refresh_expires_at: null,
          problem: null,
          warned_at: null,
          ...given({ seed_digest: seedDigest }),
        }
      : {}
    const set = {
      name: input.name === undefined ? before.name : checkedName(input.name, limits),
      description: input.description ?? before.description,
      ...secrets,
    }
    await updateVersioned(db, 'credential', { id, version: input.version }, set)
    const shown = changes(
      { name: before.name, description: before.description },
      { name: set.name, description: set.description },
    )
    const detail = isNew ? { ...shown, secrets: 'changed' } : shown
    await record(db, actor, 'credential.updated', { type: 'credential', id, name: set.name }, detail)
    return getCredential(db, id)
  })
}

/** Errors: `not_found`, `in_use` naming the destinations. */
export async function deleteCredential(tenant: Tenant | Change, id: string): Promise<void> {
  await change(tenant, async ({ db, actor }) => {
    const row = await credentialRow(db, id)
    const users = await db
      .selectFrom('destination')
      .select('name')
      .where('credential_id', '=', id)
      .orderBy('name')
      .execute()
    await deleteUnused(
      db,
      'credential',
      row,
      users.map(({ name }) => ({ kind: 'destination', name })),
    )
    await record(db, actor, 'credential.deleted', { type: 'credential', id, name: row.name })
  })
}

export interface ReachableAdAccount {
  readonly id: string
  readonly name: string
  readonly permissions: readonly string[]
  readonly currency: string | null
  /** Whether the role allows customer lists and audiences. */
  readonly mayManageLists: boolean
}

/** The ad accounts that the credential reaches, by a real call. Errors: those of the Pinterest client. */
export async function reachableAdAccounts(
  tenant: Tenant,
  id: string,
  signal: AbortSignal,
): Promise<ReachableAdAccount[]> {
  const row = await credentialRow(tenant.db, id)
  return withPinterest(tenant, row, signal, async (services) => {
    const pinterest = await services.pinterest(signal)
    const found: ReachableAdAccount[] = []
    for await (const account of pinterest.listAdAccounts()) {
      const { id: accountId, name, permissions, currency } = account
      found.push({ id: accountId, name, permissions, currency, mayManageLists: mayManageLists(account) })
    }
    return found
  })
}

/**
 * Calls Pinterest with a credential while a person waits: passing errors are tried again for a short time only. The credential
 * remembers whether its token was accepted.
 */
export async function withPinterest<T>(
  tenant: Tenant,
  credential: { id: string; name: string },
  signal: AbortSignal,
  work: (services: ReturnType<typeof servicesOn>) => Promise<T>,
): Promise<T> {
  const limits = { ...tenant.limits, retryForMs: tenant.limits.validateForMs }
  const services = servicesOn({ ...tenant, limits }, { ...credential, db: tenant.db })
  try {
    const result = await work(services)
    await noteProblem(tenant.db, credential.id, null)
    return result
  } catch (thrown) {
    signal.throwIfAborted()
    const error = asRollcallError(thrown)
    if (error.code === 'authorization_error') await noteProblem(tenant.db, credential.id, error)
    throw error
  } finally {
    await services.close()
  }
}

/** Remembers why a credential does not work, or that it does. */
export async function noteProblem(db: Db, id: string, problem: RollcallError | null): Promise<void> {
  const stored = problem === null ? null : JSON.stringify({ code: problem.code, data: { ...problem.data } })
  const before = await db.selectFrom('credential').select('problem').where('id', '=', id).executeTakeFirst()
  await db
    .updateTable('credential')
    .set({ problem: stored })
    .where('id', '=', id)
    .where(sql<boolean>`problem is distinct from ${stored}::jsonb`)
    .execute()
  // The same problem once more is no news: its words hold the number of Pinterest's answer, and every reader asks Pinterest again.
  if (before?.problem?.code !== problem?.code) await publish(db, { type: 'credential', id })
}

function withUses(db: Db) {
  return db
    .selectFrom('credential')
    .selectAll('credential')
    .select((eb) =>
      eb
        .selectFrom('destination')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('destination.credential_id', '=', 'credential.id')
        .as('destinations'),
    )
}

function viewOf(row: CredentialRow & { destinations: number | null }): Credential {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    plugin: row.plugin,
    destinations: row.destinations ?? 0,
    refreshExpiresAt: row.refresh_expires_at?.toISOString() ?? null,
    accessExpiresAt: row.access_expires_at?.toISOString() ?? null,
    problem: row.problem === null ? null : adviceOf(row.problem.code, row.problem.data),
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** Error: `request_invalid`, which quotes none of them. */
export function checkedSecrets({ appId, appSecret, refreshToken }: CredentialSecrets): CredentialSecrets {
  const secrets = { appId: appId.trim(), appSecret: appSecret.trim(), refreshToken: refreshToken.trim() }
  for (const [name, value] of Object.entries(secrets)) {
    if (value === '') throw invalid(`${name} is empty.`)
    // A header cannot carry them, and none of Pinterest's has any.
    if (/[^\u0021-\u007e]/.test(value))
      throw invalid(`${name} holds a character that Pinterest never uses. Copy it again.`)
  }
  return secrets
}
