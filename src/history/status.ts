import type { ListCounts } from '../destinations/customer-list/reading/list-counts.ts'
import { CUSTOMER_LIST } from '../destinations/customer-list/kinds.ts'
import { readResult } from '../destinations/customer-list/reading/result.ts'
import type { SyncResult } from '../destinations/customer-list/reading/result.ts'
import { readReceipts } from '../ledger/receipts.ts'
import type { Receipt } from '../ledger/receipts.ts'
import { adAccountOf } from './workflow-lists.ts'
import { localPrincipal } from '../access/permissions.ts'
import { openActions } from '../workflow/actions.ts'
import { shownKind } from '../workflow/kind.ts'
import type { Fact } from '../workflow/kind.ts'
import { readOutcome, readRunLog, secondsBetween } from '../workflow/shown-run.ts'
import type { LogLine, RunOutcome } from '../workflow/shown-run.ts'
import type { Workflow } from '../workflow/workflow-store.ts'
import { listTasks, shownTaskState } from '../workflow/tasks.ts'
import type { Db } from '../workspace/tenant.ts'
import { listStandings } from './lists.ts'
import type { ListState } from './lists.ts'
import { listWorkflows, shownState, workflowRow } from './workflows.ts'
import type { ShownState, WorkflowSummary } from './workflows.ts'

/** What the command line prints of workflows and lists: what the API reads of them, in its own words. */

export interface RunSummary extends Pick<
  WorkflowSummary,
  | 'state'
  | 'nextTryAt'
  | 'startedAt'
  | 'endedAt'
  | 'seconds'
  | 'members'
  | 'inQuery'
  | 'added'
  | 'removed'
  | 'summary'
  | 'warnings'
> {
  readonly workflow: string
  readonly list: string
  readonly adAccount: string
  readonly error: string | null
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
  const { members, inQuery, added, removed, warnings } = summary
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
    inQuery,
    added,
    removed,
    summary: summary.summary,
    warnings,
  }
}

/** What a workflow that brings no customer list in step did, in the words of its kind. */
export interface KindResult extends RunOutcome {
  readonly name: string
  readonly list: null
  /** Null before there is anything to say. */
  readonly summary: string | null
  /** The same by what it counted. */
  readonly facts: readonly Fact[]
}

/** What a workflow of any kind did. */
export type RunResult = SyncResult | KindResult

/** What a workflow did, from what is stored of it. */
export async function readRunResult(
  services: Parameters<typeof readResult>[0],
  db: Db,
  workflow: Workflow,
): Promise<RunResult> {
  const kind = shownKind(workflow)
  if (kind.subject?.type === CUSTOMER_LIST) return readResult(services, workflow.id)
  const { id, name } = workflow
  const did = (await kind.summaries?.(db, [id]))?.get(id)
  return {
    ...(await readOutcome(db, workflow, await listTasks(db, id))),
    name: name ?? id,
    list: null,
    summary: did?.text ?? null,
    facts: did === undefined ? [] : (kind.facts?.(did.counts) ?? []),
  }
}

export type RunDetail = (Omit<SyncResult, 'state'> | Omit<KindResult, 'state'>) & RunPage

interface RunPage {
  readonly state: ShownState
  readonly tasks: readonly {
    readonly task: string
    readonly state: string
    readonly attempts: number
    readonly seconds: number
    readonly error: string | null
  }[]
  readonly log: readonly LogLine[]
  readonly receipts: readonly Receipt[]
  readonly actions: readonly string[]
}

/** Everything that is kept of one workflow. Error: `workflow_not_found`. */
export async function readRun(
  services: Parameters<typeof readResult>[0],
  db: Db,
  id: string,
): Promise<RunDetail> {
  const workflow = await workflowRow(db, localPrincipal, id)
  const tasks = await listTasks(db, id)
  return {
    ...(await readRunResult(services, db, workflow)),
    state: shownState(workflow),
    tasks: tasks.map((task) => ({
      task: task.name,
      state: shownTaskState(task, workflow),
      attempts: task.attempts,
      seconds: secondsBetween(task.started_at, task.ended_at),
      error: task.error?.code ?? null,
    })),
    log: await readRunLog(db, id),
    receipts: await readReceipts(db, id),
    actions: await openActions(db, workflow),
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
