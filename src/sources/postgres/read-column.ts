import { escapeIdentifier } from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Limits } from '../../base/limits.ts'
import { CopyTextParser } from './copy-text.ts'
import { queryError } from './errors.ts'
import type { SourceAccess } from '../access.ts'
import { openSession } from './read-only-session.ts'
import type { Session } from './read-only-session.ts'

export interface ReadOptions {
  readonly url: string
  readonly access: SourceAccess
  /** A single query without semicolon, found good by a probe. */
  readonly query: string
  /** Name of the column, exactly. */
  readonly column: string
  readonly limits: Limits
  readonly signal: AbortSignal
}

/** Bytes that wait between network and reader; each chunk of values is cut from about as many. */
const BUFFER_BYTES = 64 * 1024

/**
 * Values of one column of a query as text, streamed by COPY in the order of the query: what is not yet asked for stays in the
 * database. Leaving early cancels the query there. Ends without error only when every row arrived.
 */
export async function* readColumn(options: ReadOptions): AsyncGenerator<(string | null)[], void, undefined> {
  const session = await openSession(options)
  let finished = false
  try {
    yield* copyColumn(session, options)
    finished = true
  } finally {
    if (!finished) await session.abandon()
    await session.close()
  }
}

async function* copyColumn(
  session: Session,
  options: ReadOptions,
): AsyncGenerator<(string | null)[], void, undefined> {
  const { query, column, limits, signal } = options
  const prefix = `COPY (SELECT ${escapeIdentifier(column)}::text FROM (\n`
  const statement = `${prefix}${query}\n) AS q) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`
  const stream = session.client.query(copyTo(statement, { highWaterMark: BUFFER_BYTES }))
  // What comes after the reader left is no one's error.
  stream.on('error', () => {})
  const parser = new CopyTextParser(limits.fieldBytesMax)
  let received = 0
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      const values = parser.push(piece)
      received += values.length
      if (values.length > 0) yield values
    }
    await session.client.query('ROLLBACK')
    if (parser.isMidLine || stream.rowCount !== received) throw new Error('rows are missing')
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw queryError(error, { query, prefix }, limits, 'queryTimeoutMs')
  }
}
