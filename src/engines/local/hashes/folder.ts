import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { RollcallError } from '../../../base/rollcall-error.ts'

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/**
 * Makes folders that appear whole or not at all: `fill` writes into temporary folders beside them, which take the final names
 * when it is done. Whatever an earlier, killed attempt left behind is removed first. With `durable` everything is on disk
 * before that, and survives a loss of power; without, it is meant to be thrown away.
 */
export async function makeFolders<T>(
  dirs: readonly string[],
  fill: (temporaryDirs: readonly string[]) => Promise<T>,
  { durable }: { readonly durable: boolean },
): Promise<T> {
  // The name cannot be guessed, since a query may run while the folder is open to its own output.
  const temporaryDirs = dirs.map((dir) => `${dir}.tmp-${randomBytes(12).toString('hex')}`)
  try {
    for (const dir of dirs) await removeLeftovers(dir)
    for (const dir of temporaryDirs) await mkdir(dir, { recursive: true, mode: 0o700 })
    const result = await fill(temporaryDirs)
    for (const [index, dir] of dirs.entries()) {
      const temporaryDir = temporaryDirs[index] as string
      if (durable) await syncFiles(temporaryDir)
      await rm(dir, { recursive: true, force: true })
      await rename(temporaryDir, dir)
      if (durable) await syncPath(dirname(dir))
    }
    return result
  } catch (error) {
    for (const dir of temporaryDirs) await rm(dir, { recursive: true, force: true })
    throw asDiskFull(error, dirs[0] ?? '')
  }
}

/** An error of the file system as `disk_full` if it is that. */
export function asDiskFull(error: unknown, dir: string): unknown {
  const { code } = Object(error) as { code?: unknown }
  if (typeof code !== 'string' || !FULL.has(code)) return error
  return new RollcallError('disk_full', { detail: dir }, { cause: error })
}

async function removeLeftovers(dir: string): Promise<void> {
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 })
  const prefix = `${basename(dir)}.tmp-`
  for (const name of await readdir(dirname(dir)))
    if (name.startsWith(prefix)) await rm(join(dirname(dir), name), { recursive: true, force: true })
}

/** Puts a folder with all its files and folders on disk. */
async function syncFiles(dir: string): Promise<void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  await Promise.all(entries.map((entry) => syncPath(join(entry.parentPath, entry.name))))
  await syncPath(dir)
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
