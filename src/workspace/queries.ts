import { isDeepStrictEqual } from 'node:util'
import { maskAddresses, MASK } from '../members/mask-rows.ts'
import { checkedName } from '../base/checked-name.ts'
import { sql } from 'kysely'
import type { RawBuilder, Selectable } from 'kysely'
import { changes, record } from '../access/activity.ts'
import type { Page, PageOf } from '../store/pages.ts'
import { may } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { newId } from '../base/ids.ts'
import { invalid, reportOf, RollcallError } from '../base/rollcall-error.ts'
import { columnsOf } from '../store/object-columns.ts'
import { queryObject } from '../objects/query.ts'
import type { Query, QueryText, Thresholds } from '../objects/query.ts'
import type { QueryRun } from '../base/workflow-states.ts'
import type { Output } from '../objects/object-kind.ts'
import type { QueryTable } from '../store/schema.ts'
import { dataSourceRow } from './data-sources.ts'
import { seesDestination } from './destinations.ts'
import { activationRefusal, requireThresholds } from './query-rights.ts'
import { deleteUnused, named, notFound, onPage, updateVersioned } from './rows.ts'
import { change, given } from './tenant.ts'
import { pageOf } from '../store/pages.ts'
import type { Change, Db, Tenant } from './tenant.ts'
import { seesWorkflow } from './seen-workflows.ts'

/**
 * Queries: SQL over one data source. A new or edited one is a draft until someone activates it; only the active text is
 * ever sent from.
 */

export type QueryRow = Selectable<QueryTable>

export type QueryInput = Output<typeof queryObject.input>

/** A query that has not run for so long is shown as inactive. */
const INACTIVE_MS = 30 * 24 * 60 * 60_000
const COMPLETED_MS = 24 * 60 * 60_000

/** Orchestrations and runs are named only to people who may see their destination. */
export async function listQueries(
  db: Db,
  principal: Principal,
  { dataSourceId, ...page }: Page & { readonly dataSourceId?: string | undefined },
): Promise<PageOf<Query>> {
  const rows = await complete(db, principal)
    .where(onPage('query', page))
    .$if(dataSourceId !== undefined, (all) => all.where('query.data_source_id', '=', dataSourceId ?? ''))
    .orderBy('query.name')
    .limit(page.limit + 1)
    .execute()
  return pageOf(rows, page.limit, 'name', (row) => viewOf(row, principal))
}

/** Error: `not_found`. */
export async function getQuery(db: Db, principal: Principal, id: string): Promise<Query> {
  const row = await complete(db, principal).where('query.id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('query', id)
  return viewOf(row, principal)
}

/** Error: `not_found`. */
export async function queryRow(db: Db, id: string): Promise<QueryRow> {
  const row = await db.selectFrom('query').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('query', id)
  return row
}

/** Makes a draft. Errors: `request_invalid`, `name_taken`, `not_found` for the data source. */
export async function createQuery(tenant: Tenant | Change, input: QueryInput): Promise<Query> {
  const id = newId('qy')
  const name = checkedName(input.name, tenant.limits)
  return change(tenant, async ({ db, actor }) => {
    await dataSourceRow(db, input.dataSourceId)
    await named('query', () =>
      db
        .insertInto('query')
        .values({
          id,
          ...columnsOf(queryObject, {
            ...input,
            name,
            draft: writtenText(input.draft, actor.principal),
            thresholds: checkedThresholds(input.thresholds),
          }),
          active: null,
          draft_by: actor.principal.name,
          draft_at: new Date(),
          activated_at: null,
          last_run: null,
        })
        .execute(),
    )
    await record(db, actor, 'query.created', { type: 'query', id, name })
    return getQuery(db, actor.principal, id)
  })
}

/**
 * Changes what is given. An edit of the text makes or replaces the draft; the active text goes on until the draft is
 * activated. Errors: `not_found`, `changed_meanwhile`, `request_invalid`, `name_taken`.
 */
export async function updateQuery(
  tenant: Tenant | Change,
  id: string,
  input: Output<typeof queryObject.edit>,
): Promise<Query> {
  return change(tenant, async ({ db, actor, limits }) => {
    const before = await queryRow(db, id)
    const after = {
      name: input.name === undefined ? before.name : checkedName(input.name, limits),
      description: input.description ?? before.description,
      draft: input.draft === undefined ? before.draft : writtenText(input.draft, actor.principal),
      thresholds: input.thresholds === undefined ? before.thresholds : checkedThresholds(input.thresholds),
    }
    if (!isDeepStrictEqual(before.thresholds, after.thresholds))
      requireThresholds(await reachOf(db, actor.principal, before))
    await updateVersioned(
      db,
      'query',
      { id, version: input.version },
      {
        ...columnsOf(queryObject, after),
        ...(input.draft === undefined ? {} : { draft_by: actor.principal.name, draft_at: new Date() }),
      },
    )
    // SQL may hold a customer's address, so the log says only that it changed.
    const detail = changes(shown(before), shown(after))
    await record(
      db,
      actor,
      'query.updated',
      { type: 'query', id, name: after.name },
      {
        ...detail,
        ...(input.draft === undefined ? {} : { draft: 'changed' }),
      },
    )
    return getQuery(db, actor.principal, id)
  })
}

function shown({ name, description, thresholds }: Pick<QueryRow, 'name' | 'description' | 'thresholds'>) {
  return { name, description, thresholds }
}

export const NO_DRAFT = { draft: null, draft_by: null, draft_at: null } as const

/** Throws the draft away; a query that was never active cannot lose it. Errors as with `activateQuery`. */
export async function discardDraft(
  tenant: Tenant | Change,
  id: string,
  { version }: { readonly version: number },
): Promise<Query> {
  return change(tenant, async ({ db, actor }) => {
    const before = await queryRow(db, id)
    if (before.draft === null) throw invalid(`query "${before.name}" has no draft to discard.`)
    if (before.active === null)
      throw invalid(
        `query "${before.name}" was never active, so it only has its draft. Delete the query instead.`,
      )
    await updateVersioned(db, 'query', { id, version }, NO_DRAFT)
    await record(db, actor, 'query.draft_discarded', { type: 'query', id, name: before.name })
    return getQuery(db, actor.principal, id)
  })
}

/** Errors: `not_found`, `in_use` naming the orchestrations. */
export async function deleteQuery(tenant: Tenant | Change, id: string): Promise<void> {
  await change(tenant, async ({ db, actor }) => {
    const row = await queryRow(db, id)
    const users = await db
      .selectFrom('orchestration')
      .select('name')
      .select(sql<boolean>`destination_id in ${seenDestinations(actor.principal)}`.as('seen'))
      .where('query_id', '=', id)
      .orderBy('name')
      .execute()
    await deleteUnused(
      db,
      'query',
      row,
      users.map(({ name, seen }) => ({ kind: 'orchestration', name: seen ? name : null })),
    )
    await record(db, actor, 'query.deleted', { type: 'query', id, name: row.name })
  })
}

/** Remembers how a query ran last; its version stays, since no one edited it. */
export async function noteQueryRun(db: Db, id: string, run: QueryRun): Promise<void> {
  await db
    .updateTable('query')
    .set({ last_run: JSON.stringify(run) })
    .where('id', '=', id)
    .execute()
}

/** The active text of a query. Error: `query_not_active`. */
export function activeText(row: Pick<QueryRow, 'name' | 'active'>): QueryText {
  if (row.active === null) throw new RollcallError('query_not_active', { query: row.name })
  return row.active
}

/** A text as it is stored. Error: `request_invalid`. */
export function checkedText({ sql: text, emailColumn, hashed }: QueryText): QueryText {
  if (text.trim() === '') throw invalid('the SQL of the query is empty.')
  if (text.includes('\0')) throw invalid('the SQL of the query holds a NUL character.')
  if (emailColumn.trim() === '') throw invalid('emailColumn is empty.')
  return { sql: text, emailColumn: emailColumn.trim(), hashed }
}

/** Error: `request_invalid`. */
export function checkedThresholds(thresholds: QueryInput['thresholds']): Thresholds {
  const { warnBelow, warnAbove, failBelow, failAbove } = thresholds
  for (const [low, high, word] of [
    [warnBelow, warnAbove, 'warn'],
    [failBelow, failAbove, 'fail'],
  ] as const) {
    if (low !== undefined && high !== undefined && low > high)
      throw invalid(`${word}Below is larger than ${word}Above, so every number of rows would ${word}.`)
  }
  return given(thresholds)
}

function complete(db: Db, principal: Principal) {
  const seen = seenDestinations(principal)
  return db
    .selectFrom('query')
    .innerJoin('data_source', 'data_source.id', 'query.data_source_id')
    .selectAll('query')
    .select('data_source.name as data_source_name')
    .select(
      sql<
        { id: string; name: string }[]
      >`(select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name)
        order by o.name), '[]') from orchestration o where o.query_id = query.id and o.destination_id in ${seen})`.as(
        'orchestrations',
      ),
    )
    .select(
      sql<number>`(select count(*)::int from orchestration o where o.query_id = query.id
        and o.destination_id not in ${seen})`.as('hidden'),
    )
    .select(
      sql<boolean>`exists (${seenWorkflows(principal)} and workflow.id = query.last_run->>'workflow')`.as(
        'sees_last_run',
      ),
    )
    .select(
      sql<boolean>`exists (${seenWorkflows(principal)} and workflow.query_id = query.id
        and workflow.state in ('scheduled', 'running'))`.as('is_running'),
    )
}

/** How many of the places that a query is sent to this person may not see. */
export async function reachOf(
  db: Db,
  principal: Principal,
  { id, name }: Pick<QueryRow, 'id' | 'name'>,
): Promise<{ name: string; hidden: number }> {
  const { hidden } = await db
    .selectFrom('orchestration')
    .select(({ fn }) => fn.countAll<number>().as('hidden'))
    .where('query_id', '=', id)
    .where(sql<boolean>`destination_id not in ${seenDestinations(principal)}`)
    .executeTakeFirstOrThrow()
  return { name, hidden }
}

function seenDestinations(principal: Principal): RawBuilder<unknown> {
  return sql`(select id from destination where ${seesDestination(principal)})`
}

/** Asked without a semicolon or an order, so that a condition can follow. */
function seenWorkflows(principal: Principal): RawBuilder<unknown> {
  return sql`select from workflow left join destination on destination.id = workflow.destination_id
    where ${seesWorkflow(principal, 'workflow')}`
}

type CompleteRow = QueryRow & {
  data_source_name: string
  orchestrations: { id: string; name: string }[]
  hidden: number
  sees_last_run: boolean
  is_running: boolean
}

function viewOf(row: CompleteRow, principal: Principal): Query {
  const lastRun = lastRunOf(row)
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    dataSource: { id: row.data_source_id, name: row.data_source_name },
    status: statusOf(row, lastRun),
    active: shownSql(row.active, principal),
    draft: shownSql(row.draft, principal),
    draftBy:
      row.draft_by === null || row.draft_at === null
        ? null
        : { name: row.draft_by, at: row.draft_at.toISOString() },
    activationRefused: activationRefusal(principal, row),
    activatedAt: row.activated_at?.toISOString() ?? null,
    thresholds: row.thresholds,
    lastRun,
    orchestrations: row.orchestrations,
    hiddenOrchestrations: row.hidden,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** SQL may name customers by their addresses. */
function shownSql(text: QueryText | null, principal: Principal): QueryText | null {
  return text === null || may(principal, 'pii:view') ? text : { ...text, sql: maskAddresses(text.sql) }
}

/** A text as a person saves it, who must not put what they see in place of addresses where these were. Error: `request_invalid`. */
function writtenText(text: QueryText, principal: Principal): QueryText {
  if (!may(principal, 'pii:view') && text.sql.includes(MASK))
    throw invalid(
      `the SQL holds ${MASK}, which stands for addresses that are hidden from you. Remove it, or ask a user who may view personal data to edit the query.`,
    )
  return checkedText(text)
}

/** How the query ran last, for those who may see that workflow. */
function lastRunOf({ last_run: run, sees_last_run: isSeen }: CompleteRow) {
  if (run === null || !isSeen) return null
  return { ...run, error: run.error === null ? null : reportOf(run.error.code, run.error.data) }
}

function statusOf({ active, is_running: isRunning }: CompleteRow, run: Query['lastRun']): Query['status'] {
  if (active === null) return 'draft'
  if (isRunning) return 'running'
  if (run === null) return 'activated'
  const agoMs = Date.now() - Date.parse(run.at)
  if (agoMs > INACTIVE_MS) return 'inactive'
  if (run.error !== null) return 'error'
  return agoMs > COMPLETED_MS ? 'activated' : 'completed'
}
