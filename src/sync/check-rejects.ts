import { resolve } from 'node:path'
import { isRollcallError } from '../base/rollcall-error.ts'
import { checkRejectsFile } from '../engine/records/rejects-file.ts'
import { resolveFiles } from '../sources/files/confined.ts'
import { expandPaths } from '../sources/files/expand-paths.ts'
import type { ExpandOptions } from '../sources/files/expand-paths.ts'
import { isPostgresUrl } from '../base/postgres-address.ts'
import type { SyncInputs } from './inputs.ts'

/**
 * Refuses, before anything is read, a place for the invalid rows that cannot be written to or would cost a file that is none of
 * our lists; above all one of the source. Error: `wrong_usage`.
 */
export async function checkRejects(inputs: SyncInputs, options: ExpandOptions): Promise<void> {
  if (inputs.rejects === null) return
  await checkRejectsFile(resolve(inputs.cwd, inputs.rejects), await sourcePaths(inputs, options))
}

async function sourcePaths({ from, folder, cwd }: SyncInputs, options: ExpandOptions): Promise<string[]> {
  if (from.some(isPostgresUrl)) return []
  try {
    if (folder !== null) return await resolveFiles({ folder, files: from }, options)
    return (await expandPaths(from, cwd, options)).map(({ path }) => path)
  } catch (error) {
    // What is wrong with the source is told when it is opened; until then none of its files is read or written.
    if (isRollcallError(error)) return []
    throw error
  }
}
