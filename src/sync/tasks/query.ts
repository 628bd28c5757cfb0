import { realpath } from 'node:fs/promises'
import { resolveFiles } from '../../sources/files/confined.ts'
import { expandPaths } from '../../sources/files/expand-paths.ts'
import type { FoundFile } from '../../sources/files/expand-paths.ts'
import { isPostgresUrl } from '../../base/postgres-address.ts'
import { openSource } from '../../sources/open-source.ts'
import type { OpenedSource } from '../../sources/open-source.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { mayName, refuseClosedFiles, refuseKeyFiles } from '../../sources/files/rules.ts'

/** Finds the source and its e-mail column, so that a wrong path or column is told before anything else happens. */
export async function query(run: SyncRun): Promise<SyncOutputs['query']> {
  const { description } = await openRows(run)
  await run.log(`Reading ${description}`)
  return { source: description }
}

export async function openRows(
  run: Pick<SyncRun, 'inputs' | 'limits' | 'signal' | 'services'>,
): Promise<OpenedSource> {
  const { store, isPersonal, sourceRules } = run.services
  const mayRead = isPersonal ? null : (file: string) => mayName(file, sourceRules)
  const access = { own: store.own, environment: isPersonal, mayRead }
  const { folder, query: sql, emailColumn, cwd } = run.inputs
  const options = { query: sql, emailColumn, limits: run.limits, signal: run.signal, access }
  if (folder === null) {
    const { from } = run.inputs
    // Before a line of them is read: an error names what stands in the first one.
    if (!from.some(isPostgresUrl))
      await refuseKeyFiles(pathsOf(await expandPaths(from, cwd, run)), sourceRules)
    return openSource({ ...options, from, cwd })
  }
  // Looked up at every reading: a file that has come or gone is part of what is read.
  const from = await resolveFiles(
    { folder, files: run.inputs.from },
    { limits: run.limits, signal: run.signal },
  )
  await refuseClosedFiles(from, sourceRules)
  // People know the files by their names below the folder.
  return openSource({ ...options, from, cwd: await realpath(folder) })
}

function pathsOf(files: readonly FoundFile[]): string[] {
  return files.map(({ path }) => path)
}
