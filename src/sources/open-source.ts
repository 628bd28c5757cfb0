import type { Limits } from '../base/limits.ts'
import { plainAccess } from './access.ts'
import type { SourceAccess } from './access.ts'
import { openFiles } from './formats/open-files.ts'
import { locate } from './locate.ts'
import type { From } from './from.ts'
import type { Rows } from './source.ts'

export interface SourceOptions {
  readonly from: From
  /** SQL: over the table `input` with files, else over the database. */
  readonly query: string | null
  readonly emailColumn: string
  readonly limits: Limits
  readonly signal: AbortSignal
  /** Folder that relative paths of a command line start from. */
  readonly cwd: string
  /** How sources may be reached; without it by their settings alone. */
  readonly access?: SourceAccess | undefined
}

export interface OpenedSource {
  readonly rows: Rows
  /** The source for logs, without user, password or query. */
  readonly description: string
}

/**
 * Finds the source and its e-mail column, so that a wrong path, query or column is reported before anything else is done.
 * Reads no more than the first rows and keeps nothing open.
 *
 * Throws `wrong_usage`, `source_not_found`, `source_refused`, `missing_email_column` or `query_failed`.
 */
export async function openSource(options: SourceOptions): Promise<OpenedSource> {
  const { type, settings } = locate(options.from, options.cwd)
  const reading = { ...options, settings, access: options.access ?? plainAccess }
  if (type.reads === 'rows') return type.open(reading)
  return openFiles({ ...options, files: await type.find(reading) })
}
