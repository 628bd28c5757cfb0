import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Home } from '../store/home.ts'
import type { Tables } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { deleteStoredExcept } from './shared-snapshots.ts'

/**
 * Folders of hashes in the data folder: snapshots, and the spool of each change set. A name is used once, so a folder of a
 * name holds the same on every machine. On machines that share a database it stores what they hold, too.
 */

type LedgerHome = Pick<Home, 'ledgerDir'>

/** Folder of one snapshot of hashes. */
export function snapshotDir(home: LedgerHome, listId: string, snapshot: string): string {
  return join(home.ledgerDir, listId, snapshot)
}

/** Name of the folder with the spool of a change set. It goes by the change set's own snapshot, the members it leads to. */
export function spoolName(desiredSnapshot: string): string {
  return `spool-${desiredSnapshot}`
}

export function spoolDir(home: LedgerHome, listId: string, desiredSnapshot: string): string {
  return join(home.ledgerDir, listId, spoolName(desiredSnapshot))
}

/**
 * Deletes the folders of a list that are not in `keep`: left by runs that ended early, or replaced. `db` is that of the list's
 * lock, so that a process that has lost it deletes nothing of the next holder's.
 */
export async function sweepSnapshots(
  { db, isShared, home }: { db: Kysely<Tables>; isShared: boolean; home: LedgerHome },
  listId: string,
  keep: ReadonlySet<string>,
): Promise<void> {
  if (isShared) await deleteStoredExcept(db, listId, [...keep])
  const folder = join(home.ledgerDir, listId)
  const names = await readdir(folder).catch(() => [])
  const stale = names.filter((name) => !keep.has(name))
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}

/**
 * Deletes copies that this machine keeps of lists which others have run since. A young folder may be one that a run is just
 * making, and a list that this database does not know may be another's.
 */
export async function sweepCopies(
  { store, home }: { store: Pick<Store, 'db'>; home: LedgerHome },
  ageMs: number,
): Promise<void> {
  const here = await readdir(home.ledgerDir).catch(() => [])
  if (here.length === 0) return
  for (const [listId, keep] of await namedFolders(store.db, here)) {
    const folder = join(home.ledgerDir, listId)
    const stale = (await readdir(folder)).filter((name) => !keep.has(name))
    for (const path of stale.map((name) => join(folder, name))) {
      const found = await stat(path).catch(() => null)
      if (found !== null && Date.now() - found.mtimeMs > ageMs)
        await rm(path, { recursive: true, force: true })
    }
  }
}

/** The folders that the ledger names, by list. */
async function namedFolders(
  db: Kysely<Tables>,
  listIds: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  const rows = await db
    .selectFrom('customer_list')
    .leftJoin('change_set', (on) =>
      on.onRef('change_set.list_id', '=', 'customer_list.id').on('change_set.state', '=', 'open'),
    )
    .select(['customer_list.id', 'told_snapshot', 'unsure_snapshot', 'desired_snapshot'])
    .where('customer_list.id', 'in', listIds)
    .execute()
  return new Map(rows.map((row) => [row.id, keptFolders(row, row.desired_snapshot)]))
}

/** The folders of a list that its runs still need, from its row and the snapshot of its open change set. */
export function keptFolders(
  list: { readonly told_snapshot: string | null; readonly unsure_snapshot: string | null },
  desiredSnapshot: string | null,
): ReadonlySet<string> {
  const spool = desiredSnapshot === null ? null : spoolName(desiredSnapshot)
  const names = [list.told_snapshot, list.unsure_snapshot, desiredSnapshot, spool]
  return new Set(names.filter((name) => name !== null))
}
