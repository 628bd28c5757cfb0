import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Limits } from '../base/limits.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Actor } from './activity.ts'

export type Db = Kysely<Tables>

/** Who changes people and keys, and where. */
export interface Access {
  readonly store: Pick<Store, 'db'>
  readonly limits: Limits
  readonly actor: Actor
}

/** Does `work` in one transaction: in the caller's when there is one. */
export async function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

/** Until the transaction ends, no one else changes who there is and what they may do. */
export async function lockUsers(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('app_user', 0))`.execute(tx)
}
