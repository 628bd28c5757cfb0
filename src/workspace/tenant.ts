import type { Actor } from '../access/activity.ts'
import type { Sealer } from '../access/seal.ts'
import type { Limits } from '../base/limits.ts'
import { inWorkspace, PRODUCTION, transact } from '../store/workspace.ts'
import type { WorkspaceDb, WorkspaceTx } from '../store/workspace.ts'
import type { Platform } from '../platform/open.ts'

export type Db = WorkspaceDb
export type Tx = WorkspaceTx

/** Who looks at a workspace or changes what is configured in it, on which platform. */
export interface Tenant extends Platform {
  readonly actor: Actor
  /** The database as the workspace sees it. */
  readonly db: Db
}

/** The tenant of this person in this workspace. */
export function tenantOf(platform: Platform, actor: Actor, workspace = PRODUCTION): Tenant {
  return { ...platform, actor, db: inWorkspace(platform.store.db, workspace) }
}

/** A change of the configuration that is under way, in one transaction. */
export interface Change {
  readonly db: Tx
  readonly actor: Actor
  readonly sealer: Sealer
  readonly limits: Limits
}

/**
 * Does `work` in one transaction, so that a change and its entry in the activity log are there together or not at all: in that of the
 * change that is under way, or in a new one of the tenant.
 */
export async function change<T>(at: Tenant | Change, work: (change: Change) => Promise<T>): Promise<T> {
  if (!('store' in at)) return work(at)
  const { actor, sealer, limits } = at
  return transact(at.db, (db) => work({ db, actor, sealer, limits }))
}

/** What is given of an edit. */
export function given<T extends object>(input: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>
  }
}
