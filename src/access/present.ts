import { sql } from 'kysely'
import { storedGrants } from './grants.ts'
import type { Db } from './access.ts'
import { localPrincipal } from './permissions.ts'
import type { Principal } from './permissions.ts'

/**
 * A person or key with the rights that they have now, as if they asked for something; null when they are disabled, revoked, expired or
 * gone.
 */
export async function presentPrincipal(
  db: Db,
  { kind, id }: Pick<Principal, 'kind' | 'id'>,
): Promise<Principal | null> {
  if (kind === 'local') return localPrincipal
  const row = await (kind === 'user' ? personOf(db, id) : keyOf(db, id))
  return row === undefined ? null : { kind, id, name: row.name, ...storedGrants(row), sessionId: null }
}

function personOf(db: Db, id: string) {
  return db
    .selectFrom('app_user')
    .select(['name', 'policies', 'options'])
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
}

function keyOf(db: Db, id: string) {
  return db
    .selectFrom('api_key')
    .select(['name', 'policies', 'options'])
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where(sql<boolean>`(expires_at is null or expires_at > now())`)
    .executeTakeFirst()
}
