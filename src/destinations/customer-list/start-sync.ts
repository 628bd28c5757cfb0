import { openList } from '../../ledger/lists.ts'
import { startHere } from '../../workflow/run-kind.ts'
import type { RunEnd, RunOptions } from '../../workflow/run-kind.ts'
import { checkRejects } from './inputs/check-rejects.ts'
import { checkInputs } from './inputs/inputs.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import { storedInputs } from './inputs/stored-inputs.ts'

/**
 * Brings a customer list in step with a query, as a new workflow in this process. First, whatever an earlier run left unfinished is
 * counted as told or unsure. Errors: `already_running`, with the id of the other workflow, which may still wait for a worker;
 * `wrong_usage` for inputs that can never work.
 */
export async function startSync(options: RunOptions & { inputs: SyncInputs }): Promise<RunEnd> {
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
