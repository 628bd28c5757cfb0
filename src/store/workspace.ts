import type { Kysely, Transaction } from 'kysely'
import type { ConfiguredTables, Tables } from './schema.ts'
import { ScopePlugin } from './scope-plugin.ts'

/**
 * The workspaces of a database. What is configured is reached through one workspace: the plain database has no such tables, so that a
 * query that forgets the workspace does not compile. The few places that see all workspaces say so, and a test lists them.
 */

/** The first workspace. What existed before there were workspaces belongs to it. */
export const PRODUCTION = 'production'

declare const reach: unique symbol
declare const open: unique symbol

/** The database as one workspace sees it: rows of others are neither read, changed nor counted, and a new row is its own. */
export type WorkspaceDb = Kysely<Tables & ConfiguredTables> & { readonly [reach]: 'one workspace' }

/** A transaction under way in one workspace. */
export type WorkspaceTx = WorkspaceDb & { readonly [open]: true }

type Owned<Table> = Table & { readonly workspace: string }

/** The database with what is configured in all workspaces, each row with its own. */
export type WholeDb = Kysely<Tables & { [Name in keyof ConfiguredTables]: Owned<ConfiguredTables[Name]> }> & {
  readonly [reach]: 'all workspaces'
}

/** The database, or the transaction that is under way in it, as this workspace sees it. */
export function inWorkspace(db: Transaction<Tables>, workspace: string): WorkspaceTx
export function inWorkspace(db: Kysely<Tables>, workspace: string): WorkspaceDb
export function inWorkspace(db: Kysely<Tables>, workspace: string): WorkspaceDb {
  return db.withPlugin(new ScopePlugin(workspace)) as unknown as WorkspaceDb
}

/** The same database or transaction for what serves all workspaces at once, or follows an id that was found in one. */
export function allWorkspaces(db: Kysely<Tables>): WholeDb {
  return db.withoutPlugins() as unknown as WholeDb
}

/** Does `work` in one transaction of the workspace. */
export async function transact<T>(db: WorkspaceDb, work: (tx: WorkspaceTx) => Promise<T>): Promise<T> {
  return db.transaction().execute((tx) => work(tx as unknown as WorkspaceTx))
}

/** Does `work` on what there is at one moment, which it cannot change. */
export async function readAtOnce<T>(db: WorkspaceDb, work: (tx: WorkspaceTx) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((tx) => work(tx as unknown as WorkspaceTx))
}
