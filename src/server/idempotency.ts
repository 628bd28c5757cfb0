import { sql } from 'kysely'
import { invalid } from '../base/rollcall-error.ts'
import type { Tenant } from '../workspace/tenant.ts'

/**
 * Does `work` once for all requests of one person with the same `Idempotency-Key`; the others get the first answer. A request that
 * failed may be repeated. Of one whose process died no one knows what it did, so it is not repeated. Error: `request_invalid`.
 */
export async function once(
  tenant: Tenant,
  { key, digest }: { key: string; digest: string },
  work: () => Promise<unknown>,
): Promise<unknown> {
  const { db } = tenant.store
  if (!/^[\u0021-\u007e]{1,200}$/.test(key))
    throw invalid('Idempotency-Key takes 1 to 200 visible characters.')
  const row = { principal_id: tenant.actor.principal.id, key }
  await forgetOld(tenant, row)
  const inserted = await db
    .insertInto('idempotency')
    .values({ ...row, request_digest: digest, status: null, body: null })
    .onConflict((conflict) => conflict.columns(['principal_id', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  if (inserted === undefined) return firstAnswer(tenant, row, digest)
  const result = await workOrForget(tenant, row, work)
  // It took effect, and that is the answer. When it cannot be kept, a repeated request learns that it is not known.
  await keep(tenant, row, result).catch(() => {})
  return result
}

/** A request that failed can be sent again with its key. */
async function workOrForget(tenant: Tenant, row: Row, work: () => Promise<unknown>): Promise<unknown> {
  const { db } = tenant.store
  try {
    return await work()
  } catch (error) {
    await db
      .deleteFrom('idempotency')
      .where('principal_id', '=', row.principal_id)
      .where('key', '=', row.key)
      .execute()
    throw error
  }
}

interface Row {
  readonly principal_id: string
  readonly key: string
}

async function firstAnswer(tenant: Tenant, row: Row, digest: string): Promise<unknown> {
  const found = await tenant.store.db
    .selectFrom('idempotency')
    .select(['request_digest', 'status', 'body'])
    .where('principal_id', '=', row.principal_id)
    .where('key', '=', row.key)
    .executeTakeFirst()
  if (found !== undefined && found.request_digest !== digest)
    throw invalid('this Idempotency-Key was already used for another request.')
  if (found === undefined || found.status === null) {
    throw invalid(
      'the first request with this Idempotency-Key has not finished. If it never does, check whether it took effect and use a new key.',
    )
  }
  const { sealed } = found.body as { sealed: string }
  return JSON.parse(tenant.sealer.open(sealed, placeOf(row))) as unknown
}

async function keep(tenant: Tenant, row: Row, result: unknown): Promise<void> {
  // Sealed, since an answer may hold a secret that is shown once.
  const sealed = tenant.sealer.seal(JSON.stringify(result ?? null), placeOf(row))
  await tenant.store.db
    .updateTable('idempotency')
    .set({ status: 200, body: JSON.stringify({ sealed }) })
    .where('principal_id', '=', row.principal_id)
    .where('key', '=', row.key)
    .execute()
}

function placeOf({ principal_id: principalId, key }: Row) {
  return { table: 'idempotency', id: `${principalId} ${key}` }
}

async function forgetOld({ store, limits }: Tenant, row: Row): Promise<void> {
  await store.db
    .deleteFrom('idempotency')
    .where('principal_id', '=', row.principal_id)
    .where(sql<boolean>`created_at < now() - ${limits.idempotencyKeepMs} * interval '1 ms'`)
    .execute()
}
