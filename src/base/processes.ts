import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Processes of this machine, and the marks that they leave on what they make. */

/** Whether a process runs. One that has ended and that no one has waited for does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  if (process.platform !== 'linux') return true
  // In a container no one may wait for orphans; they keep their number for good, as state Z.
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/^\d+ \(.*\) [ZX]/s.test(status)
}

/** Part of the name of everything that this process makes, so that others can tell when it is left over. */
export function ownMark(): string {
  return `${machineMark()}-${process.pid}`
}

/** Whether a name that begins with a mark is of a process of this machine that has ended. Of other machines no one here knows that. */
export async function hasEnded(name: string): Promise<boolean> {
  const [, machine, pid] = MARK.exec(name) ?? []
  return machine === machineMark() && !(await isRunning(Number(pid)))
}

const MACHINE_CHARS = 8
const MARK = /^([0-9a-f]{8})-(\d+)-/

/** Other machines may share a folder; their processes cannot be looked for here. */
function machineMark(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, MACHINE_CHARS)
}
