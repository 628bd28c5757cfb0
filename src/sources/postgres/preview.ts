import type { FieldDef, QueryArrayConfig, QueryArrayResult } from 'pg'
import type { Limits } from '../../base/limits.ts'
import { findEmailColumn, missingEmailColumn } from '../email-column.ts'
import {
  cellCharsMax,
  cellOf,
  columnOf,
  resultColumnOf,
  COLUMNS_SHOWN_MAX,
  emailColumnProblem,
} from '../preview.ts'
import type { CellKind, Preview, PreviewColumn, PreviewValue, SourceTable } from '../preview.ts'
import { emailTypeProblem } from './email-type.ts'
import { queryError } from './errors.ts'
import { plainAccess } from '../access.ts'
import type { SourceAccess } from '../access.ts'
import { openSession } from './read-only-session.ts'
import type { Session } from './read-only-session.ts'
import { singleQuery } from './single-query.ts'

export interface PostgresPreviewOptions {
  readonly url: string
  readonly access?: SourceAccess | undefined
  readonly query: string
  readonly emailColumn: string
  readonly rowsMax: number
  readonly limits: Limits
  readonly signal: AbortSignal
}

type Shown = Omit<Preview, 'seconds'>

/** The first rows of a query. The database learns how many are wanted, and cuts every value: no result is too large. */
export async function previewPostgres(options: PostgresPreviewOptions): Promise<Shown> {
  const { emailColumn, rowsMax } = options
  const query = singleQuery(options.query)
  return inSession(options, async (session) => {
    const fields = await describe(session, query, options)
    const shown = fields.slice(0, COLUMNS_SHOWN_MAX)
    const rows = await firstRows(session, query, fields, options)
    return {
      columns: shown.map(({ name, type }) => resultColumnOf(name, type)),
      columnsTotal: fields.length,
      rows: rows.slice(0, rowsMax),
      rowCount: rows.length > rowsMax ? null : rows.length,
      emailColumnProblem: problemOfEmailColumn(fields, emailColumn),
    }
  })
}

/** Finds out where the addresses of a query are, without running it. Errors: `missing_email_column` and those of a preview. */
export async function probePostgres(options: Omit<PostgresPreviewOptions, 'rowsMax'>): Promise<void> {
  const query = singleQuery(options.query)
  await inSession(options, (session) => probe(session, query, options))
}

async function probe(
  session: Session,
  query: string,
  { emailColumn, ...limited }: Omit<PostgresPreviewOptions, 'rowsMax'>,
): Promise<void> {
  const { fields } = await send(session, probeOf(query), limited)
  const problem = problemOfEmailColumn(fields, emailColumn)
  if (problem !== null) throw missingEmailColumn(emailColumn, problem)
}

function problemOfEmailColumn(fields: readonly Named[], wanted: string): string | null {
  const names = fields.map(({ name }) => name)
  const problem = emailColumnProblem(names, wanted)
  if (problem !== null) return problem
  const field = fields[findEmailColumn(names, wanted, "The query's result")]
  return field === undefined ? null : emailTypeProblem(field)
}

/** All rows of a query, counted in the database. Refused as a run would be: `missing_email_column` and what a preview throws. */
export async function countPostgres(options: Omit<PostgresPreviewOptions, 'rowsMax'>): Promise<number> {
  const query = singleQuery(options.query)
  return inSession(options, async (session) => {
    await probe(session, query, options)
    const [row] = await run(
      session,
      { before: 'SELECT count(*)::text FROM (\n', query, after: '\n) AS q' },
      options,
    )
    return Number(row?.[0])
  })
}

/** Columns that are listed at most. */
const LISTED_COLUMNS_MAX = 2_000

/** Tables and views that the user may read, those found without their schema first. */
export async function listPostgresTables(
  options: Pick<PostgresPreviewOptions, 'url' | 'access' | 'limits' | 'signal'>,
): Promise<SourceTable[]> {
  const rows = await inSession(options, (session) =>
    run(session, { before: '', query: LIST_COLUMNS, after: '' }, options),
  )
  const tables = new Map<string, { schema: string | null; name: string; columns: PreviewColumn[] }>()
  for (const [schema = null, table, name, type] of rows) {
    const key = JSON.stringify([schema, table])
    const known = tables.get(key) ?? { schema, name: String(table), columns: [] }
    known.columns.push({ name: String(name), type: columnOf('', String(type)).type })
    tables.set(key, known)
  }
  return [...tables.values()]
}

/** What information_schema lacks, materialized views above all, is wanted; what belongs to a partitioned table is not. */
const LIST_COLUMNS = `SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END::text,
    c.relname::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
    AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
  ORDER BY pg_catalog.pg_table_is_visible(c.oid) DESC, n.nspname, c.relname, a.attnum
  LIMIT ${LISTED_COLUMNS_MAX}`

type Named = Pick<FieldDef, 'name' | 'dataTypeID'>

interface Field extends Named {
  readonly type: string
}

/** The columns of a query, found without running it. */
async function describe(session: Session, query: string, options: Limited): Promise<Field[]> {
  const { fields } = await send(session, probeOf(query), options)
  const wanted = JSON.stringify(
    fields.map(({ dataTypeID, dataTypeModifier }) => [dataTypeID, dataTypeModifier]),
  )
  const names = await run(session, { before: '', query: TYPE_NAMES, after: '', values: [wanted] }, options)
  return fields.map(({ name, dataTypeID }, index) => ({ name, dataTypeID, type: names[index]?.[0] ?? '' }))
}

function probeOf(query: string): Statement {
  return { before: 'SELECT * FROM (\n', query, after: '\n) AS q LIMIT 0' }
}

const TYPE_NAMES = `SELECT pg_catalog.format_type((pair->>0)::oid, (pair->>1)::int4)
  FROM pg_catalog.json_array_elements($1::json) WITH ORDINALITY AS t(pair, place) ORDER BY place`

/** One row more than shown tells whether there are more. Columns are named by place, since two may have one name. */
async function firstRows(
  session: Session,
  query: string,
  fields: readonly Field[],
  { rowsMax, ...options }: Limited & { readonly rowsMax: number },
): Promise<PreviewValue[][]> {
  const shown = fields.slice(0, COLUMNS_SHOWN_MAX)
  const charsMax = cellCharsMax(rowsMax, shown.length)
  const kinds = shown.map(({ type }) => kindOf(type))
  const values = shown.map((_, index) => `left(c${index}::text, ${charsMax + 1})`).join(', ')
  const aliases = fields.length === 0 ? '' : `(${fields.map((_, index) => `c${index}`).join(', ')})`
  const before = `SELECT ${values} FROM (\n`
  const rows = await run(
    session,
    { before, query, after: `\n) AS q${aliases} LIMIT ${rowsMax + 1}` },
    options,
  )
  return rows.map((row) => row.map((text, index) => cellOf(text, kinds[index] ?? 'text', charsMax)))
}

const NUMBERS = /^(?:smallint|integer|bigint|oid|real|double precision|numeric(?:\(.*\))?)$/

function kindOf(type: string): CellKind {
  if (type === 'boolean') return 'boolean'
  return NUMBERS.test(type) ? 'number' : 'text'
}

interface Limited {
  readonly limits: Limits
  readonly signal: AbortSignal
}

interface Statement {
  readonly before: string
  readonly query: string
  readonly after: string
  readonly values?: readonly string[]
}

async function run(session: Session, statement: Statement, options: Limited): Promise<(string | null)[][]> {
  return (await send(session, statement, options)).rows
}

/** Every column of a statement is text. The extended protocol takes one statement only, whatever the text holds. */
async function send(
  session: Session,
  { before, query, after, values }: Statement,
  { limits, signal }: Limited,
): Promise<QueryArrayResult<(string | null)[]>> {
  const config: QueryArrayConfig & { queryMode: 'extended' } = {
    text: `${before}${query}${after}`,
    rowMode: 'array',
    queryMode: 'extended',
    values: [...(values ?? [])],
  }
  try {
    return await session.client.query<(string | null)[]>(config)
  } catch (error) {
    signal.throwIfAborted()
    throw queryError(error, { query, prefix: before }, limits, 'previewTimeoutMs')
  }
}

async function inSession<T>(
  options: Pick<PostgresPreviewOptions, 'url' | 'access' | 'limits' | 'signal'>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  // The database keeps the time too, should no one be left to cancel the query.
  const { access = plainAccess } = options
  const limits = { ...options.limits, queryTimeoutMs: options.limits.previewTimeoutMs }
  const session = await openSession({ ...options, access, limits })
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}
