import { checkedName } from '../base/checked-name.ts'
import { sql } from 'kysely'
import type { RawBuilder, Selectable } from 'kysely'
import { changes, record } from '../access/activity.ts'
import type { Page, PageOf } from '../store/pages.ts'
import { maySendTo } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import { newId } from '../base/ids.ts'
import { invalid, RollcallError } from '../base/rollcall-error.ts'
import type { Limits } from '../base/limits.ts'
import { foreignFields, limitsIn, optionsIn, optionsOf } from '../destinations/options.ts'
import type { OrchestrationEdit, OrchestrationInput } from '../destinations/orchestration-schemas.ts'
import { destinationKindOf, knownDestinationKind } from '../destinations/registry.ts'
import { hasTarget, targetId } from '../destinations/targets.ts'
import { noList, orchestrationObject } from '../objects/orchestration.ts'
import type { Orchestration, Schedule, ShownTarget } from '../objects/orchestration.ts'
import type { Output } from '../objects/object-kind.ts'
import type { Settings } from '../sources/contract.ts'
import { columnsOf, valuesOf } from '../store/object-columns.ts'
import type { OrchestrationTable } from '../store/schema.ts'
import { accessOf, destinationRow, seesDestination, orHidden } from './destinations.ts'
import type { DestinationRow } from './destinations.ts'
import { changedSettings } from './kept-settings.ts'
import { ownTarget } from './own-target.ts'
import type { OwnTarget } from './own-target.ts'
import { activeText, queryRow } from './queries.ts'
import { deleteUnused, named, notFound, onPage, updateVersioned } from './rows.ts'
import { explain, nextRun, nextRuns, parseSchedule } from '../calendar/schedule.ts'
import { change, given } from './tenant.ts'
import { newestFirst } from '../store/newest-first.ts'
import { onlyLooks } from '../workflow/only-looks.ts'
import { nextTryAt } from '../workflow/tasks.ts'
import { pageOf } from '../store/pages.ts'
import type { Change, Db, Tenant } from './tenant.ts'

/** Orchestrations: an active query, a destination, and the customer list that is kept in step; by hand or by schedule. */

export type OrchestrationRow = Selectable<OrchestrationTable>

const NEXT_RUNS_SHOWN = 5

/** What every orchestration has of an input. */
type Common = Output<typeof orchestrationObject.input>

/** The names of those, in requests and in documents. */
const commonNames = new Set(
  [orchestrationObject.edit, orchestrationObject.document].flatMap(({ shape }) => Object.keys(shape)),
)

export interface OrchestrationFilter {
  readonly destinationId?: string | undefined
  readonly queryId?: string | undefined
  /** Those that run by themselves, or those that do not. */
  readonly automatic?: boolean | undefined
}

/** The condition that an orchestration runs by itself, or does not; undefined asks for both. */
export function isAutomatic(automatic: boolean | undefined): RawBuilder<boolean> {
  return automatic === undefined ? sql<boolean>`true` : sql<boolean>`orchestration.automatic = ${automatic}`
}

/** Those that the filter names among all that this person may see. */
export async function listOrchestrations(
  db: Db,
  principal: Principal,
  { destinationId, queryId, automatic }: OrchestrationFilter,
  page: Page,
): Promise<PageOf<Orchestration>> {
  let query = complete(db)
    .where(onPage('orchestration', page))
    .where(seesDestination(principal))
    .where(isAutomatic(automatic))
  if (destinationId !== undefined) query = query.where('orchestration.destination_id', '=', destinationId)
  if (queryId !== undefined) query = query.where('orchestration.query_id', '=', queryId)
  const rows = await query
    .orderBy('orchestration.name')
    .limit(page.limit + 1)
    .execute()
  const { items, nextCursor } = pageOf(rows, page.limit, 'name', (row) => row)
  return { items: await viewsOf(db, items), nextCursor }
}

/** Error: `not_found`, also when its destination is not there for this person. */
export async function getOrchestration(db: Db, principal: Principal, id: string): Promise<Orchestration> {
  const row = await complete(db).where('orchestration.id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('orchestration', id, orHidden(principal))
  await requireDestination(db, principal, row)
  const [view] = await viewsOf(db, [row])
  return view as Orchestration
}

/** The row with its destination. Errors: `not_found`, also when the destination is not there for this person. */
export async function orchestrationRow(
  db: Db,
  principal: Principal,
  id: string,
): Promise<{ orchestration: OrchestrationRow; destination: DestinationRow }> {
  const orchestration = await db
    .selectFrom('orchestration')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  if (orchestration === undefined) throw notFound('orchestration', id, orHidden(principal))
  return { orchestration, destination: await requireDestination(db, principal, orchestration) }
}

/** Errors: `request_invalid`, `query_not_active`, `not_found`, `access_denied`, `name_taken` also for a list that has an owner. */
export async function createOrchestration(tenant: Tenant, input: OrchestrationInput): Promise<Orchestration> {
  const id = newId('or')
  return change(tenant, async ({ db, actor }) => {
    const checked = await checkedInput(db, tenant, input, {})
    await ownTarget({ db, actor }, { orchestration: id, target: checked.target }, (own) =>
      named('orchestration', () =>
        db
          .insertInto('orchestration')
          .values({ id, target_id: own, ...checked.values })
          .execute(),
      ),
    )
    await record(db, actor, 'orchestration.created', {
      type: 'orchestration',
      id,
      name: checked.values.name,
    })
    return getOrchestration(db, actor.principal, id)
  })
}

/** What is not given stays. A different list name means a different list; the old one does not change. Errors as with creation. */
export async function updateOrchestration(
  tenant: Tenant,
  id: string,
  input: OrchestrationEdit,
): Promise<Orchestration> {
  return change(tenant, async ({ db, actor }) => {
    const { orchestration: row, destination } = await orchestrationRow(db, actor.principal, id)
    const before = inputOf(row, destination.kind)
    const { version, ...edited } = given(input)
    const checked = await checkedInput(db, tenant, edited, before)
    await ownTarget({ db, actor }, { orchestration: id, target: checked.target }, (own) =>
      updateVersioned(db, 'orchestration', { id, version }, { target_id: own, ...checked.values }),
    )
    const detail = changes(before, checked.after)
    await record(
      db,
      actor,
      'orchestration.updated',
      { type: 'orchestration', id, name: checked.values.name },
      detail,
    )
    return getOrchestration(db, actor.principal, id)
  })
}

/** A copy that runs by hand, for a list of its own. Errors as with creation. */
export async function copyOrchestration(
  tenant: Tenant,
  id: string,
  { name, listName }: { readonly name: string; readonly listName: string | null },
): Promise<Orchestration> {
  const { orchestration, destination } = await orchestrationRow(tenant.db, tenant.actor.principal, id)
  const original = inputOf(orchestration, destination.kind)
  return createOrchestration(tenant, { ...original, name, listName, automatic: false })
}

/** Destination, query and list stay, and so does the history. Errors: `not_found`, `in_use` while a workflow of it runs. */
export async function deleteOrchestration(tenant: Tenant | Change, id: string): Promise<void> {
  await change(tenant, async ({ db, actor }) => {
    const { orchestration } = await orchestrationRow(db, actor.principal, id)
    const running = await db
      .selectFrom('workflow')
      .select('id')
      .where('orchestration_id', '=', id)
      .where('state', 'in', ['scheduled', 'running'])
      .execute()
    await deleteUnused(
      db,
      'orchestration',
      orchestration,
      running.map((workflow) => ({ kind: 'running workflow', name: workflow.id })),
    )
    await record(db, actor, 'orchestration.deleted', {
      type: 'orchestration',
      id,
      name: orchestration.name,
    })
  })
}

/** A schedule in words with its next runs, for a person who types it. Error: `request_invalid`. */
export function describeSchedule(cron: string, timeZone: string, after: Date): Schedule {
  return {
    cron,
    timeZone,
    words: explain(cron, timeZone),
    nextRuns: nextRuns(cron, timeZone, after, NEXT_RUNS_SHOWN).map((date) => date.toISOString()),
  }
}

/** When an orchestration with these settings runs next; null when only by hand. */
export function nextRunOf(
  { automatic, enabled, cron, timeZone }: Pick<Common, 'automatic' | 'enabled' | 'cron' | 'timeZone'>,
  after: Date,
): Date | null {
  return automatic && enabled && cron !== null ? nextRun(cron, timeZone, after) : null
}

/** A stored orchestration to a destination of this kind as the input that would make it. */
export function inputOf(row: OrchestrationRow, kind: string): OrchestrationInput {
  return { ...valuesOf(orchestrationObject, row), ...optionsIn(knownDestinationKind(kind), row.options) }
}

async function requireDestination(
  db: Db,
  principal: Principal,
  { id, destination_id: destinationId }: Pick<OrchestrationRow, 'id' | 'destination_id'>,
): Promise<DestinationRow> {
  try {
    return await destinationRow(db, principal, destinationId)
  } catch (error) {
    // People who may not see the destination do not learn that it exists.
    if (error instanceof RollcallError && error.code === 'not_found')
      throw notFound('orchestration', id, orHidden(principal))
    throw error
  }
}

/** What is given, over what is there already; for a new one that is nothing, and all is given. */
async function checkedInput(
  db: Db,
  { actor, limits: bounds }: Tenant,
  edit: Partial<Common> & Settings,
  before: Partial<Common> & Settings,
) {
  const common = { ...before, ...edit } as Common
  const name = checkedName(common.name, bounds)
  if (common.automatic && common.cron === null)
    throw invalid('an automatic orchestration needs a schedule: cron, such as "30 2 * * *".')
  if (common.cron !== null) parseSchedule(common.cron, common.timeZone)
  activeText(await queryRow(db, common.queryId))
  const destination = await destinationRow(db, actor.principal, common.destinationId)
  if (!maySendTo(actor.principal, accessOf(destination)))
    throw new RollcallError('access_denied', { detail: `you may not send to "${destination.name}".` })
  const target = await targetOf(db, bounds, destination, common.listName)
  const own = ownFields(destination, edit, before)
  return {
    target,
    after: { ...common, ...own.options, limits: own.limits },
    values: {
      ...columnsOf(orchestrationObject, {
        ...common,
        name,
        listName: target?.name ?? null,
        limits: own.limits,
      }),
      options: JSON.stringify(own.options),
      next_run_at: nextRunOf(common, new Date()),
    },
  }
}

/** Options and limits that the destination's kind has; those of a former destination's kind go. Error: `request_invalid`. */
function ownFields(
  destination: Pick<DestinationRow, 'kind' | 'name'>,
  edit: Partial<Common> & Settings,
  before: Partial<Common> & Settings,
) {
  const kind = destinationKindOf(destination.kind)
  const wanted = optionsAmong(edit)
  const [foreign] = foreignFields(kind, { options: wanted, limits: edit.limits ?? {} })
  if (foreign !== undefined) throw invalid(`${foreign} does not apply to destination "${destination.name}".`)
  return {
    options: changedSettings(optionsOf(kind), { known: optionsAmong(before), wanted }),
    limits: edit.limits ?? limitsIn(kind, before.limits ?? {}),
  }
}

/** What is not common to all orchestrations. */
export function optionsAmong(values: Settings): Settings {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !commonNames.has(name)))
}

/** What it writes to. Error: `request_invalid` where a name is missing, or means nothing. */
async function targetOf(
  db: Db,
  limits: Limits,
  destination: DestinationRow,
  listName: string | null,
): Promise<OwnTarget | null> {
  const kind = destinationKindOf(destination.kind)
  if (!hasTarget(kind)) {
    if (listName === null) return null
    throw invalid(`listName: destination "${destination.name}" takes no list name.`)
  }
  const { target } = kind
  if (listName === null) throw invalid(`listName is missing: name the ${target.noun}.`)
  const name = checkedName(listName, { ...limits, nameCharsMax: limits[target.nameCharsMax] })
  return { kind: target, id: await targetId(db, kind, destination.settings, name), name }
}

/** What the row says it writes to; null for nothing by a name. */
export function targetOfRow({
  target_id: id,
  list_name: name,
}: Pick<OrchestrationRow, 'target_id' | 'list_name'>): { readonly id: string; readonly name: string } | null {
  return id === null || name === null ? null : { id, name }
}

function complete(db: Db) {
  return db
    .selectFrom('orchestration')
    .innerJoin('query', 'query.id', 'orchestration.query_id')
    .innerJoin('destination', 'destination.id', 'orchestration.destination_id')
    .selectAll('orchestration')
    .select([
      'query.name as query_name',
      'destination.name as destination_name',
      'destination.kind as destination_kind',
    ])
    .select(
      sql<
        Orchestration['lastWorkflow']
      >`(select jsonb_build_object('id', workflow.id, 'state', workflow.state,
        'startedAt', workflow.started_at, 'nextTryAt', case when not workflow.stop_requested then ${nextTryAt} end,
        'warnings', (select count(*) from jsonb_array_elements(workflow.warnings) warning where warning->'accepted' is null))
        from workflow where workflow.orchestration_id = orchestration.id and not ${onlyLooks('workflow')}
        order by ${newestFirst('workflow')} limit 1)`.as('last_workflow'),
    )
}

type CompleteRow = Awaited<ReturnType<ReturnType<typeof complete>['executeTakeFirstOrThrow']>>

async function viewsOf(db: Db, rows: readonly CompleteRow[]): Promise<Orchestration[]> {
  const targets = await shownTargets(db, rows)
  return rows.map((row) => viewOf(row, targets.get(row.target_id ?? '') ?? noList))
}

/** What these rows write to, by its id, as the kinds of their destinations show it. */
async function shownTargets(db: Db, rows: readonly CompleteRow[]): Promise<ReadonlyMap<string, ShownTarget>> {
  const all = new Map<string, ShownTarget>()
  for (const [kind, own] of Map.groupBy(rows, (row) => row.destination_kind)) {
    const ids = own.flatMap(({ target_id: id }) => (id === null ? [] : [id]))
    const shown = await knownDestinationKind(kind)?.target?.shown?.(db, ids)
    for (const [id, target] of shown ?? []) all.set(id, target)
  }
  return all
}

function viewOf(row: CompleteRow, { destination, shown }: ShownTarget): Orchestration {
  const { last_workflow: last } = row
  return {
    id: row.id,
    name: row.name,
    query: { id: row.query_id, name: row.query_name },
    destination: {
      id: row.destination_id,
      name: row.destination_name,
      kind: row.destination_kind,
      ...destination,
    },
    ...shown,
    target: targetOfRow(row),
    automatic: row.automatic,
    enabled: row.enabled,
    schedule: row.cron === null ? null : describeSchedule(row.cron, row.time_zone, new Date()),
    nextRunAt: row.next_run_at?.toISOString() ?? null,
    limits: row.limits,
    ...optionsIn(knownDestinationKind(row.destination_kind), row.options),
    lastWorkflow:
      last === null
        ? null
        : {
            ...last,
            startedAt: new Date(last.startedAt).toISOString(),
            nextTryAt: last.nextTryAt === null ? null : new Date(last.nextTryAt).toISOString(),
          },
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
