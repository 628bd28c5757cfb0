import { sql } from 'kysely'
import { allLists, changeSetOfWorkflow, confirmedChanges, listBatches } from '../ledger/ledger.ts'
import type { LedgerList } from '../ledger/ledger.ts'
import type { BatchState, WorkflowState } from '../store/schema.ts'
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
  const result = await readResult(services, id)
  const tasks = await listTasks(db, id)
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
    receipts: await readReceipts(db, id),
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
  const sent = await sentOfOpen(services.store.db)
  return Promise.all(lists.map(async (list) => statusOf(services, list, sent.get(list.id))))
}

interface Sent {
  /** Of the whole change set, sent or not. */
  readonly desired: number
  readonly adds: number
  readonly removes: number
  readonly addsConfirmed: number
  readonly addsUnanswered: number
  readonly removesConfirmed: number
  readonly removesUnanswered: number
}

const UNANSWERED: readonly BatchState[] = ['unanswered', 'sending']

/** Members in the batches of one operation that are in one of these states. */
function members(operation: 'add' | 'remove', states: readonly BatchState[]) {
  return sql<number>`coalesce(sum(batch.count) filter (where batch.operation = ${operation}
    and batch.state in (${sql.join(states)})), 0)::bigint`
}

/** What was sent of the change sets that are not done, by list. */
async function sentOfOpen(db: Services['store']['db']): Promise<Map<string, Sent>> {
  const rows = await db
    .selectFrom('change_set')
    .innerJoin('batch', 'batch.change_set_id', 'change_set.id')
    .select(['change_set.list_id', 'change_set.desired_count as desired'])
    .select(['change_set.adds', 'change_set.removes'])
    .select(members('add', ['confirmed']).as('addsConfirmed'))
    .select(members('add', UNANSWERED).as('addsUnanswered'))
    .select(members('remove', ['confirmed']).as('removesConfirmed'))
    .select(members('remove', UNANSWERED).as('removesUnanswered'))
    .where('change_set.state', '=', 'open')
    .groupBy('change_set.id')
    .execute()
  return new Map(rows.map(({ list_id: listId, ...sent }) => [listId, sent]))
}

/**
 * The list's members with its unfinished change set counted in, as folding it will find them. Which of those that an earlier run
 * left unsure were in a batch is in the hash sets only: of these it counts the share that is to be expected.
 */
function foldedCounts(
  { told_count: told, unsure_count: unsure }: LedgerList,
  sent: Sent | undefined,
): { told: number; unsure: number } {
  if (sent === undefined) return { told, unsure }
  const toldLeaving = told - (sent.desired - sent.adds)
  const unsureStaying = unsure - (sent.removes - toldLeaving)
  const leavingShare = sent.removes === 0 ? 1 : toldLeaving / sent.removes
  const stayingShare = sent.adds === 0 ? 0 : unsureStaying / sent.adds
  const { addsConfirmed, addsUnanswered, removesConfirmed, removesUnanswered } = sent
  const settled = addsConfirmed * stayingShare + removesConfirmed * (1 - leavingShare)
  const lost = addsUnanswered * (1 - stayingShare) + removesUnanswered * leavingShare
  return {
    told: Math.round(told + addsConfirmed - (removesConfirmed + removesUnanswered) * leavingShare),
    unsure: Math.round(unsure - settled + lost),
  }
}

async function statusOf(services: Services, list: LedgerList, sent: Sent | undefined): Promise<ListStatus> {
  const [lastRun] = await listRuns(services, { limit: 1, list: null, listId: list.id })
  return {
    list: list.name,
    adAccount: list.ad_account_id,
    id: list.pinterest_list_id,
    audience: list.audience_id,
    ...foldedCounts(list, sent),
    lastRun: lastRun ?? null,
  }
}

/** What was sent in a workflow, batch by batch, and what Pinterest answered. */
export async function readReceipts(db: Services['store']['db'], workflowId: string): Promise<Receipt[]> {
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
