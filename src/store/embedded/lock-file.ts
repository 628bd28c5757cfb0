import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning } from '../../base/processes.ts'
import type { Home } from '../home.ts'
import { isServerOf } from './processes.ts'

export interface RunningServer {
  readonly pid: number
  /** Where it listens; null when it has not said so yet. */
  readonly socketDir: string | null
}

/** PostgreSQL writes its number right after making the file, unless the power fails between the two. */
const EMPTY_AGE_MS_MAX = 2_000

/**
 * The running server of the data folder, by its lock file `postmaster.pid`. A lock file whose number belongs to
 * something else is removed, since PostgreSQL would take that for a server: after a reboot, or when no one waited for the
 * killed one. Whatever is left of a killed server still guards the data through its shared memory.
 */
export async function runningServer(home: Pick<Home, 'postgresDir'>): Promise<RunningServer | null> {
  const file = join(home.postgresDir, 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    const made = await stat(file).catch(() => null)
    if (made !== null && Date.now() - made.mtimeMs > EMPTY_AGE_MS_MAX) await removeStale(file, text)
    return null
  }
  if ((await isRunning(pid)) && (await isServerOf(pid, home.postgresDir)))
    return { pid, socketDir: lines[4] || null }
  await removeStale(file, text)
  return null
}

/** Another process may have removed it too and started a server since: look again. */
async function removeStale(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => null)) === text) await rm(file, { force: true })
}
