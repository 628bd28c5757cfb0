import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from '../store/home.ts'

/** Folder of one snapshot of hashes; null stays null, since then there is none. */
export function snapshotDir(home: Pick<Home, 'ledgerDir'>, listId: string, snapshot: string): string
export function snapshotDir(
  home: Pick<Home, 'ledgerDir'>,
  listId: string,
  snapshot: string | null,
): string | null
export function snapshotDir(
  home: Pick<Home, 'ledgerDir'>,
  listId: string,
  snapshot: string | null,
): string | null {
  return snapshot === null ? null : join(home.ledgerDir, listId, snapshot)
}

/** Folder of the spool of one workflow's change set. */
export function spoolDir(home: Pick<Home, 'ledgerDir'>, listId: string, workflowId: string): string {
  return join(home.ledgerDir, listId, `spool-${workflowId}`)
}

/** Deletes the folders of a list that are not in `keep`: left by runs that ended early, or replaced. */
export async function sweepSnapshots(
  home: Pick<Home, 'ledgerDir'>,
  listId: string,
  keep: ReadonlySet<string>,
): Promise<void> {
  const folder = join(home.ledgerDir, listId)
  const names = await readdir(folder).catch(() => [])
  const stale = names.filter((name) => !keep.has(name))
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
