import { allLists, changeSetOfWorkflow, confirmedChanges, listBatches } from '../ledger/ledger.ts'
import type { LedgerList } from '../ledger/ledger.ts'
import type { WorkflowState } from '../store/schema.ts'
import { listRunLog, listTasks } from '../workflow/workflow-store.ts'
import { findWorkflow, noticeInterrupted, offeredActions } from './resolve.ts'
import { readResult, secondsBetween } from './result.ts'
import type { SyncResult } from './result.ts'
import type { Services } from './run.ts'

/** Reading what ran: lists of workflows, one in full, and the state of every list. */

export interface RunSummary {
  readonly workflow: string
  readonly list: string
  readonly adAccount: string
  readonly state: WorkflowState
  readonly error: string | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly seconds: number
  readonly members: number | null
  readonly added: number | null
  readonly removed: number | null
}

interface CompareOutput {
  readonly members: number
}

/** The latest workflows, newest first. */
export async function listRuns(
  services: Services,
  options: { limit: number; list: string | null; listId?: string },
): Promise<RunSummary[]> {
  await noticeInterrupted(services)
  let query = services.store.db
    .selectFrom('workflow')
    .innerJoin('customer_list', 'customer_list.id', 'workflow.list_id')
    .leftJoin('task', (join) =>
      join.onRef('task.workflow_id', '=', 'workflow.id').on('task.name', '=', 'compare'),
    )
    .select(['workflow.id', 'workflow.state', 'workflow.error', 'workflow.started_at', 'workflow.ended_at'])
    .select(['customer_list.name', 'customer_list.ad_account_id', 'task.output'])
  if (options.list !== null) query = query.where('customer_list.name', '=', options.list)
  if (options.listId !== undefined) query = query.where('customer_list.id', '=', options.listId)
  const rows = await query.orderBy('workflow.number', 'desc').limit(options.limit).execute()
  return Promise.all(rows.map(async (row) => summaryOf(services, row)))
}

interface SummaryRow {
  readonly id: string
  readonly name: string
  readonly ad_account_id: string
  readonly state: WorkflowState
  readonly error: { readonly code: string } | null
  readonly started_at: Date
  readonly ended_at: Date | null
  readonly output: Record<string, unknown> | null
}

async function summaryOf(services: Services, row: SummaryRow): Promise<RunSummary> {
  const compared = row.output as CompareOutput | null
  const changes = compared === null ? null : await confirmedChanges(services.store.db, row.id)
  return {
    workflow: row.id,
    list: row.name,
    adAccount: row.ad_account_id,
    state: row.state,
    error: row.error?.code ?? null,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    seconds: secondsBetween(row.started_at, row.ended_at),
    members: compared?.members ?? null,
    added: changes?.added ?? null,
    removed: changes?.removed ?? null,
  }
}

export interface Receipt {
  readonly batch: number
  readonly operation: 'add' | 'remove'
  readonly members: number
  readonly state: string
  readonly sentAt: string | null
  readonly answeredAt: string | null
  readonly status: number | null
  readonly requestId: string | null
  readonly attempts: number
}

export interface RunDetail extends SyncResult {
  readonly tasks: readonly {
    readonly task: string
    readonly state: string
    readonly attempts: number
    readonly seconds: number
    readonly error: string | null
  }[]
  readonly log: readonly {
    readonly at: string
    readonly level: string
    readonly task: string | null
    readonly text: string
  }[]
  readonly receipts: readonly Receipt[]
  readonly actions: readonly string[]
}

/** Everything that is kept of one workflow. */
export async function readRun(services: Services, id: string): Promise<RunDetail> {
  const { db } = services.store
  const workflow = await findWorkflow(services, id)
  const result = await readResult(services, id, { reads: 0, writes: 0, retries: 0, throttled: 0 })
  const tasks = await listTasks(db, id)
  const changeSet = await changeSetOfWorkflow(db, id)
  const batches = changeSet === undefined ? [] : await listBatches(db, changeSet.id)
  return {
    ...result,
    tasks: tasks.map((task) => ({
      task: task.name,
      state: task.state,
      attempts: task.attempts,
      seconds: secondsBetween(task.started_at, task.ended_at),
      error: task.error?.code ?? null,
    })),
    log: (await listRunLog(db, id)).map(({ at, level, task, text }) => ({
      at: at.toISOString(),
      level,
      task,
      text,
    })),
    receipts: batches.map((batch) => ({
      batch: batch.number,
      operation: batch.operation,
      members: batch.count,
      state: batch.state,
      sentAt: batch.sent_at?.toISOString() ?? null,
      answeredAt: batch.answered_at?.toISOString() ?? null,
      status: batch.status,
      requestId: batch.request_id,
      attempts: batch.attempts,
    })),
    actions: offeredActions(workflow),
  }
}

export interface ListStatus {
  readonly list: string
  readonly adAccount: string
  readonly id: string | null
  readonly audience: string | null
  /** Members that Pinterest confirmed. */
  readonly told: number
  /** Members in batches whose answer was lost; the next run settles them. */
  readonly unsure: number
  readonly lastRun: RunSummary | null
}

/** Every list in the ledger with its newest workflow. */
export async function readStatus(services: Services): Promise<ListStatus[]> {
  const lists = await allLists(services.store.db)
  return Promise.all(lists.map(async (list) => statusOf(services, list)))
}

async function statusOf(services: Services, list: LedgerList): Promise<ListStatus> {
  const [lastRun] = await listRuns(services, { limit: 1, list: null, listId: list.id })
  return {
    list: list.name,
    adAccount: list.ad_account_id,
    id: list.pinterest_list_id,
    audience: list.audience_id,
    told: list.told_count,
    unsure: list.unsure_count,
    lastRun: lastRun ?? null,
  }
}
