import { sql } from 'kysely'
import type { Principal } from '../access/permissions.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { changedElsewhereWarning, sentByUs, unaccepted } from '../sync/counters.ts'
import { listCounts } from '../sync/list-counts.ts'
import type { ListCounts } from '../sync/list-counts.ts'
import { newestFirst } from '../store/newest-first.ts'
import { holds, pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import type { ListCounters } from '../store/schema.ts'
import type { Db } from './tenant.ts'
import { seesWorkflow, workflowSummaries } from './workflows.ts'
import type { WorkflowSummary } from './workflows.ts'

/** The customer lists of the ledger: how each stands, and its members over time. */

interface Ref {
  readonly id: string
  readonly name: string
}

export interface ListPoint {
  readonly at: string
  readonly members: number
  /** The run brought the list in step; otherwise it broke off, or goes on. */
  readonly inStep: boolean
}

export interface CustomerListView {
  readonly id: string
  readonly name: string
  readonly adAccount: Ref
  /** Pinterest's id, once there is a list. */
  readonly pinterestId: string | null
  readonly audienceId: string | null
  readonly members: number
  /** Members in requests whose answer was lost; the next run settles them. */
  readonly unsure: number
  /** Who keeps it in step; null for a sample's list, one of the command line, or one that was left. */
  readonly orchestration: (Ref & { readonly enabled: boolean; readonly nextRunAt: string | null }) | null
  readonly destination: Ref | null
  readonly lastWorkflow: WorkflowSummary | null
  /** Members as each of the last runs left them, oldest first; those of a run that is not done are as of now. */
  readonly history: readonly ListPoint[]
  /** What Pinterest should count of what we sent; null when that is not known. */
  readonly counters: ListCounters | null
  /** What others did to it that nobody has accepted, in words; null for nothing. */
  readonly changedElsewhere: string | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ListFilter {
  /** Only those whose newest workflow failed or waits for a person. */
  readonly needsPerson: boolean
}

const HISTORY_POINTS = 30

/** The lists that this person may see, by name. */
export async function listLists(
  db: Db,
  principal: Principal,
  filter: ListFilter,
  page: Page,
): Promise<PageOf<CustomerListView>> {
  let query = visible(db, principal)
  if (filter.needsPerson) query = query.where('newest.state', 'in', ['failed', 'waiting'])
  const rows = await query
    .where(holds(page.search, ['customer_list.id', 'customer_list.name', 'orchestration.name']))
    .where(page.cursor === null ? sql<boolean>`true` : sql<boolean>`${KEY} > ${page.cursor}`)
    .orderBy(KEY)
    .limit(page.limit + 1)
    .execute()
  const { items, nextCursor } = pageOf(rows, page.limit, 'key', (row) => row)
  return { items: await viewsOf(db, principal, items), nextCursor }
}

/** Error: `not_found`, also for one that this person may not see. */
export async function getListView(db: Db, principal: Principal, id: string): Promise<CustomerListView> {
  const [view] = await viewsOf(db, principal, [await listRow(db, principal, id)])
  return view as CustomerListView
}

/** The list with its owner and destination. Error: `not_found`, also for one that this person may not see. */
export async function listRow(db: Db, principal: Principal, id: string): Promise<Row> {
  const row = await visible(db, principal).where('customer_list.id', '=', id).executeTakeFirst()
  if (row === undefined) throw new RollcallError('not_found', { what: `list ${id}` })
  return row
}

/** Lists of several ad accounts may have one name. */
const KEY = sql<string>`customer_list.name || E'\n' || customer_list.ad_account_id`

/** Each list with its owner, its newest workflow and the destination of either, which decides who may see it. */
function visible(db: Db, principal: Principal) {
  return db
    .selectFrom('customer_list')
    .leftJoin('orchestration', 'orchestration.list_id', 'customer_list.id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('workflow')
          .select(['workflow.id', 'workflow.state', 'workflow.name', 'workflow.destination_id'])
          .whereRef('workflow.list_id', '=', 'customer_list.id')
          .orderBy(newestFirst('workflow'))
          .limit(1)
          .as('newest'),
      (join) => join.onTrue(),
    )
    .leftJoin('destination', (join) =>
      join.on(sql<boolean>`destination.id = coalesce(orchestration.destination_id, newest.destination_id)`),
    )
    .selectAll('customer_list')
    .select(['orchestration.id as orchestration_id', 'orchestration.name as orchestration_name'])
    .select(['orchestration.enabled', 'orchestration.next_run_at'])
    .select(['destination.id as destination_id', 'destination.name as destination_name'])
    .select(['destination.ad_account_name', 'destination.credential_id', 'newest.id as newest_id'])
    .select(KEY.as('key'))
    .where(seesWorkflow(principal, 'newest.name'))
}

type Row = Awaited<ReturnType<ReturnType<typeof visible>['executeTakeFirstOrThrow']>>

async function viewsOf(db: Db, principal: Principal, rows: readonly Row[]): Promise<CustomerListView[]> {
  const ids = rows.map(({ id }) => id)
  const newest = rows.flatMap(({ newest_id: id }) => (id === null ? [] : [id]))
  const counts = await listCounts(db, rows)
  const workflows = await workflowSummaries(db, principal, newest)
  const histories = await historiesOf(db, ids)
  const underWay = await lastAnswersOfOpen(db, ids)
  return rows.map((row, index) =>
    viewOf(row, {
      counts: counts[index] as ListCounts,
      lastWorkflow: workflows.get(row.newest_id ?? '') ?? null,
      history: withNow(histories.get(row.id) ?? [], underWay.get(row.id), counts[index] as ListCounts),
    }),
  )
}

function viewOf(
  row: Row,
  parts: Pick<CustomerListView, 'lastWorkflow' | 'history'> & { readonly counts: ListCounts },
): CustomerListView {
  const { orchestration_id: orchestrationId, orchestration_name: orchestrationName, enabled } = row
  const elsewhere = unaccepted(row.changed_elsewhere)
  return {
    id: row.id,
    name: row.name,
    adAccount: { id: row.ad_account_id, name: row.ad_account_name ?? '' },
    pinterestId: row.pinterest_list_id,
    audienceId: row.audience_id,
    members: parts.counts.told,
    unsure: parts.counts.unsure,
    orchestration:
      orchestrationId === null || orchestrationName === null
        ? null
        : {
            id: orchestrationId,
            name: orchestrationName,
            enabled: enabled === true,
            nextRunAt: row.next_run_at?.toISOString() ?? null,
          },
    destination:
      row.destination_id === null || row.destination_name === null
        ? null
        : { id: row.destination_id, name: row.destination_name },
    lastWorkflow: parts.lastWorkflow,
    history: parts.history,
    counters: sentByUs(row),
    changedElsewhere: elsewhere === null ? null : changedElsewhereWarning(row, elsewhere).message,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** Members as the last runs of each list left them, oldest first. */
async function historiesOf(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerListView['history']>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('customer_list')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('change_set')
          .select(['change_set.told_after', 'change_set.told_after_at'])
          .select(['change_set.state', 'change_set.number'])
          .whereRef('change_set.list_id', '=', 'customer_list.id')
          .where('change_set.told_after', 'is not', null)
          .orderBy(newestFirst('change_set'))
          .limit(HISTORY_POINTS)
          .as('ended'),
      (join) => join.onTrue(),
    )
    .select(['customer_list.id', 'ended.told_after', 'ended.told_after_at', 'ended.state'])
    .where('customer_list.id', 'in', ids)
    .orderBy('ended.number')
    .execute()
  const histories = new Map<string, ListPoint[]>()
  for (const { id, told_after: members, told_after_at: at, state } of rows) {
    const history = histories.get(id) ?? []
    if (at !== null && members !== null)
      history.push({ at: at.toISOString(), members, inStep: state === 'done' })
    histories.set(id, history)
  }
  return histories
}

/** When Pinterest confirmed something last of each list's change set that is not done: it waits, broke off or goes on. */
async function lastAnswersOfOpen(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Date>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('change_set')
    .innerJoin('batch', 'batch.change_set_id', 'change_set.id')
    .select(['change_set.list_id', sql<Date>`max(batch.answered_at)`.as('at')])
    .where('change_set.list_id', 'in', ids)
    .where('change_set.state', '=', 'open')
    .where('batch.state', '=', 'confirmed')
    .groupBy('change_set.list_id')
    .execute()
  return new Map(rows.map(({ list_id: id, at }) => [id, at]))
}

function withNow(
  history: CustomerListView['history'],
  at: Date | undefined,
  { told }: ListCounts,
): CustomerListView['history'] {
  if (at === undefined) return history
  return [...history, { at: at.toISOString(), members: told, inStep: false }].slice(-HISTORY_POINTS)
}
