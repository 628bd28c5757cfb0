import { may } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { differenceOf } from '../destinations/customer-list/reading/difference.ts'
import type { Difference } from '../destinations/customer-list/reading/difference.ts'
import { knownOf } from '../destinations/customer-list/reading/known.ts'
import type { Known } from '../destinations/customer-list/reading/known.ts'
import { CUSTOMER_LIST } from '../destinations/customer-list/kinds.ts'
import { readResult } from '../destinations/customer-list/reading/result.ts'
import type { SyncResult } from '../destinations/customer-list/reading/result.ts'
import { openInputs } from '../destinations/customer-list/inputs/stored-inputs.ts'
import { shownKind } from '../workflow/kind.ts'
import { ONLY_LOOKS } from '../workflow/only-looks.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import type { Task } from '../workflow/tasks.ts'
import { seenThing } from '../workspace/seen.ts'
import type { Tenant } from '../workspace/tenant.ts'

/** What the page of a workflow shows of the customer list that it brings in step, in the words of the API. */

/** What there is to tell of a workflow that brings a customer list in step. */
export interface ListPart extends Pick<SyncResult, 'audience' | 'rows' | 'invalidByReason' | 'changes'> {
  /** Its id is Pinterest's; null for a workflow of something else, or of nothing. */
  readonly list: { readonly id: string | null; readonly name: string; readonly adAccountId: string } | null
  /** The list's id in the ledger. */
  readonly listId: string | null
  /** Which of its numbers are known by now; before that they are zero. */
  readonly known: Known
  /** Waits, or waited, for a person before anything was sent. */
  readonly review: boolean
  readonly difference: Difference | null
  readonly inputs: Record<string, unknown>
}

/** Without a list for a workflow of another kind. */
export async function listPart(
  tenant: Tenant,
  principal: Principal,
  row: Workflow,
  tasks: readonly Task[],
): Promise<ListPart> {
  const kind = shownKind(row)
  if (kind.subject?.type !== CUSTOMER_LIST) return noList(row)
  const { list, audience, rows, invalidByReason, changes } = await readResult(tenant, row.id)
  const { inputs } = noList(row)
  const given = openInputs(row.inputs, tenant.sealer, row.id)
  return {
    list: { id: list.id, name: list.name, adAccountId: String(inputs['adAccountId']) },
    listId: row.subject,
    audience,
    rows,
    invalidByReason,
    changes,
    known: knownOf(tasks),
    review: given.review,
    difference: differenceOf(
      tasks,
      { ...tenant.limits, ...given.limits },
      {
        hasAudience: audience !== null && !audience.created,
        isSample: kind.isSample === true,
        mayViewPii: may(principal, 'pii:view'),
      },
    ),
    // Where rows are read, such as a host or a folder, is for those who may see data sources.
    inputs: { ...inputs, from: seenThing(principal, 'data_source', inputs['from']) ?? [] },
  }
}

/** The same of a workflow that has no list. */
function noList(row: Workflow): ListPart {
  const { sealed: _, [ONLY_LOOKS]: __, ...inputs } = row.inputs
  return {
    list: null,
    listId: null,
    audience: null,
    rows: { received: 0, invalid: 0, duplicates: 0, members: 0 },
    invalidByReason: {},
    changes: { added: 0, removed: 0, unchanged: 0 },
    known: knownOf([]),
    review: false,
    difference: null,
    inputs,
  }
}

/** What a list of workflows shows of it. */
export interface WorkflowList {
  /** Null for a workflow of something else, or of nothing. */
  readonly list: { readonly name: string; readonly adAccountId: string } | null
  /** The list's id in the ledger. */
  readonly listId: string | null
}

/** Empty for a workflow that has no list. */
export function adAccountOf({ list }: WorkflowList): string {
  return list?.adAccountId ?? ''
}

/** That of a workflow with its list joined. */
export function workflowList(row: {
  readonly list_id: string | null
  readonly list_name: string | null
  readonly ad_account_id: string | null
}): WorkflowList {
  const { list_id: listId, list_name: name, ad_account_id: adAccountId } = row
  return { list: name === null || adAccountId === null ? null : { name, adAccountId }, listId }
}
