import { accessOf } from '../../../sources/access.ts'
import { openSource } from '../../../sources/open-source.ts'
import type { OpenedSource } from '../../../sources/open-source.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'

/** Finds the source and its e-mail column, so that a wrong path or column is reported before anything else happens. */
export async function query(run: SyncRun): Promise<SyncOutputs['query']> {
  const { description } = await openRows(run)
  await run.log(`Reading ${description}`)
  return { source: description }
}

export async function openRows(
  run: Pick<SyncRun, 'inputs' | 'limits' | 'signal' | 'services'>,
): Promise<OpenedSource> {
  const { store, isPersonal, sourceRules: rules } = run.services
  const { limits, signal } = run
  const { from, query: sql, emailColumn, cwd } = run.inputs
  const access = accessOf({ own: store.own, rules, isPersonal })
  return openSource({ from, query: sql, emailColumn, cwd, limits, signal, access })
}
