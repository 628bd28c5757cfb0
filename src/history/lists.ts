import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Principal } from '../access/permissions.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { lastConfirmedOfOpen } from '../ledger/confirmed.ts'
import {
  acceptedInWords,
  changedElsewhereWarning,
  sentByUs,
  unaccepted,
} from '../destinations/customer-list/list/counters.ts'
import { listCounts } from '../destinations/customer-list/reading/list-counts.ts'
import type { ListCounts } from '../destinations/customer-list/reading/list-counts.ts'
import { newestFirst } from '../store/newest-first.ts'
import { holds, pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import type { ForeignChanges, ListCounters } from '../base/list-states.ts'
import { sampleKinds } from '../workflow/kind.ts'
import { onlyLooks } from '../workflow/only-looks.ts'
import { orHidden } from '../workspace/destinations.ts'
import type { Db } from '../workspace/tenant.ts'
import { workflowSummaries } from './workflows.ts'
import { seesWorkflow } from '../workspace/seen-workflows.ts'
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

/** How a list stands, the worst first. */
export const listStates = [
  'failed',
  'waiting',
  'changed_elsewhere',
  'warnings',
  'stopped',
  'running',
  'never_run',
  'in_step',
  'sample',
  'left',
] as const

export type ListState = (typeof listStates)[number]

/** Those in which a list waits for what a person decides. */
const needingPerson = ['failed', 'waiting', 'changed_elsewhere'] as const satisfies readonly ListState[]

export interface CustomerListView {
  readonly id: string
  readonly state: ListState
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
  /** What others did to it that no one has accepted, in words; null for nothing. */
  readonly changedElsewhere: string | null
  /** What others did to it that a person accepted, in words, with who did and when as far as that was kept; null for nothing. */
  readonly acceptedElsewhere: {
    readonly changes: string
    readonly by: string | null
    readonly at: string | null
  } | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ListFilter {
  /** Only those that wait for what a person decides. */
  readonly needsPerson: boolean
  /** Only those that are kept in step, or were: without the lists of samples. */
  readonly kept: boolean
}

const HISTORY_POINTS = 30

/** The lists that this person may see, by name, or the worst first and those that stand alike by name. */
export async function listLists(
  db: Db,
  principal: Principal,
  filter: ListFilter,
  page: Page & { readonly order: 'name' | 'state' },
): Promise<PageOf<CustomerListView> & { readonly hidden: number }> {
  const key = page.order === 'name' ? KEY : sql<string>`(${rank()})::text || ${KEY}`
  let query = visible(db, principal).select(key.as('key'))
  if (filter.needsPerson) query = query.where(stateNow(), 'in', needingPerson)
  if (filter.kept) query = query.where(isKept())
  const rows = await query
    .where(holds(page.search, ['customer_list.id', 'customer_list.name', 'orchestration.name']))
    .where(page.cursor === null ? sql<boolean>`true` : sql<boolean>`${key} > ${page.cursor}`)
    .orderBy(key)
    .limit(page.limit + 1)
    .execute()
  const { items, nextCursor } = pageOf(rows, page.limit, 'key', (row) => row)
  return {
    items: await viewsOf(db, principal, items),
    nextCursor,
    hidden: await countHiddenLists(db, principal, filter.kept ? isKept() : sql<boolean>`true`),
  }
}

export interface ListsSummary {
  readonly lists: number
  /** That wait for what a person decides. */
  readonly needPerson: number
  readonly byState: Readonly<Record<ListState, number>>
  /** Further ones that this person may not see. */
  readonly hidden: number
}

/** How many lists this person may see that are kept in step, or were, and how they stand. */
export async function summarizeLists(db: Db, principal: Principal): Promise<ListsSummary> {
  const rows = await seen(db, principal)
    .where(isKept())
    .select([stateNow().as('state'), sql<number>`count(*)`.as('lists')])
    .groupBy(sql.lit(1))
    .execute()
  const counts = new Map(rows.map(({ state, lists }) => [state, lists]))
  const byState = Object.fromEntries(listStates.map((state) => [state, counts.get(state) ?? 0]))
  return {
    lists: [...counts.values()].reduce((sum, count) => sum + count, 0),
    needPerson: needingPerson.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0),
    byState: byState as ListsSummary['byState'],
    hidden: await countHiddenLists(db, principal, isKept()),
  }
}

/** How many of `which` this person may not see: a number that names nothing. */
async function countHiddenLists(db: Db, principal: Principal, which: RawBuilder<boolean>): Promise<number> {
  const { hidden } = await all(db)
    .where(which)
    .where(sql<boolean>`(${seesWorkflow(principal, 'newest')}) is not true`)
    .select(sql<number>`count(*)::int`.as('hidden'))
    .executeTakeFirstOrThrow()
  return hidden
}

/** Error: `not_found`, also for one that this person may not see. */
export async function getListView(db: Db, principal: Principal, id: string): Promise<CustomerListView> {
  const [view] = await viewsOf(db, principal, [await listRow(db, principal, id)])
  return view as CustomerListView
}

/** The list with its owner and destination. Error: `not_found`, also for one that this person may not see. */
export async function listRow(db: Db, principal: Principal, id: string): Promise<Row> {
  const row = await visible(db, principal).where('customer_list.id', '=', id).executeTakeFirst()
  if (row === undefined) throw new RollcallError('not_found', { what: `list ${id}${orHidden(principal)}` })
  return row
}

/** Lists of several ad accounts may have one name. */
const KEY = sql<string>`customer_list.name || E'\n' || customer_list.ad_account_id`

/** What a sample was sent to is no list to keep in step. */
function isKept(): RawBuilder<boolean> {
  return sql<boolean>`(orchestration.id is not null or newest.kind <> all(${sampleKinds()}))`
}

/** As `unaccepted` has it: what others did to it that no person has accepted. */
const IS_CHANGED = sql<boolean>`exists (
  select from unnest(array['batches', 'uploaded', 'removed']) name
  where coalesce((customer_list.changed_elsewhere->>name)::bigint, 0)
    <> coalesce((customer_list.changed_elsewhere->'accepted'->>name)::bigint, 0))`

/** The newest run waited, and a comparison took its place that is not over: what it waits for is decided there. */
const GAVE_WAY = sql<boolean>`(newest.state = 'stopped' and newest.error->>'code' <> 'stopped' and exists (
  select from workflow comparison where comparison.subject = customer_list.id
    and comparison.number > newest.number and comparison.state not in ('stopped', 'succeeded')))`

/** The kinds that send samples are known once all are found. */
function stateNow(): RawBuilder<ListState> {
  return sql<ListState>`case
    when newest.id is null then 'never_run'
    when newest.state in ('failed', 'waiting') then newest.state
    when ${GAVE_WAY} then 'waiting'
    when ${IS_CHANGED} then 'changed_elsewhere'
    when newest.state = 'stopped' then 'stopped'
    when newest.state in ('scheduled', 'running') then 'running'
    when not ${isKept()} then 'sample'
    when orchestration.id is null and newest.orchestration_id is not null then 'left'
    when ${hasOpenWarning('newest')} then 'warnings'
    else 'in_step' end`
}

/** One digit, so that a text of it and a name is in the order of both. */
function rank(): RawBuilder<number> {
  return sql<number>`array_position(array[${sql.join(listStates)}]::text[], ${stateNow()}) - 1`
}

function seen(db: Db, principal: Principal) {
  return all(db).where(seesWorkflow(principal, 'newest'))
}

/** Each list with its owner, its newest workflow that may send, and the destination of either, which decides who may see it. */
function all(db: Db) {
  return db
    .selectFrom('customer_list')
    .leftJoin('orchestration', 'orchestration.target_id', 'customer_list.id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('workflow')
          .select([
            'workflow.id',
            'workflow.number',
            'workflow.state',
            'workflow.name',
            'workflow.parent',
            'workflow.destination_id',
          ])
          .select(['workflow.kind', 'workflow.orchestration_id', 'workflow.warnings', 'workflow.error'])
          .whereRef('workflow.subject', '=', 'customer_list.id')
          .where(sql<boolean>`not ${onlyLooks('workflow')}`)
          .orderBy(newestFirst('workflow'))
          .limit(1)
          .as('newest'),
      (join) => join.onTrue(),
    )
    .leftJoin('destination', (join) =>
      join.on(sql<boolean>`destination.id = coalesce(orchestration.destination_id, newest.destination_id)`),
    )
}

function visible(db: Db, principal: Principal) {
  return seen(db, principal)
    .selectAll('customer_list')
    .select(stateNow().as('state'))
    .select(['orchestration.id as orchestration_id', 'orchestration.name as orchestration_name'])
    .select(['orchestration.enabled', 'orchestration.next_run_at'])
    .select(['destination.id as destination_id', 'destination.name as destination_name'])
    .select(['destination.credential_id', 'newest.id as newest_id'])
    .select(sql<string | null>`destination.settings->>'adAccountName'`.as('ad_account_name'))
}

type Row = Awaited<ReturnType<ReturnType<typeof visible>['executeTakeFirstOrThrow']>>

/** How a list stands now, without what it was before. */
export interface ListStanding {
  readonly list: Row
  readonly state: ListState
  /** Others did something to it that no person has accepted. */
  readonly isChangedElsewhere: boolean
  readonly counts: ListCounts
  /** The newest that may send. */
  readonly lastWorkflow: WorkflowSummary | null
}

/** How each list stands that this person may see, by ad account and name. */
export async function listStandings(db: Db, principal: Principal): Promise<ListStanding[]> {
  const rows = await visible(db, principal)
    .orderBy('customer_list.ad_account_id')
    .orderBy('customer_list.name')
    .execute()
  return standingsOf(db, principal, rows)
}

async function standingsOf(db: Db, principal: Principal, rows: readonly Row[]): Promise<ListStanding[]> {
  const newest = rows.flatMap(({ newest_id: id }) => (id === null ? [] : [id]))
  const counts = await listCounts(db, rows)
  const workflows = await workflowSummaries(db, principal, newest)
  return rows.map((list, index) => ({
    list,
    state: list.state,
    isChangedElsewhere: unaccepted(list.changed_elsewhere) !== null,
    counts: counts[index] as ListCounts,
    lastWorkflow: workflows.get(list.newest_id ?? '') ?? null,
  }))
}

async function viewsOf(db: Db, principal: Principal, rows: readonly Row[]): Promise<CustomerListView[]> {
  const ids = rows.map(({ id }) => id)
  const standings = await standingsOf(db, principal, rows)
  const histories = await historiesOf(db, ids)
  const underWay = await lastConfirmedOfOpen(db, ids)
  return standings.map((standing) => {
    const { list, counts } = standing
    return viewOf(standing, withNow(histories.get(list.id) ?? [], underWay.get(list.id), counts))
  })
}

function viewOf(
  { list: row, state, counts, lastWorkflow }: ListStanding,
  history: CustomerListView['history'],
): CustomerListView {
  const { orchestration_id: orchestrationId, orchestration_name: orchestrationName, enabled } = row
  const elsewhere = unaccepted(row.changed_elsewhere)
  return {
    id: row.id,
    state,
    name: row.name,
    adAccount: { id: row.ad_account_id, name: row.ad_account_name ?? '' },
    pinterestId: row.pinterest_list_id,
    audienceId: row.audience_id,
    members: counts.told,
    unsure: counts.unsure,
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
    lastWorkflow,
    history,
    counters: sentByUs(row),
    changedElsewhere: elsewhere === null ? null : changedElsewhereWarning(row, elsewhere).message,
    acceptedElsewhere: acceptedOf(row.changed_elsewhere),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

function acceptedOf(changes: ForeignChanges | null): CustomerListView['acceptedElsewhere'] {
  const words = acceptedInWords(changes)
  const { by = null, at = null } = changes?.accepted ?? {}
  return words === null ? null : { changes: words, by, at }
}

/** As `openWarnings` has it, of this code or of any. */
function hasOpenWarning(table: 'newest' | 'workflow', code: ErrorCode | null = null): RawBuilder<boolean> {
  return sql<boolean>`exists (select from jsonb_array_elements(${sql.ref(`${table}.warnings`)}) warning
    where warning->'accepted' is null and ${code === null ? sql`true` : sql`warning->>'code' = ${code}`})`
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
          .innerJoin('workflow', 'workflow.id', 'change_set.workflow_id')
          .select(['change_set.told_after', 'change_set.told_after_at', 'change_set.number'])
          .select(
            sql<boolean>`change_set.state = 'done' and not ${hasOpenWarning('workflow', 'list_changed_elsewhere')}`.as(
              'inStep',
            ),
          )
          .whereRef('change_set.list_id', '=', 'customer_list.id')
          .where('change_set.told_after', 'is not', null)
          .orderBy(newestFirst('change_set'))
          .limit(HISTORY_POINTS)
          .as('ended'),
      (join) => join.onTrue(),
    )
    .select(['customer_list.id', 'ended.told_after', 'ended.told_after_at', 'ended.inStep'])
    .where('customer_list.id', 'in', ids)
    .orderBy('ended.number')
    .execute()
  const histories = new Map<string, ListPoint[]>()
  for (const { id, told_after: members, told_after_at: at, inStep } of rows) {
    const history = histories.get(id) ?? []
    if (at !== null && members !== null) history.push({ at: at.toISOString(), members, inStep })
    histories.set(id, history)
  }
  return histories
}

function withNow(
  history: CustomerListView['history'],
  at: Date | undefined,
  { told }: ListCounts,
): CustomerListView['history'] {
  if (at === undefined) return history
  return [...history, { at: at.toISOString(), members: told, inStep: false }].slice(-HISTORY_POINTS)
}
