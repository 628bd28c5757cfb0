import { link, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { plural } from '../base/words.ts'
import { bucketNames } from '../engine/engine.ts'
import type { Compared } from '../engine/engine.ts'
import { checkHashes, damaged, hashesIn } from '../engine/hashes/block-file.ts'
import { makeFolders } from '../engine/hashes/folder.ts'
import { hashFile, spoolFile } from '../engine/hashes/layout.ts'
import { respool } from '../engine/hashes/respool.ts'
import { getList } from '../ledger/lists.ts'
import type { ChangeSet } from '../ledger/ledger.ts'
import type { LedgerList } from '../ledger/lists.ts'
import { readStoredFile, storeFiles } from '../ledger/shared-snapshots.ts'
import { snapshotDir, spoolDir, spoolName } from '../ledger/snapshots.ts'
import type { Home } from '../store/home.ts'
import type { Store } from '../store/store.ts'
import type { SyncRun } from './run.ts'

/**
 * Finding the ledger's hash sets. When machines share a database, one that has no whole copy in its data folder fetches one;
 * with a database of the data folder's own there is nowhere to fetch from. What can be found nowhere is an error, and never
 * an empty set: it would be taken for a list that no one is on.
 */

export interface HashSets {
  readonly store: Pick<Store, 'db' | 'isShared'>
  readonly home: Pick<Home, 'ledgerDir'>
  /** Where copies are fetched to. In the data folder, the default, only who holds the list's lock may make them. */
  readonly fetchDir?: string
  /** Reads every set through before it is opened, since one of them proved damaged. */
  readonly isThorough?: boolean
  /** Is told of every set that was damaged and is whole again. */
  readonly onMended?: (text: string) => Promise<void>
}

/** What a run opens sets with: whatever is mended stands in its log. */
export function setsOf({ services, log }: Pick<SyncRun, 'services' | 'log'>): SyncRun['services'] & HashSets {
  return { ...services, onMended: (text) => log(text, 'warning') }
}

/**
 * Does work that opens and reads the sets of this list. When one of them proves damaged on the way, all are read through, those that
 * are damaged are made again from the copy in the database or from the other sets, and the work is done once more. Error:
 * `ledger_damaged`, for what cannot be made again.
 */
export async function withSoundSets<Needs extends HashSets, T>(
  sets: Needs,
  list: Pick<LedgerList, 'name'>,
  work: (sets: Needs) => Promise<T>,
): Promise<T> {
  try {
    return await work(sets).catch((error: unknown) => {
      if (!isDamage(error) || sets.isThorough === true) throw error
      return work({ ...sets, isThorough: true })
    })
  } catch (error) {
    if (!isDamage(error)) throw error
    throw new RollcallError('ledger_damaged', { ...error.data, list: list.name }, { cause: error })
  }
}

function isDamage(error: unknown): error is RollcallError {
  return isRollcallError(error) && error.code === 'ledger_damaged'
}

/** Folders of the hashes that Pinterest has been told; null for a set that does not exist. Error: `ledger_damaged`. */
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

/** Folder of a change set's spool. Error: `ledger_damaged`. */
export async function openSpool(sets: HashSets, changeSet: ChangeSet, signal: AbortSignal): Promise<string> {
  const { list_id: listId, desired_snapshot: snapshot } = changeSet
  const counts = { add: changeSet.adds_by_bucket, remove: changeSet.removes_by_bucket }
  const files = (['add', 'remove'] as const).flatMap((operation) =>
    bucketNames.map((bucket, index) => ({
      file: spoolFile('', operation, bucket),
      count: counts[operation][index] ?? 0,
    })),
  )
  const desired = snapshotOf(listId, snapshot, changeSet.desired_count)
  const spool: Folder = {
    listId,
    name: spoolName(snapshot),
    files,
    count: null,
    // While the change set is open, the list's sets are those that it was compared with.
    remake: async (dir) => {
      const told = await openTold(sets, await getList(sets.store.db, listId), signal)
      await respool({ ...told, desiredDir: await openFolder(sets, desired, signal) }, dir, signal)
    },
  }
  if (!addsAll(changeSet.adds, changeSet.desired_count)) return openFolder(sets, spool, signal)
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
  /** The names of its files; with how many hashes each holds, where the ledger says so. */
  readonly files: readonly { readonly file: string; readonly count: number | null }[]
  /** How many hashes they hold in all, where the ledger says so. */
  readonly count: number | null
  /** Writes its files once more into a folder, from the other sets. */
  readonly remake?: (dir: string) => Promise<void>
}

function snapshotOf(listId: string, name: string, count: number): Folder {
  return {
    listId,
    name,
    files: bucketNames.map((bucket) => ({ file: hashFile('', bucket), count: null })),
    count,
  }
}

type Links = () => Promise<ReadonlyMap<string, string>>

/** The folder in the data folder, or a copy that is fetched or made again; files that `linked` names are found there instead. */
async function openFolder(
  sets: HashSets,
  folder: Folder,
  signal: AbortSignal,
  linked: Links = async () => new Map(),
): Promise<string> {
  const { listId, name } = folder
  const dir = join(sets.home.ledgerDir, listId, name)
  const isThorough = sets.isThorough === true
  const damage = await damageOf(checkFolder(folder, dir, isThorough))
  if (damage === null) return dir
  const { isShared } = sets.store
  if (!isShared && folder.remake === undefined) throw damage
  const copy = join(sets.fetchDir ?? sets.home.ledgerDir, listId, name)
  await makeFolders(
    [copy],
    async ([temporaryDir = '']) => {
      if (isShared) await fetchInto(sets, folder, { dir: temporaryDir, linked, signal })
      else await folder.remake?.(temporaryDir)
      if ((await damageOf(checkFolder(folder, temporaryDir, true))) === null) return
      throw isShared ? withoutCopy(damage) : damage
    },
    { durable: true },
  )
  const source = isShared ? 'fetched again from the database' : 'made again from the other sets'
  if (isThorough) await sets.onMended?.(`In the ledger, ${String(damage.data['detail'])}; it was ${source}`)
  return copy
}

async function fetchInto(
  { store }: HashSets,
  { listId, name, files }: Folder,
  { dir, linked, signal }: { readonly dir: string; readonly linked: Links; readonly signal: AbortSignal },
): Promise<void> {
  const links = await linked()
  for (const { file } of files) {
    signal.throwIfAborted()
    const existing = links.get(file)
    const to = join(dir, file)
    // Of empty files nothing is stored.
    if (existing === undefined)
      await writeFile(to, readStoredFile(store.db, listId, join(name, file)), { mode: 0o600 })
    else await link(existing, to)
  }
}

/**
 * Holds a folder against what the ledger says of it, and with `isThorough` every file against its checksums. Error:
 * `ledger_damaged`.
 */
async function checkFolder({ files, count, name }: Folder, dir: string, isThorough: boolean): Promise<void> {
  const found = await Promise.all(files.map(async ({ file }) => countOf(join(dir, file))))
  for (const [index, { file, count: expected }] of files.entries()) {
    const path = join(name, file)
    const hashes = found[index]
    if (hashes === undefined) throw damaged(path, 'is missing')
    if (hashes === null || hashes !== (expected ?? hashes))
      throw damaged(path, 'has another length than was written')
  }
  const total = found.reduce<number>((sum, hashes) => sum + (hashes ?? 0), 0)
  if (count !== null && total !== count)
    throw new RollcallError('ledger_damaged', {
      detail: `the files of ${name} hold ${plural(total, 'member')} instead of ${plural(count, 'member')}`,
    })
  if (isThorough) for (const { file } of files) await checkHashes(join(dir, file))
}

/** How many hashes a bucket file holds by its length; null when it can be none of ours, undefined when there is none. */
async function countOf(path: string): Promise<number | null | undefined> {
  return stat(path).then(
    ({ size }) => hashesIn(size),
    () => undefined,
  )
}

/** The damage that a check found; null when it passed. */
async function damageOf(check: Promise<void>): Promise<RollcallError | null> {
  try {
    await check
    return null
  } catch (error) {
    if (isDamage(error)) return error
    throw error
  }
}

function withoutCopy({ data }: RollcallError): RollcallError {
  const detail = `${String(data['detail'])}, and the copy in the database is missing or damaged, too`
  return new RollcallError('ledger_damaged', { detail })
}
