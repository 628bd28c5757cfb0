import type { ListCounts } from '../destinations/customer-list/list-counts.ts'
import { adAccountOf } from '../destinations/customer-list/shown-lists.ts'
import { localPrincipal } from '../access/permissions.ts'
import type { Db } from '../workspace/tenant.ts'
import { listStandings } from './lists.ts'
import type { ListState } from './lists.ts'
import { listWorkflows } from './workflows.ts'
import type { ShownState, WorkflowSummary } from './workflows.ts'

/** What the command line prints of workflows and lists: what the API reads of them, in its own words. */

export interface RunSummary {
  readonly workflow: string
  readonly list: string
  readonly adAccount: string
  readonly state: ShownState
  readonly error: string | null
  /** When what it waits for is tried again by itself. */
  readonly nextTryAt: string | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly seconds: number
  readonly members: number | null
  readonly added: number | null
  readonly removed: number | null
  /** What it did, in the words of its kind; null before there is anything to say. */
  readonly summary: string | null
  /** Those that no person has accepted. */
  readonly warnings: number
}

/** The latest workflows, newest first. `list`: only those of the list with this name. */
export async function listRuns(
  db: Db,
  { limit, list }: { readonly limit: number; readonly list: string | null },
): Promise<RunSummary[]> {
  const filter = list === null ? {} : { target: list }
  const { items } = await listWorkflows(db, localPrincipal, filter, { limit, cursor: null })
  return items.map(runOf)
}

function runOf(summary: WorkflowSummary): RunSummary {
  const { id, name, target, state, error, nextTryAt, startedAt, endedAt, seconds } = summary
  const { members, added, removed, warnings } = summary
  return {
    workflow: id,
    list: target?.name ?? (name === id ? '' : name),
    adAccount: adAccountOf(summary),
    state,
    error: error?.code ?? null,
    nextTryAt,
    startedAt,
    endedAt,
    seconds,
    members,
    added,
    removed,
    summary: summary.summary,
    warnings,
  }
}

export interface ListStatus extends ListCounts {
  readonly list: string
  readonly adAccount: string
  readonly id: string | null
  readonly audience: string | null
  readonly state: ListState
  /** Others did something to it that no person has accepted. */
  readonly changedElsewhere: boolean
  readonly lastRun: RunSummary | null
}

/** Every list in the ledger with its newest workflow that may send. */
export async function readStatus(db: Db): Promise<ListStatus[]> {
  const standings = await listStandings(db, localPrincipal)
  return standings.map(({ list, state, isChangedElsewhere, counts, lastWorkflow }) => ({
    list: list.name,
    adAccount: list.ad_account_id,
    id: list.pinterest_list_id,
    audience: list.audience_id,
    state,
    changedElsewhere: isChangedElsewhere,
    told: counts.told,
    unsure: counts.unsure,
    lastRun: lastWorkflow === null ? null : runOf(lastWorkflow),
  }))
}
