import { realpath } from 'node:fs/promises'
import { resolveFiles } from '../../source/files/confined.ts'
import { openSource } from '../../source/open-source.ts'
import type { OpenedSource } from '../../source/open-source.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { refuseSecretFiles } from '../secret-files.ts'

/** Finds the source and its e-mail column, so that a wrong path or column is told before anything else happens. */
export async function query(run: SyncRun): Promise<SyncOutputs['query']> {
  const { description } = await openRows(run)
  await run.log(`Reading ${description}`)
  return { source: description }
}

export async function openRows(
  run: Pick<SyncRun, 'inputs' | 'limits' | 'signal' | 'services'>,
): Promise<OpenedSource> {
  const { store, isPersonal } = run.services
  const access = { own: store.own, environment: isPersonal }
  const { folder, query: sql, emailColumn, cwd } = run.inputs
  const options = { query: sql, emailColumn, limits: run.limits, signal: run.signal, access }
  if (folder === null) return openSource({ ...options, from: run.inputs.from, cwd })
  // Looked up at every reading: a file that has come or gone is part of what is read.
  const from = await resolveFiles({ folder, files: run.inputs.from }, run.signal)
  await refuseSecretFiles(from, run.services.home)
  // People know the files by their names below the folder.
  return openSource({ ...options, from, cwd: await realpath(folder) })
}
