import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { Principal } from '../access/permissions.ts'
import { newestFirst } from '../store/newest-first.ts'
import { cursorNumber, holds, pageOf } from '../store/pages.ts'
import type { PageOf } from '../store/pages.ts'
import { RollcallError, reportOf } from '../base/rollcall-error.ts'
import type { ErrorReport } from '../base/rollcall-error.ts'
import type { WorkflowTable } from '../store/schema.ts'
import type { StartedBy, StoredProblem, StoredWarning, WorkflowState } from '../base/workflow-states.ts'
import { kindSummaries, sampleKinds, shownKind } from '../workflow/kind.ts'
import type { KindSummary } from '../workflow/kind.ts'
import { seenProblem } from '../workflow/seen-problem.ts'
import type { SeenKinds } from '../workflow/seen-problem.ts'
import { endOf, openWarnings, workflowSeconds } from '../workflow/workflow-store.ts'
import { onlyLooks } from '../workflow/only-looks.ts'
import { nextTryAt } from '../workflow/tasks.ts'
import { orHidden } from '../workspace/destinations.ts'
import { workflowList } from './workflow-lists.ts'
import type { WorkflowList } from './workflow-lists.ts'
import { seenKinds, seesWorkflow } from '../workspace/seen-workflows.ts'
import type { Db } from '../workspace/tenant.ts'

/** The run history: which workflows a person sees, and what a list shows of each. */

export type WorkflowRow = Selectable<WorkflowTable>

/** As people see it: a workflow that was asked to stop and has not yet is stopping. */
export type ShownState = WorkflowState | 'stopping'

export interface WorkflowSummary extends WorkflowList {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** It sends some members only. */
  readonly sample: boolean
  readonly state: ShownState
  /** The workflow that it is a part of. */
  readonly parent: string | null
  /** What it brings in step, such as a customer list; null for nothing by a name. */
  readonly target: { readonly id: string; readonly name: string } | null
  readonly orchestrationId: string | null
  readonly startedBy: StartedBy
  readonly startedAt: string
  readonly endedAt: string | null
  readonly seconds: number
  /** In the query, or in the sample of it. */
  readonly members: number | null
  /** In the query of a sample; null for all others. */
  readonly inQuery: number | null
  readonly added: number | null
  readonly removed: number | null
  /** What it did, in the words of its kind; null before there is anything to say. */
  readonly summary: string | null
  readonly warnings: number
  /** It compares and has sent nothing: neither its wait nor its end says how the list stands. */
  readonly comparison: boolean
  /** When what it waits for is tried again by itself. */
  readonly nextTryAt: string | null
  readonly error: Pick<ErrorReport, 'code' | 'message'> | null
}

export interface WorkflowFilter {
  readonly state?: ShownState | undefined
  readonly kind?: string | undefined
  /** Those that send some members only, or the others. */
  readonly sample?: boolean | undefined
  readonly startedBy?: StartedBy['kind'] | undefined
  readonly orchestrationId?: string | undefined
  readonly destinationId?: string | undefined
  readonly queryId?: string | undefined
  /** What they bring in step, such as a list of the ledger. */
  readonly subject?: string | undefined
  readonly parent?: string | undefined
  /** The name of what they bring in step. */
  readonly target?: string | undefined
  readonly from?: Date | undefined
  /** Exclusive. */
  readonly to?: Date | undefined
  readonly search?: string | undefined
}

/** The workflows that this person may see, newest first; the cursor is the number of the last one. */
export async function listWorkflows(
  db: Db,
  principal: Principal,
  filter: WorkflowFilter,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<PageOf<WorkflowSummary>> {
  let query = summaryRows(db, principal)
  if (filter.state !== undefined) {
    const isStopping = filter.state === 'stopping'
    query = query.where('workflow.state', '=', isStopping ? 'running' : filter.state)
    if (filter.state === 'running' || isStopping)
      query = query.where('workflow.stop_requested', '=', isStopping)
  }
  if (filter.kind !== undefined) query = query.where('workflow.kind', '=', filter.kind)
  if (filter.sample !== undefined)
    query = query.where(sql<boolean>`(workflow.kind = any(${sampleKinds()})) = ${filter.sample}`)
  if (filter.startedBy !== undefined)
    query = query.where(sql<boolean>`workflow.started_by->>'kind' = ${filter.startedBy}`)
  if (filter.orchestrationId !== undefined)
    query = query.where('workflow.orchestration_id', '=', filter.orchestrationId)
  if (filter.destinationId !== undefined)
    query = query.where('workflow.destination_id', '=', filter.destinationId)
  if (filter.queryId !== undefined) query = query.where('workflow.query_id', '=', filter.queryId)
  if (filter.subject !== undefined) query = query.where('workflow.subject', '=', filter.subject)
  if (filter.parent !== undefined) query = query.where('workflow.parent', '=', filter.parent)
  if (filter.target !== undefined) query = query.where('target.name', '=', filter.target)
  if (filter.from !== undefined) query = query.where('workflow.started_at', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('workflow.started_at', '<', filter.to)
  const columns = ['workflow.id', 'workflow.name', 'workflow.state', 'target.name']
  const isOfOne = filter.orchestrationId !== undefined || filter.subject !== undefined
  const ordered = isOfOne ? query.orderBy(newestFirst('workflow')) : query.orderBy('workflow.number', 'desc')
  const rows = await ordered
    .where('workflow.number', '<', cursorNumber(page.cursor))
    .where(holds(filter.search, columns))
    .limit(page.limit + 1)
    .execute()
  const { items, nextCursor } = pageOf(rows, page.limit, 'number', (row) => row)
  return { items: await summariesOf(db, principal, items), nextCursor }
}

/** Those of these workflows that this person may see, by their ids. */
export async function workflowSummaries(
  db: Db,
  principal: Principal,
  ids: readonly string[],
): Promise<ReadonlyMap<string, WorkflowSummary>> {
  if (ids.length === 0) return new Map()
  const rows = await summaryRows(db, principal).where('workflow.id', 'in', ids).execute()
  return new Map((await summariesOf(db, principal, rows)).map((summary) => [summary.id, summary]))
}

function summaryRows(db: Db, principal: Principal) {
  return visible(db, principal)
    .select([
      'workflow.id',
      'workflow.number',
      'workflow.name',
      'workflow.kind',
      'workflow.state',
      'workflow.stop_requested',
      'workflow.orchestration_id',
      'workflow.parent',
      'workflow.started_by',
      'workflow.started_at',
      'workflow.ended_at',
      'workflow.waited_ms',
      'workflow.error',
      'workflow.warnings',
      'target.id as target_id',
      'target.name as target_name',
      'customer_list.id as list_id',
      'customer_list.name as list_name',
      'customer_list.ad_account_id',
    ])
    .select([nextTryAt.as('next_try_at'), onlyLooks('workflow').as('only_looks')])
}

async function summariesOf(
  db: Db,
  principal: Principal,
  rows: readonly SummaryRow[],
): Promise<WorkflowSummary[]> {
  const told = await kindSummaries(db, rows)
  return rows.map((row) => summaryOf(row, told.get(row.id), seenKinds(principal)))
}

/** Error: `workflow_not_found`, also for one that this person may not see. */
export async function workflowRow(db: Db, principal: Principal, id: string): Promise<WorkflowRow> {
  const row = await visible(db, principal)
    .selectAll('workflow')
    .where('workflow.id', '=', id)
    .executeTakeFirst()
  if (row === undefined)
    throw new RollcallError('workflow_not_found', { workflow: `${id}${orHidden(principal)}` })
  return row
}

function visible(db: Db, principal: Principal) {
  return db
    .selectFrom('workflow')
    .leftJoin('target', 'target.id', 'workflow.subject')
    .leftJoin('customer_list', 'customer_list.id', 'target.id')
    .leftJoin('destination', 'destination.id', 'workflow.destination_id')
    .where(seesWorkflow(principal, 'workflow'))
}

interface SummaryRow {
  readonly id: string
  readonly name: string | null
  readonly kind: string
  readonly state: WorkflowState
  readonly stop_requested: boolean
  readonly orchestration_id: string | null
  readonly target_id: string | null
  readonly target_name: string | null
  readonly list_id: string | null
  readonly parent: string | null
  readonly started_by: StartedBy
  readonly started_at: Date
  readonly ended_at: Date | null
  readonly waited_ms: number
  readonly error: StoredProblem | null
  readonly warnings: readonly StoredWarning[]
  readonly list_name: string | null
  readonly ad_account_id: string | null
  readonly next_try_at: Date | null
  readonly only_looks: boolean
}

function summaryOf(row: SummaryRow, told: KindSummary | undefined, kinds: SeenKinds): WorkflowSummary {
  const { members: held = null, compared: members = held, inQuery = null } = told?.counts ?? {}
  const { added = null, removed = null } = told?.counts ?? {}
  return {
    id: row.id,
    name: row.name ?? row.target_name ?? row.id,
    kind: row.kind,
    sample: shownKind(row).isSample === true,
    state: shownState(row),
    ...workflowList(row),
    parent: row.parent,
    target: targetOf(row),
    orchestrationId: row.orchestration_id,
    startedBy: row.started_by,
    startedAt: row.started_at.toISOString(),
    endedAt: endOf(row),
    seconds: workflowSeconds(row),
    members,
    inQuery,
    added,
    removed,
    summary: told?.text ?? null,
    warnings: openWarnings(row).length,
    comparison: row.only_looks,
    nextTryAt: row.stop_requested ? null : (row.next_try_at?.toISOString() ?? null),
    error: row.error === null ? null : briefly(seenProblem(row.error, kinds)),
  }
}

function targetOf({ target_id: id, target_name: name }: SummaryRow): WorkflowSummary['target'] {
  return id === null || name === null ? null : { id, name }
}

function briefly(problem: StoredProblem): Pick<ErrorReport, 'code' | 'message'> {
  const { code, message } = reportOf(problem.code, problem.data)
  return { code, message }
}

export function shownState(row: Pick<WorkflowRow, 'state' | 'stop_requested'>): ShownState {
  return row.state === 'running' && row.stop_requested ? 'stopping' : row.state
}
