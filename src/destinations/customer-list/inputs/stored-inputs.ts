import type { Sealer } from '../../../access/seal.ts'
import { shownFrom } from '../../../sources/locate.ts'
import { ONLY_LOOKS } from '../../../workflow/only-looks.ts'
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
    from: shownFrom(inputs.from),
    adAccountId: inputs.adAccountId,
    list: inputs.list,
  }
  return {
    ...shown,
    // A difference that a person has sent is a run like any other.
    ...(inputs.review && inputs.approvedChangeSet === null ? { [ONLY_LOOKS]: true } : {}),
    sealed: sealer.seal(JSON.stringify(inputs), { table: 'workflow', id: workflowId }),
  }
}

export function openInputs(stored: Record<string, unknown>, sealer: Sealer, workflowId: string): SyncInputs {
  const text = sealer.open(String(stored['sealed']), { table: 'workflow', id: workflowId })
  const { folder, ...inputs } = JSON.parse(text) as SyncInputs & { readonly folder?: string | null }
  // What was stored before an input existed did without it, and files of a data source had their folder beside them.
  const from = folder == null ? inputs.from : { kind: 'files', settings: { folder, files: inputs.from } }
  return { ...plainInputs, ...inputs, from }
}
