import { listCounts } from './list-counts.ts'
import type { WorkspaceDb as Db } from '../../store/workspace.ts'

/** What orchestrations and workflows show of the customer lists that they write to, in the words of the API: null for no list. */

export interface OrchestrationList {
  readonly destination: {
    readonly id: string
    readonly name: string
    readonly kind: string
    readonly adAccountId: string | null
  }
  readonly list: {
    readonly name: string
    /** Pinterest's id, once there is a list. */
    readonly id: string | null
    readonly members: number
  } | null
  /** The list's id in the ledger. */
  readonly listId: string | null
}

interface OrchestrationRow {
  readonly destination_id: string
  readonly destination_name: string
  readonly destination_kind: string
  readonly list_id: string | null
  readonly list_name: string | null
  readonly ad_account_id: string | null
  readonly pinterest_list_id: string | null
  readonly told_count: number | null
  readonly unsure_count: number | null
}

/** With the members of their lists as every other page has them. */
export async function orchestrationLists(
  db: Db,
  rows: readonly OrchestrationRow[],
): Promise<OrchestrationList[]> {
  const held = rows.flatMap(({ list_id: id, told_count: told, unsure_count: unsure }) =>
    id === null ? [] : [{ id, told_count: told ?? 0, unsure_count: unsure ?? 0 }],
  )
  const counts = await listCounts(db, held)
  const members = new Map(held.map(({ id }, index) => [id, counts[index]?.told ?? 0]))
  return rows.map((row) => ({
    destination: {
      id: row.destination_id,
      name: row.destination_name,
      kind: row.destination_kind,
      adAccountId: row.ad_account_id,
    },
    list:
      row.list_id === null || row.list_name === null
        ? null
        : { name: row.list_name, id: row.pinterest_list_id, members: members.get(row.list_id) ?? 0 },
    listId: row.list_id,
  }))
}

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
