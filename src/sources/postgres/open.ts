import type { FieldDef, QueryArrayConfig } from 'pg'
import type { Limits } from '../../base/limits.ts'
import { findEmailColumn, missingEmailColumn } from '../email-column.ts'
import type { StreamRows } from '../source.ts'
import { queryError } from './errors.ts'
import type { SourceAccess } from '../access.ts'
import { emailTypeProblem } from './email-type.ts'
import { openSession } from './read-only-session.ts'
import type { Session } from './read-only-session.ts'
import { readColumn } from './read-column.ts'
import { singleQuery } from './single-query.ts'

export interface PostgresOptions {
  readonly url: string
  readonly access: SourceAccess
  readonly query: string
  readonly emailColumn: string
  readonly limits: Limits
  readonly signal: AbortSignal
}

/** Checks the query and its e-mail column without running it, and hands out the reading of its rows. */
export async function openPostgres(
  options: PostgresOptions,
): Promise<{ rows: StreamRows; description: string }> {
  const { url, access, emailColumn, limits, signal } = options
  const query = singleQuery(options.query)
  const session = await openSession({ url, access, limits, signal })
  try {
    const fields = await fieldsOf(session, query, limits, signal)
    const names = fields.map(({ name }) => name)
    const field = fields[findEmailColumn(names, emailColumn, "The query's result")]
    const problem = field === undefined ? null : emailTypeProblem(field)
    if (problem !== null) throw missingEmailColumn(emailColumn, problem)
    const column = field?.name ?? emailColumn
    return {
      rows: {
        kind: 'stream',
        read: (readSignal) => readColumn({ url, access, query, column, limits, signal: readSignal }),
      },
      description: `a query in postgres://${session.where}`,
    }
  } finally {
    await session.close()
  }
}

async function fieldsOf(
  session: Session,
  query: string,
  limits: Limits,
  signal: AbortSignal,
): Promise<FieldDef[]> {
  const prefix = 'SELECT * FROM (\n'
  // The extended protocol takes one statement only, whatever the text holds.
  const probe: QueryArrayConfig & { queryMode: 'extended' } = {
    text: `${prefix}${query}\n) AS q LIMIT 0`,
    rowMode: 'array',
    queryMode: 'extended',
  }
  try {
    const { fields } = await session.client.query(probe)
    return fields
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw queryError(error, { query, prefix }, limits, 'queryTimeoutMs')
  }
}
