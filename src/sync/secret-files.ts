import { realpath } from 'node:fs/promises'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Home } from '../store/home.ts'

/**
 * Refuses to read files that hold secrets for a data source: the key and the database of Rollcall lie in its data folder, and the
 * environment of processes below `/proc`. Whoever may write queries must not read them. `files` are where they really lie. Error:
 * `source_not_found`.
 */
export async function refuseSecretFiles(files: readonly string[], home: Pick<Home, 'dir'>): Promise<void> {
  const closed = [await realpath(home.dir), '/proc']
  if (!files.some((file) => closed.some((dir) => file.startsWith(`${dir}/`)))) return
  const detail =
    'the data source leads into the data folder of Rollcall or to the system, which are not read.'
  throw new RollcallError('source_not_found', { detail })
}
