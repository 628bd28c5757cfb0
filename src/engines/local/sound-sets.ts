import { link, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRollcallError, RollcallError } from '../../base/rollcall-error.ts'
import { plural } from '../../base/words.ts'
import { readStoredFile, storeFiles } from '../../store/stored-files.ts'
import type { Store } from '../../store/store.ts'
import { countsOf, spooledOf, spoolName } from './change-ref.ts'
import type { Change, ChangeRef, MemberSet, RunOptions, Told, Work } from '../contract.ts'
import { bucketNames } from './folders.ts'
import { checkHashes, damaged, hashesIn } from './hashes/block-file.ts'
import { makeFolders } from './hashes/folder.ts'
import { hashFile, spoolFile } from './hashes/layout.ts'
import { respool } from './hashes/respool.ts'

/**
 * Finding the hash sets of a list. When machines share a database, one that has no whole copy in its data folder fetches one;
 * with a database of the data folder's own there is nowhere to fetch from. What can be found nowhere is an error, and never
 * an empty set: it would be taken for a list that no one is on.
 */

export interface HashSets {
  readonly list: RunOptions['list']
  readonly store: Pick<Store, 'db' | 'isShared'>
  /** Folder of the list in the data folder. */
  readonly listDir: string
  /** Where copies are fetched to. In the folder of the list, only who holds its lock may make them. */
  readonly fetchDir: string
  /** The folder of a set or a spool that a look made for itself; null for all others. */
  readonly ownDir: (name: string) => string | null
  /** Reads every set through before it is opened, since one of them proved damaged. */
  readonly isThorough?: boolean
  readonly work: Work
}

/**
 * Does work that opens and reads the sets of a list. When one of them proves damaged on the way, all are read through, those that
 * are damaged are made again from the copy in the database or from the other sets, and the work is done once more. Error:
 * `ledger_damaged`, for what cannot be made again.
 */
export async function withSoundSets<T>(sets: HashSets, work: (sets: HashSets) => Promise<T>): Promise<T> {
  return namingList(sets, () =>
    work(sets).catch((error: unknown) => {
      if (!isDamage(error)) throw error
      return work({ ...sets, isThorough: true })
    }),
  )
}

/** Names the list in the error of a set that cannot be made again. */
export async function namingList<T>({ list }: Pick<HashSets, 'list'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isDamage(error)) throw error
    throw new RollcallError('ledger_damaged', { ...error.data, list: list.name }, { cause: error })
  }
}

export function isDamage(error: unknown): error is RollcallError {
  return isRollcallError(error) && error.code === 'ledger_damaged'
}

/** Folders of the sets that Pinterest has been told; null for a set that does not exist. Error: `ledger_damaged`. */
export async function openTold(
  sets: HashSets,
  { told, unsure }: Told,
): Promise<{ toldDir: string | null; unsureDir: string | null }> {
  const open = async (set: MemberSet | null): Promise<string | null> =>
    set === null ? null : openFolder(sets, folderOf(set))
  return { toldDir: await open(told), unsureDir: await open(unsure) }
}

/** Folder of a change's spool. Error: `ledger_damaged`. */
export async function openSpool(sets: HashSets, change: Change): Promise<string> {
  const spooled = spooledOf(change.ref)
  const files = (['add', 'remove'] as const).flatMap((operation) =>
    bucketNames.map((bucket, index) => ({
      file: spoolFile('', operation, bucket),
      count: countsOf(spooled, operation)[index] ?? 0,
    })),
  )
  const desired = folderOf(change.desired)
  const spool: Folder = {
    name: spoolName(spooled),
    files,
    count: null,
    remake: async (dir) => {
      const told = await openTold(sets, change.before)
      await respool({ ...told, desiredDir: await openFolder(sets, desired) }, dir, sets.work.signal)
    },
  }
  if (!addsAll(totalOf(spooled.adds), change.desired.members)) return openFolder(sets, spool)
  const linked = async (): Promise<ReadonlyMap<string, string>> => {
    const dir = await openFolder(sets, desired)
    return new Map(bucketNames.map((bucket) => [spoolFile('', 'add', bucket), hashFile(dir, bucket)]))
  }
  return openFolder(sets, spool, linked)
}

/** Gives other machines sets that were just made. Only then may a reference to them be stored. */
export async function shareSets(sets: HashSets, names: readonly string[]): Promise<void> {
  if (!sets.store.isShared) return
  const files = names.flatMap((name) => hashFiles(name, join(sets.listDir, name)))
  await storeFiles(sets.store.db, sets.list.id, files, sets.work.signal)
}

/** Gives other machines the members and the spool of a comparison that was just made. Only then may a reference to them be stored. */
export async function shareCompared(
  sets: HashSets,
  { change, members }: { readonly change: ChangeRef; readonly members: number },
): Promise<void> {
  if (!sets.store.isShared) return
  const spooled = spooledOf(change)
  await shareSets(sets, [spooled.set])
  const operations = addsAll(totalOf(spooled.adds), members)
    ? (['remove'] as const)
    : (['add', 'remove'] as const)
  const name = spoolName(spooled)
  const files = operations.flatMap((operation) =>
    bucketNames.map((bucket) => ({
      name: spoolFile(name, operation, bucket),
      path: spoolFile(join(sets.listDir, name), operation, bucket),
    })),
  )
  await storeFiles(sets.store.db, sets.list.id, files, sets.work.signal)
}

/** Who adds as many as the query has members adds just these: the set is there already, and not stored twice. */
function addsAll(added: number, members: number): boolean {
  return added === members
}

function hashFiles(name: string, dir: string): { name: string; path: string }[] {
  return bucketNames.map((bucket) => ({ name: hashFile(name, bucket), path: hashFile(dir, bucket) }))
}

interface Folder {
  readonly name: string
  /** The names of its files; with how many hashes each holds, where the ledger says so. */
  readonly files: readonly { readonly file: string; readonly count: number | null }[]
  /** How many hashes they hold in all, where the ledger says so. */
  readonly count: number | null
  /** Writes its files once more into a folder, from the other sets. */
  readonly remake?: (dir: string) => Promise<void>
}

function folderOf({ ref, members }: MemberSet): Folder {
  const files = bucketNames.map((bucket) => ({ file: hashFile('', bucket), count: null }))
  return { name: ref, files, count: members }
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

type Links = () => Promise<ReadonlyMap<string, string>>

/** The folder in the data folder, or a copy that is fetched or made again; files that `linked` names are found there instead. */
async function openFolder(
  sets: HashSets,
  folder: Folder,
  linked: Links = async () => new Map(),
): Promise<string> {
  const { name } = folder
  const own = sets.ownDir(name)
  if (own !== null) return own
  const dir = join(sets.listDir, name)
  const isThorough = sets.isThorough === true
  const damage = await damageOf(checkFolder(folder, dir, isThorough))
  if (damage === null) return dir
  const { isShared } = sets.store
  if (!isShared && folder.remake === undefined) throw damage
  const copy = join(sets.fetchDir, name)
  await makeFolders(
    [copy],
    async ([temporaryDir = '']) => {
      if (isShared) await fetchInto(sets, folder, temporaryDir, await linked())
      else await folder.remake?.(temporaryDir)
      if ((await damageOf(checkFolder(folder, temporaryDir, true))) === null) return
      throw isShared ? withoutCopy(damage) : damage
    },
    { durable: true },
  )
  const source = isShared ? 'restored from the copy in the database' : 'rebuilt from the other sets'
  if (isThorough)
    await sets.work.onMended?.(`In the ledger, ${String(damage.data['detail'])}; it was ${source}`)
  return copy
}

async function fetchInto(
  { list, store, work }: HashSets,
  { name, files }: Folder,
  dir: string,
  links: Awaited<ReturnType<Links>>,
): Promise<void> {
  for (const { file } of files) {
    work.signal.throwIfAborted()
    const existing = links.get(file)
    const to = join(dir, file)
    // Of empty files nothing is stored.
    if (existing === undefined)
      await writeFile(to, readStoredFile(store.db, list.id, join(name, file)), { mode: 0o600 })
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
    if (hashes === null || hashes !== (expected ?? hashes)) throw damaged(path, 'has the wrong length')
  }
  const total = found.reduce<number>((sum, hashes) => sum + (hashes ?? 0), 0)
  if (count !== null && total !== count)
    throw new RollcallError('ledger_damaged', {
      detail: `the files of ${name} hold ${plural(total, 'member')}, not ${plural(count, 'member')}`,
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
  const detail = `${String(data['detail'])}, and the copy in the database is also missing or damaged`
  return new RollcallError('ledger_damaged', { detail })
}
