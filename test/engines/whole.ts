import { join } from 'node:path'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import type { Workbench } from './workbench.ts'

/** Reading a file, with a query and without, for tests that it is read whole or not at all. */

const QUERY = 'SELECT email FROM input'
export const ways = [null, QUERY]

export function optionsFor(bench: Workbench, path: string, query: string | null) {
  const signal = new AbortController().signal
  const tempDir = join(bench.dir, 'temp')
  return {
    from: [path],
    query,
    owner: 'someone',
    openColumns: null,
    emailColumn: 'email',
    limits: defaultLimits,
    signal,
    cwd: bench.dir,
    tempDir,
  }
}

/** The hashes that a run would stage, in order, or its error. */
export async function run(bench: Workbench, path: string, query: string | null): Promise<string> {
  return told(async () => {
    const { rows } = await openSource(optionsFor(bench, path, query))
    return (await bench.run(rows)).hashes.join(' ')
  })
}

export async function told(work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return `${error.code}: ${error.message}`
  }
}
