import { invalid, RollcallError } from '../base/rollcall-error.ts'
import { hideColumns, hideTypes, maskColumns } from '../members/mask-rows.ts'
import type { FilesPreview, SourceTable } from '../sources/preview.ts'
import { accessOf } from '../sources/access.ts'
import type { QueryText } from '../objects/query.ts'
import { readSourceRules } from '../sources/rules.ts'
import { engineOn } from '../platform/open.ts'
import { orderWarning } from '../members/row-order.ts'
import { dataSourceRow, readsFiles, savedSource } from './data-sources.ts'
import type { DataSourceRow } from './data-sources.ts'
import { queryRow } from './queries.ts'
import type { QueryRow } from './queries.ts'
import type { Tenant } from './tenant.ts'

/** Looking at what a query returns, before anything is sent from it. */

/** One of the saved texts, or one that is not saved. */
export type WhichText = 'draft' | 'active' | QueryText | undefined

/** Without the seconds that it took for people who may not view PII: time can tell what rows hold. */
type ShownPreview = Omit<FilesPreview, 'seconds' | 'unreadable' | 'byOrder'> & {
  readonly seconds: number | null
  readonly masked: boolean
  /** Null for them too, as every count. */
  readonly unreadable: number | null
  /** What is not wrong, but to be known before anything is sent from it, in sentences. */
  readonly warnings: readonly string[]
}

/** The first rows of a query; masked for who may not view PII. Errors: `not_found`, `request_invalid`, and those of the source. */
export async function previewQuery(
  platform: Tenant,
  id: string,
  options: { text: WhichText; mayViewPii: boolean; signal: AbortSignal },
): Promise<ShownPreview> {
  const { query, source } = await queryAndSource(platform, id)
  const { mayViewPii, signal } = options
  const text = chosenText(query, mayViewPii ? options.text : textToSee(query, source, options.text))
  const openColumns = mayViewPii ? null : source.open_columns
  const { byOrder, ...preview } = await engineOn(platform).preview({
    ...readOptions(platform, source, signal),
    query: text.sql,
    emailColumn: text.emailColumn,
    rowsMax: platform.limits.previewRowsMax,
    openColumns,
  })
  const warnings = warningsOf(byOrder)
  if (openColumns === null) return { ...preview, warnings, masked: false }
  const hidden = { rowCount: null, unreadable: null, seconds: null, warnings, masked: true }
  // Of files the query itself saw no more than this.
  if (readsFiles(source)) return { ...preview, columns: maskColumns(preview.columns), ...hidden }
  return { ...preview, ...hideColumns(preview, openColumns), ...hidden }
}

/** What a person is warned of who looks at a query, in sentences. */
export function warningsOf(byOrder: readonly string[]): string[] {
  return [orderWarning(byOrder)].flatMap((warning) => warning?.message ?? [])
}

/** How many rows a query returns now. Errors as with a preview. */
export async function countQuery(
  platform: Tenant,
  id: string,
  options: { text: WhichText; mayViewPii: boolean; signal: AbortSignal },
): Promise<{ readonly rows: number; readonly unreadable: number; readonly seconds: number }> {
  const { query, source } = await queryAndSource(platform, id)
  if (!options.mayViewPii)
    throw denied('a row count can reveal data that you may not view. Ask a user who may view personal data.')
  const text = chosenText(query, options.text)
  const { rowCount: rows, ...counted } = await engineOn(platform).countRows({
    ...readOptions(platform, source, options.signal),
    query: text.sql,
    emailColumn: text.emailColumn,
  })
  return { rows, ...counted }
}

/** What queries of a data source may read. Errors: `not_found`, and those of the source. */
export async function tablesOf(
  platform: Tenant,
  id: string,
  { mayViewPii, signal }: { mayViewPii: boolean; signal: AbortSignal },
): Promise<SourceTable[]> {
  const source = await dataSourceRow(platform.db, id)
  const options = readOptions(platform, source, signal)
  const tables = await engineOn(platform).listTables({ ...options, query: null, emailColumn: 'email' })
  if (mayViewPii) return tables
  return tables.map(({ schema, name, columns: all }) => {
    const columns = readsFiles(source) ? hideTypes(all, source.open_columns) : all
    // A file without a header has its first row for names.
    return { schema, name, columns: maskColumns(columns) }
  })
}

async function queryAndSource(
  { db }: Tenant,
  id: string,
): Promise<{ query: QueryRow; source: DataSourceRow }> {
  const query = await queryRow(db, id)
  return { query, source: await dataSourceRow(db, query.data_source_id) }
}

/**
 * Which text a person may run who may not see personal data. Over files any, since it sees no personal column. A database runs
 * the text as it is, so that only one will do that was activated by a person who may view what it selects.
 */
function textToSee(query: QueryRow, source: DataSourceRow, which: WhichText): WhichText {
  if (readsFiles(source)) return which
  if (which === 'draft' || typeof which === 'object' || query.active === null || !query.active_reviewed)
    throw denied(
      'over a database, you see only rows of queries activated by a user who may view personal data.',
    )
  return 'active'
}

function denied(detail: string): RollcallError {
  return new RollcallError('access_denied', { detail })
}

function chosenText({ name, active, draft }: QueryRow, which: WhichText): QueryText {
  if (typeof which === 'object') return which
  const text = which === undefined ? (draft ?? active) : which === 'draft' ? draft : active
  if (text === null) throw invalid(`query "${name}" has no ${which ?? 'text'}.`)
  return text
}

/** How a data source is read for a person who waits. */
export function readOptions(
  { sealer, limits, home, store, env, actor }: Tenant,
  source: DataSourceRow,
  signal: AbortSignal,
) {
  return {
    from: savedSource(source, sealer),
    limits,
    signal,
    cwd: '/',
    access: accessOf({ own: store.own, rules: readSourceRules(env, home), isPersonal: false }),
    owner: actor.principal.id,
  }
}
