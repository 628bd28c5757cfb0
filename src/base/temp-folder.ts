import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasEnded, ownMark } from './processes.ts'

/** What a folder holds: rows of the engine, all that a child process needs, or a list of invalid rows. */
type TempKind = 'rows' | 'child' | 'rejects'

const KIND = /^(?:rows|child|rejects)-/

/** Makes a new folder in `parent` that no other user can look into. Its name tells the process that it belongs to. The caller removes it. */
export async function makeTempFolder(parent: string, kind: TempKind): Promise<string> {
  const path = join(parent, `${kind}-${ownMark()}-${randomBytes(8).toString('hex')}`)
  await mkdir(path, { recursive: true, mode: 0o700 })
  return path
}

/**
 * Removes from `parent` what processes left that were killed: at once where the process was one of this machine and is no longer there,
 * and all that nothing has changed in for `ageMs`.
 */
export async function sweepTempFolders(parent: string, ageMs: number): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name)
    const found = await stat(path).catch(() => null)
    if (found === null) continue
    if ((await isLeft(name)) || Date.now() - found.mtimeMs > ageMs)
      await rm(path, { recursive: true, force: true })
  }
}

async function isLeft(name: string): Promise<boolean> {
  return KIND.test(name) && hasEnded(name.replace(KIND, ''))
}
