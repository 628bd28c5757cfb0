import type { Selectable } from 'kysely'
import { changes, record } from '../access/activity.ts'
import type { Sealer } from '../access/seal.ts'
import { checkedName } from '../base/checked-name.ts'
import { newId } from '../base/ids.ts'
import { invalid } from '../base/rollcall-error.ts'
import { accessOf } from '../sources/access.ts'
import type { Settings, SourceType } from '../sources/contract.ts'
import { readSourceRules } from '../sources/rules.ts'
import type { SavedSource } from '../sources/from.ts'
import { knownSourceType, sourceTypeOf, sourceTypes } from '../sources/registry.ts'
import type { DataSourceEdit, DataSourceInput } from '../sources/schemas.ts'
import { kindNames, settingsIn, shownSettings, stillShown } from '../sources/settings.ts'
import { pageOf } from '../store/pages.ts'
import type { Page, PageOf } from '../store/pages.ts'
import { dataSourceObject } from '../objects/data-source.ts'
import type { DataSource } from '../objects/data-source.ts'
import { columnsOf } from '../store/object-columns.ts'
import type { DataSourceTable } from '../store/schema.ts'
import {
  changedSettings,
  keptSettings,
  openSettings,
  requireOwn,
  requireValid,
  settingsBefore,
} from './kept-settings.ts'
import { deleteUnused, named, notFound, onPage, updateVersioned } from './rows.ts'
import { change, given } from './tenant.ts'
import type { Change, Db, Tenant } from './tenant.ts'

/** Data sources: where queries read. What their types do not declare as shown is write-only, since it may hold a password. */

export type DataSourceRow = Selectable<DataSourceTable>

export async function listDataSources(db: Db, page: Page): Promise<PageOf<DataSource>> {
  const rows = await complete(db)
    .where(onPage('data_source', page))
    .orderBy('data_source.name')
    .limit(page.limit + 1)
    .execute()
  return pageOf(rows, page.limit, 'name', viewOf)
}

/** Error: `not_found`. */
export async function getDataSource(db: Db, id: string): Promise<DataSource> {
  const row = await complete(db).where('data_source.id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('data_source', id)
  return viewOf(row)
}

/** Error: `not_found`. */
export async function dataSourceRow(db: Db, id: string): Promise<DataSourceRow> {
  const row = await db.selectFrom('data_source').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('data_source', id)
  return row
}

/** Errors: `request_invalid`, `name_taken`, and `source_not_found` for what may not be read. */
export async function createDataSource(tenant: Tenant, input: DataSourceInput): Promise<DataSource> {
  const id = newId('sr')
  const { description, kind } = input
  const name = checkedName(input.name, tenant.limits)
  const openColumns = checkedColumns(input.openColumns)
  const type = knownSourceType(input.kind)
  if (type === undefined) throw invalid(`kind takes ${kindNames(sourceTypes())}.`)
  const settings = settingsIn(type, input)
  requireValid(type, settings)
  await checkPlace(tenant, type, settings)
  return change(tenant, async ({ db, actor, sealer }) => {
    await named('data_source', () =>
      db
        .insertInto('data_source')
        .values({
          id,
          ...columnsOf(dataSourceObject, { name, description, kind, openColumns }),
          ...stored(type, settings, sealer, id),
        })
        .execute(),
    )
    await record(db, actor, 'data_source.created', { type: 'data_source', id, name })
    return getDataSource(db, id)
  })
}

/** What is not given stays; a source keeps its kind. Errors: `not_found`, `changed_meanwhile`, and as with a new one. */
export async function updateDataSource(
  tenant: Tenant,
  id: string,
  input: DataSourceEdit,
): Promise<DataSource> {
  return change(tenant, async ({ db, actor, sealer, limits }) => {
    const before = await dataSourceRow(db, id)
    const name = input.name === undefined ? before.name : checkedName(input.name, limits)
    const description = input.description ?? before.description
    const settings = settingsAfter(before, input, sealer)
    if (settings !== null) await checkPlace(tenant, sourceTypeOf(before.kind), settings)
    const openColumns =
      input.openColumns === undefined ? before.open_columns : checkedColumns(input.openColumns)
    await updateVersioned(
      db,
      'data_source',
      { id, version: input.version },
      {
        ...columnsOf(dataSourceObject, { name, description, openColumns }),
        ...(settings === null ? {} : stored(sourceTypeOf(before.kind), settings, sealer, id)),
      },
    )
    const detail = {
      ...changes(
        { name: before.name, description: before.description, openColumns: before.open_columns },
        { name, description, openColumns },
      ),
      ...(settings === null ? {} : { settings: 'changed' }),
    }
    await record(db, actor, 'data_source.updated', { type: 'data_source', id, name }, detail)
    return getDataSource(db, id)
  })
}

/** Errors: `not_found`, `in_use` naming the queries. */
export async function deleteDataSource(tenant: Tenant | Change, id: string): Promise<void> {
  await change(tenant, async ({ db, actor }) => {
    const row = await dataSourceRow(db, id)
    const users = await db
      .selectFrom('query')
      .select('name')
      .where('data_source_id', '=', id)
      .orderBy('name')
      .execute()
    await deleteUnused(
      db,
      'data_source',
      row,
      users.map(({ name }) => ({ kind: 'query', name })),
    )
    await record(db, actor, 'data_source.deleted', { type: 'data_source', id, name: row.name })
  })
}

const COLUMN_CHARS_MAX = 500

/** Names of columns as they are stored, each once. Error: `request_invalid`. */
export function checkedColumns(names: readonly string[]): string[] {
  const trimmed = names.map((name) => name.trim())
  if (trimmed.some((name) => name === '' || name.length > COLUMN_CHARS_MAX))
    throw invalid('openColumns takes names of columns.')
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  if (trimmed.some((name) => /[\u0000-\u001f\u007f]/.test(name)))
    throw invalid('openColumns holds a control character.')
  return [...new Set(trimmed)]
}

/** Where a run reads, secrets included. Error: `source_not_found` for a kind that this version does not know. */
export function savedSource(row: DataSourceRow, sealer: Sealer): SavedSource {
  const type = sourceTypeOf(row.kind)
  return { kind: row.kind, settings: openSettings(type, row, sealer, 'data_source') }
}

/** What anyone may read of a stored data source: nothing of a kind that this version does not know. */
export function shownOf({ kind, settings }: Pick<DataSourceRow, 'kind' | 'settings'>): Settings {
  const type = knownSourceType(kind)
  return type === undefined ? {} : stillShown(type, settings)
}

/** Whether its rows lie in files, over which queries of people see no more than they may. Error: `source_not_found`. */
export function readsFiles({ kind }: Pick<DataSourceRow, 'kind'>): boolean {
  return sourceTypeOf(kind).reads === 'files'
}

/** Error: `source_not_found` for what may not be read, as when it is read. */
export async function checkPlace(
  { env, home, store }: Tenant,
  type: SourceType,
  settings: Settings,
): Promise<void> {
  const access = accessOf({ own: store.own, rules: readSourceRules(env, home), isPersonal: false })
  await type.check?.({ settings, access })
}

/** The settings with what is given of them; null when none is. Errors: `request_invalid`, `source_not_found`. */
function settingsAfter(before: DataSourceRow, input: DataSourceEdit, sealer: Sealer): Settings | null {
  const { version: _, name: __, description: ___, openColumns: ____, ...wanted } = given(input)
  requireOwn(knownSourceType(before.kind), before.kind, wanted, 'data source')
  if (Object.keys(wanted).length === 0) return null
  const type = sourceTypeOf(before.kind)
  const known = settingsBefore(type, before, wanted, sealer, 'data_source')
  return changedSettings(type, { known, wanted })
}

function stored(type: SourceType, settings: Settings, sealer: Sealer, id: string) {
  const shown = shownSettings(type, settings)
  return keptSettings(type, { settings, shown }, sealer, { table: 'data_source', id })
}

function complete(db: Db) {
  return db
    .selectFrom('data_source')
    .selectAll('data_source')
    .select((eb) =>
      eb
        .selectFrom('query')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .whereRef('query.data_source_id', '=', 'data_source.id')
        .as('queries'),
    )
}

function viewOf(row: DataSourceRow & { queries: number | null }): DataSource {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    kind: row.kind,
    settings: shownOf(row),
    openColumns: row.open_columns,
    queries: row.queries ?? 0,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
