import { checkedName } from '../base/checked-name.ts'
import { AddressProblem, shownAddressOf } from '../base/postgres-address.ts'
import { invalid } from '../base/rollcall-error.ts'
import type { Selectable } from 'kysely'
import { changes, record } from '../access/activity.ts'
import type { Page, PageOf } from '../store/pages.ts'
import type { Sealer } from '../access/seal.ts'
import { newId } from '../base/ids.ts'
import type { DataSourceTable, FilesSettings, PostgresSettings } from '../store/schema.ts'
import { readSourceRules, refuseClosedPlace } from '../sources/files/rules.ts'
import type { SavedSource } from '../sources/from.ts'
import { sourceTypeOf } from '../sources/registry.ts'
import { deleteUnused, named, notFound, onPage, updateVersioned } from './rows.ts'
import { change } from './tenant.ts'
import { pageOf } from '../store/pages.ts'
import type { Change, Db, Edit, Tenant } from './tenant.ts'

/** Data sources: where queries read. The address of a database is write-only, since it may hold a password. */

export type DataSourceRow = Selectable<DataSourceTable>

export type DataSourceInput = {
  readonly name: string
  readonly description: string
  readonly openColumns: readonly string[]
} & (({ readonly kind: 'files' } & FilesSettings) | { readonly kind: 'postgres'; readonly url: string })

export interface DataSource {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly kind: 'files' | 'postgres'
  readonly settings: FilesSettings | PostgresSettings
  /** Columns that hold nothing personal. All others are hidden from people who may not see personal data. */
  readonly openColumns: readonly string[]
  readonly queries: number
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
}

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

/** Errors: `request_invalid`, `name_taken`, `source_not_found` for files that may not be read. */
export async function createDataSource(tenant: Tenant, input: DataSourceInput): Promise<DataSource> {
  const id = newId('sr')
  const name = checkedName(input.name, tenant.limits)
  if (input.kind === 'files') await checkFilesPlace(tenant, input)
  return change(tenant, async ({ db, actor, sealer }) => {
    await named('data_source', () =>
      db
        .insertInto('data_source')
        .values({
          id,
          name,
          description: input.description.trim(),
          kind: input.kind,
          open_columns: JSON.stringify(checkedColumns(input.openColumns)),
          ...placeOf(input, sealer, id),
        })
        .execute(),
    )
    await record(db, actor, 'data_source.created', { type: 'data_source', id, name })
    return getDataSource(db, id)
  })
}

export type DataSourceChange = Edit<
  { name: string; description: string; url: string; openColumns: readonly string[] } & FilesSettings
>

/** What is not given stays; a source keeps its kind. Errors: `not_found`, `changed_meanwhile`, and as with a new one. */
export async function updateDataSource(
  tenant: Tenant,
  id: string,
  input: DataSourceChange,
): Promise<DataSource> {
  return change(tenant, async ({ db, actor, sealer, limits }) => {
    const before = await dataSourceRow(db, id)
    const name = input.name === undefined ? before.name : checkedName(input.name, limits)
    const description = input.description?.trim() ?? before.description
    const place = changedPlace(before, input, sealer)
    if (before.kind === 'files' && place.settings !== undefined)
      await checkFilesPlace(tenant, JSON.parse(place.settings) as FilesSettings)
    const openColumns =
      input.openColumns === undefined ? before.open_columns : checkedColumns(input.openColumns)
    await updateVersioned(
      db,
      'data_source',
      { id, version: input.version },
      { name, description, open_columns: JSON.stringify(openColumns), ...place },
    )
    const detail = {
      ...changes(
        { name: before.name, description: before.description, openColumns: before.open_columns },
        { name, description, openColumns },
      ),
      ...(place.settings === undefined ? {} : { settings: 'changed' }),
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

/** Where a run reads, secrets included. */
export function savedSource({ id, kind, settings, sealed }: DataSourceRow, sealer: Sealer): SavedSource {
  if (sealed === null) return { kind, settings: { ...settings } }
  return { kind, settings: { url: sealer.open(sealed, { table: 'data_source', id }) } }
}

/** Whether its rows lie in files, over which queries of people see no more than they may. Error: `source_not_found`. */
export function readsFiles({ kind }: Pick<DataSourceRow, 'kind'>): boolean {
  return sourceTypeOf(kind).reads === 'files'
}

interface Place {
  readonly settings: string
  readonly sealed: string | null
}

function placeOf(input: DataSourceInput, sealer: Sealer, id: string): Place {
  return input.kind === 'files' ? filesPlace(input) : databasePlace(input.url, sealer, id)
}

function changedPlace(before: DataSourceRow, input: DataSourceChange, sealer: Sealer): Partial<Place> {
  if (before.kind === 'postgres') {
    if (input.folder !== undefined || input.files !== undefined)
      throw invalid('a database has no folder and no files.')
    return input.url === undefined ? {} : databasePlace(input.url, sealer, before.id)
  }
  if (input.url !== undefined) throw invalid('a data source of files has no url.')
  if (input.folder === undefined && input.files === undefined) return {}
  const known = before.settings as FilesSettings
  return filesPlace({ folder: input.folder ?? known.folder, files: input.files ?? known.files })
}

/** Error: `request_invalid`. */
export function filesPlace({ folder, files }: FilesSettings): Place {
  if (!folder.startsWith('/')) throw invalid('folder takes the absolute path of a folder.')
  for (const text of [folder, ...files]) {
    // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
    if (/[\u0000-\u001f\u007f]/.test(text)) throw invalid('folder or files hold a control character.')
  }
  const outside = files.find((file) => file.startsWith('/') || file.split('/').includes('..'))
  if (outside !== undefined) throw invalid(`"${outside}" leads out of the folder.`)
  if (files.length === 0 || files.some((file) => file.trim() === ''))
    throw invalid('files names at least one file or pattern below the folder, such as "customers-*.csv".')
  return { settings: JSON.stringify({ folder, files } satisfies FilesSettings), sealed: null }
}

/** Errors: `request_invalid`, and `source_not_found` for what may not be read, as when it is read. */
export async function checkFilesPlace({ env, home }: Tenant, settings: FilesSettings): Promise<void> {
  filesPlace(settings)
  await refuseClosedPlace(settings, readSourceRules(env, home))
}

function databasePlace(url: string, sealer: Sealer, id: string): Place {
  const settings = JSON.stringify(databaseSettings(url))
  return { settings, sealed: sealer.seal(url, { table: 'data_source', id }) }
}

/** What anyone may read of a database's address: what it leads to. Error: `request_invalid`, which never quotes it. */
export function databaseSettings(url: string): PostgresSettings {
  try {
    return shownAddressOf(url)
  } catch (error) {
    if (error instanceof AddressProblem) throw invalid(`url ${error.message}.`)
    throw error
  }
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
    settings: row.settings,
    openColumns: row.open_columns,
    queries: row.queries ?? 0,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
