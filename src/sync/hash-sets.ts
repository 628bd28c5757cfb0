import { link, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RollcallError } from '../base/rollcall-error.ts'
import { bucketNames } from '../engine/engine.ts'
import type { Compared } from '../engine/engine.ts'
import { makeFolders } from '../engine/hashes/folder.ts'
import { HASH_BYTES } from '../engine/hashes/hex.ts'
import { hashFile, spoolFile } from '../engine/hashes/layout.ts'
import type { ChangeSet, LedgerList } from '../ledger/ledger.ts'
import { readStoredFile, storeFiles } from '../ledger/shared-snapshots.ts'
import { snapshotDir, spoolDir, spoolName } from '../ledger/snapshots.ts'
import type { Home } from '../store/home.ts'
import type { Store } from '../store/store.ts'

/**
 * Finding the ledger's hash sets. When machines share a database, one that has no whole copy in its data folder fetches one;
 * with a database of the data folder's own there is nowhere to fetch from. What can be found nowhere is an error, and never
 * an empty set: it would be taken for a list that nobody is on.
 */

export interface HashSets {
  readonly store: Pick<Store, 'db' | 'isShared'>
  readonly home: Pick<Home, 'ledgerDir'>
  /** Where copies are fetched to. In the data folder, the default, only who holds the list's lock may make them. */
  readonly fetchDir?: string
}

/** Folders of what Pinterest has been told; null for a set that there is none of. Error: `internal_error`. */
export async function openTold(
  sets: HashSets,
  list: LedgerList,
  signal: AbortSignal,
): Promise<{ toldDir: string | null; unsureDir: string | null }> {
  const open = async (snapshot: string | null, count: number): Promise<string | null> =>
    snapshot === null ? null : openFolder(sets, snapshotOf(list.id, snapshot, count), signal)
  return {
    toldDir: await open(list.told_snapshot, list.told_count),
    unsureDir: await open(list.unsure_snapshot, list.unsure_count),
  }
}

/** Folder of a change set's spool. Error: `internal_error`. */
export async function openSpool(sets: HashSets, changeSet: ChangeSet, signal: AbortSignal): Promise<string> {
  const { list_id: listId, desired_snapshot: snapshot } = changeSet
  const counts = { add: changeSet.adds_by_bucket, remove: changeSet.removes_by_bucket }
  const sizes = new Map(
    (['add', 'remove'] as const).flatMap((operation) =>
      bucketNames.map((bucket, index) => [
        spoolFile('', operation, bucket),
        (counts[operation][index] ?? 0) * HASH_BYTES,
      ]),
    ),
  )
  const files = [...sizes.keys()]
  const spool: Folder = {
    listId,
    name: spoolName(snapshot),
    what: 'the spool',
    files,
    isWhole: (bytes) => files.every((file, index) => bytes[index] === sizes.get(file)),
  }
  if (!addsAll(changeSet.adds, changeSet.desired_count)) return openFolder(sets, spool, signal)
  const desired = snapshotOf(listId, snapshot, changeSet.desired_count)
  const linked = async (): Promise<ReadonlyMap<string, string>> => {
    const dir = await openFolder(sets, desired, signal)
    return new Map(bucketNames.map((bucket) => [spoolFile('', 'add', bucket), hashFile(dir, bucket)]))
  }
  return openFolder(sets, spool, signal, linked)
}

/** Gives other machines snapshots that were just made. Only then may the ledger name them. */
export async function shareSnapshots(
  sets: HashSets,
  listId: string,
  snapshots: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (!sets.store.isShared) return
  const files = snapshots.flatMap((snapshot) => hashFiles(snapshot, snapshotDir(sets.home, listId, snapshot)))
  await storeFiles(sets.store.db, listId, files, signal)
}

/** Gives other machines the members and the spool of a comparison that was just made. Only then may the ledger name them. */
export async function shareCompared(
  sets: HashSets,
  { listId, snapshot, compared }: { listId: string; snapshot: string; compared: Compared },
  signal: AbortSignal,
): Promise<void> {
  if (!sets.store.isShared) return
  await shareSnapshots(sets, listId, [snapshot], signal)
  const operations = addsAll(compared.added, compared.members)
    ? (['remove'] as const)
    : (['add', 'remove'] as const)
  const files = operations.flatMap((operation) =>
    bucketNames.map((bucket) => ({
      name: spoolFile(spoolName(snapshot), operation, bucket),
      path: spoolFile(spoolDir(sets.home, listId, snapshot), operation, bucket),
    })),
  )
  await storeFiles(sets.store.db, listId, files, signal)
}

/** Who adds as many as the query has members adds just these: the set is there already, and not stored twice. */
function addsAll(added: number, members: number): boolean {
  return added === members
}

function hashFiles(name: string, dir: string): { name: string; path: string }[] {
  return bucketNames.map((bucket) => ({ name: hashFile(name, bucket), path: hashFile(dir, bucket) }))
}

interface Folder {
  readonly listId: string
  readonly name: string
  /** In the words of an error. */
  readonly what: string
  readonly files: readonly string[]
  /** Whether its files, which have these sizes, hold all that the ledger says. */
  readonly isWhole: (bytes: readonly number[]) => boolean
}

function snapshotOf(listId: string, name: string, count: number): Folder {
  return {
    listId,
    name,
    what: 'the snapshot',
    files: bucketNames.map((bucket) => hashFile('', bucket)),
    isWhole: (bytes) =>
      bytes.every((size) => size % HASH_BYTES === 0) &&
      bytes.reduce((sum, size) => sum + size, 0) === count * HASH_BYTES,
  }
}

/** The folder in the data folder, or a copy that is fetched; files that `linked` names are found there instead. */
async function openFolder(
  sets: HashSets,
  folder: Folder,
  signal: AbortSignal,
  linked: () => Promise<ReadonlyMap<string, string>> = async () => new Map(),
): Promise<string> {
  const { listId, name } = folder
  const dir = join(sets.home.ledgerDir, listId, name)
  if (await isWhole(folder, dir)) return dir
  if (!sets.store.isShared) throw missing(sets, folder)
  const copy = join(sets.fetchDir ?? sets.home.ledgerDir, listId, name)
  const links = await linked()
  await makeFolders(
    [copy],
    async ([temporaryDir = '']) => {
      for (const file of folder.files) {
        signal.throwIfAborted()
        const path = join(temporaryDir, file)
        const existing = links.get(file)
        if (existing !== undefined) await link(existing, path)
        else await writeFile(path, readStoredFile(sets.store.db, listId, join(name, file)), { mode: 0o600 })
      }
      if (!(await isWhole(folder, temporaryDir))) throw missing(sets, folder)
    },
    { durable: true },
  )
  return copy
}

async function isWhole(folder: Folder, dir: string): Promise<boolean> {
  const found = await Promise.all(folder.files.map(async (file) => stat(join(dir, file)).catch(() => null)))
  const sizes = found.flatMap((file) => (file === null ? [] : [file.size]))
  return sizes.length === folder.files.length && folder.isWhole(sizes)
}

function missing({ store }: HashSets, { listId, name, what }: Folder): RollcallError {
  const places = store.isShared ? 'the data folder and the database' : 'the data folder'
  const detail = `${what} ${name} of customer list ${listId} is missing from ${places}, or damaged`
  return new RollcallError('internal_error', { detail })
}
