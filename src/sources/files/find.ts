import { realpath } from 'node:fs/promises'
import type { Reading } from '../contract.ts'
import type { FoundFile } from '../source.ts'
import { resolveFiles } from './confined.ts'
import { expandPaths } from './expand-paths.ts'
import { refuseClosedFiles, refuseKeyFiles } from '../rules.ts'
import type { FilesSettings } from './settings.ts'

/**
 * Where the files lie, looked up at every reading: files that have come or gone since count. Those of a data source must lie
 * below its folder and where data sources may read; what a person types may be any file but those with keys. Error:
 * `source_not_found`.
 */
export async function findFiles({
  settings,
  access,
  ...options
}: Reading<FilesSettings>): Promise<readonly FoundFile[]> {
  const { rules } = access
  if ('paths' in settings) {
    const found = await expandPaths(settings.paths, settings.cwd, options)
    // Before a line of them is read: an error names what stands in the first one.
    if (rules !== undefined)
      await refuseKeyFiles(
        found.map(({ path }) => path),
        rules,
      )
    return found
  }
  const paths = await resolveFiles(settings, options)
  if (rules !== undefined) await refuseClosedFiles(paths, rules)
  // People know the files by their names below the folder.
  return expandPaths(paths, await realpath(settings.folder), options)
}
