import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Home } from '../../store/home.ts'
import { spooledOf, spoolName } from './change-ref.ts'
import type { Kept, StageRef } from '../contract.ts'

/**
 * Where the local engine keeps what it makes. A list has a folder in that of the ledger, with a folder for each set and each spool; a run
 * and a look have one each in the work folder. A name is used once, so a folder of a name holds the same on every machine.
 */

/** Begins the names of the folders of looks. */
export const LOOK = 'plan-'
const RUN = 'wf_'

/** Whether a name in the work folder is that of a run's folder. */
export function isOfRun(name: string): boolean {
  return name.startsWith(RUN)
}

export function stageDir({ workDir }: Pick<Home, 'workDir'>, stage: StageRef): string {
  return join(workDir, stage, 'stage')
}

/** Names of the folders of a list that these references need. */
export function keptFolders({ sets, changes }: Kept): ReadonlySet<string> {
  return new Set([...sets, ...changes.map((ref) => spoolName(spooledOf(ref)))])
}

export async function deleteFolders(parent: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(parent, name), { recursive: true, force: true })))
}

/** Deletes those folders that nothing has changed in for `ageMs`. A young one may be one that a run is just making. */
export async function deleteOld(parent: string, names: readonly string[], ageMs: number): Promise<void> {
  for (const name of names) {
    const found = await stat(join(parent, name)).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > ageMs) await deleteFolders(parent, [name])
  }
}

/** Names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
