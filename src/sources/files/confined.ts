import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { invalid } from '../../base/rollcall-error.ts'
import { expandPaths } from './expand-paths.ts'
import type { ExpandOptions } from './expand-paths.ts'
import { sourceNotFound, systemCodeOf } from '../formats/errors.ts'

/** A data source of files. */
export type FolderFiles = {
  /** Absolute path of the folder that nothing outside of is read. */
  readonly folder: string
  /** Names and patterns below it. */
  readonly files: readonly string[]
}

/**
 * The files of a data source, where they really lie, sorted and none twice. What lies outside of the folder is refused, also
 * when a link or a pattern leads there: no one gets fewer rows without being told.
 *
 * Throws `request_invalid` for settings that name something outside or nothing at all, `source_not_found` for what is not there.
 */
export async function resolveFiles(settings: FolderFiles, options: ExpandOptions): Promise<string[]> {
  const { folder, files } = settings
  const { signal } = options
  checkSettings(settings)
  const root = await realpath(folder).catch((error: unknown) => {
    throw sourceNotFound(
      `the folder "${folder}" cannot be reached (${systemCodeOf(error) ?? 'unknown reason'}).`,
    )
  })
  signal.throwIfAborted()
  const found = await expandPaths(files, root, options)
  const paths = new Set<string>()
  for (const { path, name } of found) {
    signal.throwIfAborted()
    const real = await realpath(path).catch((error: unknown) => {
      throw sourceNotFound(`"${name}" cannot be reached (${systemCodeOf(error) ?? 'unknown reason'}).`)
    })
    if (!isBelow(root, real))
      throw sourceNotFound(
        `"${name}" leads outside the folder of the data source, so Rollcall does not read it.`,
      )
    paths.add(real)
  }
  return [...paths].toSorted()
}

function checkSettings({ folder, files }: FolderFiles): void {
  if (!isAbsolute(folder) || folder.includes('\0'))
    throw invalid('the folder of the data source must be an absolute path.')
  if (files.length === 0) throw invalid('the data source has no file names.')
  for (const file of files) checkPattern(file)
}

/** For a clear message at once; what counts is where the files found really lie. */
function checkPattern(file: string): void {
  if (file.trim() === '') throw invalid('a file name of the data source is empty.')
  if (file.includes('\0')) throw invalid('a file name of the data source holds a NUL byte.')
  if (isAbsolute(file) || /^(?:[a-z]:)?\\|^[a-z][a-z0-9+.-]*:\/\//i.test(file))
    throw invalid(
      `"${file}" must be a name or pattern inside the folder of the data source, such as "customers-*.csv".`,
    )
  if (file.split(/[/\\]/).includes('..'))
    throw invalid(`"${file}" leads outside the folder of the data source: ".." is not allowed.`)
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
