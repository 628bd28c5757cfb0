import type { Kysely } from 'kysely'
import { inTransaction } from '../access/access.ts'
import type { Actor } from '../access/activity.ts'
import type { Sealer } from '../access/seal.ts'
import type { Limits } from '../base/limits.ts'
import type { Tables } from '../store/schema.ts'
import type { Platform } from '../sync/open-services.ts'

export type Db = Kysely<Tables>

/** Who changes what a tenant is configured with, on which platform. */
export interface Tenant extends Platform {
  readonly actor: Actor
}

/** What a change of configuration needs when it is made within a transaction. */
export interface Change {
  readonly db: Db
  readonly actor: Actor
  readonly sealer: Sealer
  readonly limits: Limits
}

/**
 * Does `work` in one transaction, so that a change and its entry in the activity log are there together or not at all. In the
 * tenant's own transaction when it has one.
 */
export async function change<T>(tenant: Tenant, work: (change: Change) => Promise<T>): Promise<T> {
  const { actor, sealer, limits } = tenant
  return inTransaction(tenant.store.db, (db) => work({ db, actor, sealer, limits }))
}

/** An edit: what is not given stays. `version` is the one that was read. */
export type Edit<Input> = { readonly [Key in keyof Input]?: Input[Key] | undefined } & {
  readonly version: number
}

/** What is given of an edit. */
export function given<T extends object>(input: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>
  }
}
