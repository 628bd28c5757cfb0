import { RollcallError } from '../base/rollcall-error.ts'
import type { Limits } from '../base/limits.ts'
import { openFiles } from './files/open-files.ts'
import { openPostgres } from './postgres/open-postgres.ts'
import { isPostgresUrl } from '../base/postgres-address.ts'
import { plainAccess } from './postgres/database-access.ts'
import type { DatabaseAccess } from './postgres/database-access.ts'
import type { Rows } from './source.ts'

export interface SourceOptions {
  /** Files, patterns, or one `postgres://` address. */
  readonly from: readonly string[]
  /** SQL: over the table `input` with files, over the database with PostgreSQL. */
  readonly query: string | null
  readonly emailColumn: string
  readonly limits: Limits
  readonly signal: AbortSignal
  /** Folder that relative paths start from. */
  readonly cwd: string
  /** How a database may be reached; without it by its address alone. */
  readonly access?: DatabaseAccess | undefined
}

export interface OpenedSource {
  readonly rows: Rows
  /** The source for logs, without user, password or query. */
  readonly description: string
}

/**
 * Finds the source and its e-mail column, so that a wrong path, query or column is told before anything else is done.
 * Reads no more than the first rows and keeps nothing open.
 *
 * Throws `wrong_usage`, `source_not_found`, `source_refused`, `missing_email_column` or `query_failed`.
 */
export async function openSource(options: SourceOptions): Promise<OpenedSource> {
  const url = databaseOf(options.from)
  if (url === null) return openFiles(options)
  return openPostgres({
    ...options,
    access: options.access ?? plainAccess,
    url,
    query: databaseQuery(options.query),
  })
}

/** The address of the database when a source is one, or null for files. Throws `wrong_usage` for a mixture and for nothing. */
export function databaseOf(from: readonly string[]): string | null {
  if (from.length === 0) throw new RollcallError('wrong_usage', { detail: 'No source is named.' })
  const database = from.find(isPostgresUrl)
  if (database !== undefined && from.length > 1) {
    throw new RollcallError('wrong_usage', {
      detail: 'A postgres:// address must be the only source: name it alone.',
    })
  }
  return database ?? null
}

/** Throws `wrong_usage` when there is none: a database has no table that could be meant. */
export function databaseQuery(query: string | null): string {
  if (query !== null) return query
  throw new RollcallError('wrong_usage', {
    detail: 'A postgres:// address needs the SQL to run there, as in `rollcall sync --query`.',
  })
}
