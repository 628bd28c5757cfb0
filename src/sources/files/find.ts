import { realpath } from 'node:fs/promises'
import type { FoundFiles, Reading } from '../contract.ts'
import { resolveFiles } from './confined.ts'
import { expandPaths } from './expand-paths.ts'
import { refuseClosedFiles, refuseKeyFiles } from './rules.ts'
import type { FilesSettings } from './settings.ts'

/**
 * Where the files lie, looked up at every reading: a file that has come or gone is part of what is read. Those of a data source must lie
 * below its folder and where data sources may read; what a person types may be any file but those with keys. Error:
 * `source_not_found`.
 */
export async function findFiles({
  settings,
  access,
  ...options
}: Reading<FilesSettings>): Promise<FoundFiles> {
  const { rules } = access
  if ('paths' in settings) {
    const { paths, cwd } = settings
    // Before a line of them is read: an error names what stands in the first one.
    if (rules !== undefined) await refuseKeyFiles(await pathsOf(settings.paths, cwd, options), rules)
    return { from: paths, cwd }
  }
  const from = await resolveFiles(settings, options)
  if (rules !== undefined) await refuseClosedFiles(from, rules)
  // People know the files by their names below the folder.
  return { from, cwd: await realpath(settings.folder) }
}

async function pathsOf(...found: Parameters<typeof expandPaths>): Promise<string[]> {
  return (await expandPaths(...found)).map(({ path }) => path)
}
