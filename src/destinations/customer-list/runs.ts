import { sql } from 'kysely'
import { listBatches } from '../../ledger/attempts.ts'
import { changeSetOfWorkflow } from '../../ledger/ledger.ts'
import { allLists } from '../../ledger/lists.ts'
import type { LedgerList } from '../../ledger/lists.ts'
import { newestFirst } from '../../store/newest-first.ts'
import type { WorkflowState } from '../../base/workflow-states.ts'
import { endOf, listRunLog, openWarnings, workflowSeconds } from '../../workflow/workflow-store.ts'
import { listTasks, nextTryAt, shownTaskState } from '../../workflow/tasks.ts'
import { unaccepted } from './counters.ts'
import { listCounts } from './list-counts.ts'
import type { ListCounts } from './list-counts.ts'
import { kindSummaries } from '../../workflow/kind.ts'
import type { KindSummary } from '../../workflow/kind.ts'
import { noticeInterrupted } from '../../workflow/subject-lock.ts'
import { onlyLooks } from '../../workflow/only-looks.ts'
import { findWorkflow, offeredActions } from '../../workflow/actions.ts'
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

type Db = Services['store']['db']

/** The latest workflows, newest first. */
export async function listRuns(
  services: Services,
  options: { limit: number; list: string | null },
): Promise<RunSummary[]> {
  await noticeInterrupted(services)
  const { db } = services.store
  let query = runs(db).orderBy('workflow.number', 'desc').limit(options.limit)
  if (options.list !== null) query = query.where('customer_list.name', '=', options.list)
  const rows = await query.execute()
  return summariesOf(db, rows)
}

function runs(db: Db) {
  return db
    .selectFrom('workflow')
    .leftJoin('customer_list', 'customer_list.id', 'workflow.subject')
    .select([
      'workflow.id',
      'workflow.kind',
      'workflow.name as own_name',
      'workflow.state',
      'workflow.error',
      'workflow.warnings',
      nextTryAt.as('next_try_at'),
    ])
    .select(['workflow.started_at', 'workflow.ended_at', 'workflow.waited_ms'])
    .select(['customer_list.id as list_id', 'customer_list.name', 'customer_list.ad_account_id'])
}

type RunRow = Awaited<ReturnType<ReturnType<typeof runs>['executeTakeFirstOrThrow']>>

async function summariesOf(db: Db, rows: readonly RunRow[]): Promise<RunSummary[]> {
  const told = await kindSummaries(db, rows)
  return rows.map((row) => summaryOf(row, told.get(row.id)))
}

function summaryOf(row: RunRow, told: KindSummary | undefined): RunSummary {
  const { members = null, added = null, removed = null } = told?.counts ?? {}
  return {
    workflow: row.id,
    list: row.name ?? row.own_name ?? '',
    adAccount: row.ad_account_id ?? '',
    state: row.state,
    error: row.error?.code ?? null,
    nextTryAt: row.next_try_at?.toISOString() ?? null,
    startedAt: row.started_at.toISOString(),
    endedAt: endOf(row),
    seconds: workflowSeconds(row),
    members,
    added: members === null ? null : added,
    removed: members === null ? null : removed,
    summary: told?.text ?? null,
    warnings: openWarnings(row).length,
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

export interface LogLine {
  readonly at: string
  readonly level: string
  readonly task: string | null
  readonly text: string
}

export interface RunDetail extends SyncResult {
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

/** Everything that is kept of one workflow. */
export async function readRun(services: Services, id: string): Promise<RunDetail> {
  const { db } = services.store
  const workflow = await findWorkflow(services, id)
  const result = await readResult(services, id)
  const tasks = await listTasks(db, id)
  return {
    ...result,
    tasks: tasks.map((task) => ({
      task: task.name,
      state: shownTaskState(task, workflow),
      attempts: task.attempts,
      seconds: secondsBetween(task.started_at, task.ended_at),
      error: task.error?.code ?? null,
    })),
    log: await readRunLog(db, id),
    receipts: await readReceipts(db, id),
    actions: await offeredActions(db, workflow),
  }
}

export interface ListStatus extends ListCounts {
  readonly list: string
  readonly adAccount: string
  readonly id: string | null
  readonly audience: string | null
  /** Others did something to it that no person has accepted. */
  readonly changedElsewhere: boolean
  readonly lastRun: RunSummary | null
}

/** Every list in the ledger with its newest workflow that may send. */
export async function readStatus(services: Pick<Services, 'store'>): Promise<ListStatus[]> {
  await noticeInterrupted(services)
  const { db } = services.store
  const lists = await allLists(db)
  const counts = await listCounts(db, lists)
  const newest = await newestRuns(db)
  return lists.map((list, index) => statusOf(list, counts[index] as ListCounts, newest.get(list.id) ?? null))
}

/** The newest workflow of each list that may send, by the list's id. */
async function newestRuns(db: Db): Promise<Map<string, RunSummary>> {
  const rows = await runs(db)
    // One step in an index for each list, however long its history is.
    .where('workflow.id', '=', (eb) =>
      eb
        .selectFrom('workflow as newest')
        .select('newest.id')
        .whereRef('newest.subject', '=', 'customer_list.id')
        .where(sql<boolean>`not ${onlyLooks('newest')}`)
        .orderBy(newestFirst('newest'))
        .limit(1),
    )
    .execute()
  const summaries = await summariesOf(db, rows)
  return new Map(
    rows.flatMap(({ list_id: listId }, index) =>
      listId === null ? [] : [[listId, summaries[index] as RunSummary] as const],
    ),
  )
}

function statusOf(list: LedgerList, counts: ListCounts, lastRun: RunSummary | null): ListStatus {
  return {
    list: list.name,
    adAccount: list.ad_account_id,
    id: list.pinterest_list_id,
    audience: list.audience_id,
    changedElsewhere: unaccepted(list.changed_elsewhere) !== null,
    ...counts,
    lastRun,
  }
}

/** What was sent in a workflow, batch by batch, and what Pinterest answered. */
export async function readReceipts(db: Db, workflowId: string): Promise<Receipt[]> {
  const changeSet = await changeSetOfWorkflow(db, workflowId)
  const batches = changeSet === undefined ? [] : await listBatches(db, changeSet.id)
  return batches.map((batch) => ({
    batch: batch.number,
    operation: batch.operation,
    members: batch.count,
    state: batch.state,
    sentAt: batch.sent_at?.toISOString() ?? null,
    answeredAt: batch.answered_at?.toISOString() ?? null,
    status: batch.status,
    requestId: batch.request_id,
    attempts: batch.attempts,
  }))
}

/** What was said while a workflow ran, in order. */
export async function readRunLog(db: Db, workflowId: string): Promise<LogLine[]> {
  const log = await listRunLog(db, workflowId)
  return log.map(({ at, level, task, text }) => ({ at: at.toISOString(), level, task, text }))
}
