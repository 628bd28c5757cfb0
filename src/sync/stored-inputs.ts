import type { Sealer } from '../access/seal.ts'
import { AddressProblem, isPostgresUrl, shownAddressOf, shownText } from '../base/postgres-address.ts'
import { mayHoldPassword } from '../sources/may-hold-password.ts'
import { plainInputs } from './inputs.ts'
import type { SyncInputs } from './inputs.ts'

/** Inputs that anyone may read. */
export interface ShownInputs {
  readonly from: readonly string[]
  readonly adAccountId: string
  readonly list: string
}

/**
 * Inputs as the workflow row keeps them: what anyone may read in clear, the whole sealed, since a source's address
 * may hold a password and a query may hold an e-mail address.
 */
export function storedInputs(
  inputs: SyncInputs,
  sealer: Sealer,
  workflowId: string,
): Record<string, unknown> {
  const shown: ShownInputs = {
    from: inputs.from.map(shownSource),
    adAccountId: inputs.adAccountId,
    list: inputs.list,
  }
  return { ...shown, sealed: sealer.seal(JSON.stringify(inputs), { table: 'workflow', id: workflowId }) }
}

export function openInputs(stored: Record<string, unknown>, sealer: Sealer, workflowId: string): SyncInputs {
  const text = sealer.open(String(stored['sealed']), { table: 'workflow', id: workflowId })
  // What was stored before an input existed did without it.
  return { ...plainInputs, ...(JSON.parse(text) as SyncInputs) }
}

/** A source without user, password and options: host and database are enough to know it. Of an address of an unknown kind nothing is shown. */
function shownSource(from: string): string {
  if (!isPostgresUrl(from)) return mayHoldPassword(from) ? '…' : from
  try {
    return `postgres://${shownText(shownAddressOf(from))}`
  } catch (error) {
    if (error instanceof AddressProblem) return 'postgres://…'
    throw error
  }
}
