import type { Kysely } from 'kysely'
import { openList, releaseList } from '../../ledger/lists.ts'
import type { Tables } from '../../store/schema.ts'
import { startHere } from '../../workflow/run-kind.ts'
import type { RunEnd, RunOptions } from '../../workflow/run-kind.ts'
import { checkRejects } from './check-rejects.ts'
import { checkInputs } from './inputs.ts'
import type { SyncInputs } from './inputs.ts'
import type { Services } from '../../workflow/services.ts'
import { storedInputs } from './stored-inputs.ts'

/**
 * Brings a customer list in step with a query, as a new workflow in this process. First, whatever an earlier run left unfinished is
 * counted as told or unsure. Errors: `already_running`, with the id of the other workflow, which may still wait for a worker;
 * `wrong_usage` for inputs that can never work.
 */
export async function startSync(options: RunOptions<Services> & { inputs: SyncInputs }): Promise<RunEnd> {
  const { services, inputs } = options
  checkInputs(inputs, services.limits)
  await checkRejects(services.engine, inputs, { limits: services.limits, signal: options.signal })
  const list = await openList(services.store.db, inputs.adAccountId, inputs.list)
  return startHere(options, {
    kind: 'sync',
    subject: list.id,
    inputs: (id) => storedInputs(inputs, services.sealer, id),
  })
}

/** Runs that leave the held list behind forget it, under the list's lock and before they begin. */
export async function letGo(
  db: Kysely<Tables>,
  listId: string,
  release: 'rebuild' | 'use_newer_list' | null,
): Promise<void> {
  const at = new Date().toISOString()
  if (release === 'rebuild') await releaseList(db, listId, { newestIdBefore: null, at })
  if (release === 'use_newer_list') await releaseList(db, listId, null)
}
