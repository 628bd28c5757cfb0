import { resolve } from 'node:path'
import { isRollcallError } from '../../../base/rollcall-error.ts'
import type { Engine } from '../../../engines/contract.ts'
import { plainAccess } from '../../../sources/access.ts'
import type { Reading } from '../../../sources/contract.ts'
import { locate } from '../../../sources/locate.ts'
import type { SyncInputs } from './inputs.ts'

/**
 * Refuses, before anything is read, a place for the invalid rows that cannot be written to or would cost a file that is none of
 * our lists; above all one of the source. Error: `wrong_usage`.
 */
export async function checkRejects(
  engine: Engine,
  inputs: SyncInputs,
  options: Pick<Reading, 'limits' | 'signal'>,
): Promise<void> {
  if (inputs.rejects === null) return
  await engine.checkRejects(resolve(inputs.cwd, inputs.rejects), await sourcePaths(inputs, options))
}

async function sourcePaths(
  { from, cwd }: SyncInputs,
  options: Pick<Reading, 'limits' | 'signal'>,
): Promise<string[]> {
  try {
    const { type, settings } = locate(from, cwd)
    if (type.reads === 'rows') return []
    const found = await type.find({ ...options, settings, access: plainAccess })
    return found.map(({ path }) => path)
  } catch (error) {
    // What is wrong with the source is told when it is opened; until then none of its files is read or written.
    if (isRollcallError(error)) return []
    throw error
  }
}
