import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** What a folder holds: rows of the engine, or all that a child process needs. */
type TempKind = 'rows' | 'child'

const MACHINE_CHARS = 8
const NAME = /^(?:rows|child)-([0-9a-f]{8})-(\d+)-[0-9a-f]+$/

/** Other machines may share the folder; their processes cannot be looked for here. */
function thisMachine(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, MACHINE_CHARS)
}

/** Makes a new folder in `parent` that no other user can look into. Its name tells the process that it belongs to. The caller removes it. */
export async function makeTempFolder(parent: string, kind: TempKind): Promise<string> {
  const path = join(parent, `${kind}-${thisMachine()}-${process.pid}-${randomBytes(8).toString('hex')}`)
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
    if (isLeft(name) || Date.now() - found.mtimeMs > ageMs) await rm(path, { recursive: true, force: true })
  }
}

function isLeft(name: string): boolean {
  const [, machine, pid] = NAME.exec(name) ?? []
  return machine === thisMachine() && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // One of another user is there all the same.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
