import { randomBytes } from 'node:crypto'
import { Fault } from '../records/record.ts'
import type { Batch } from '../records/record.ts'
import { loadEngine } from './session.ts'
import type { Session } from './session.ts'
import type { Unread } from './unread.ts'

/** Records of one file. */
export interface FileBatches {
  readonly path: string
  readonly batches: AsyncIterable<Batch>
}

/** Rows that the engine takes at once. */
const CHUNK_ROWS = 2048

/**
 * Reads records into a table of the session with the columns `c0`, the address, and `c1` … for the others: `others` of them, and more
 * where batches have more. It lies in memory, and in the session's own folder where it is larger than that. Records that
 * cannot be read are noted. Returns its name.
 */
export async function loadRecords(
  session: Session,
  files: AsyncIterable<FileBatches>,
  others: number,
  unread: Unread,
  signal: AbortSignal,
): Promise<string> {
  // A name that no query can guess.
  const table = `rows_${randomBytes(8).toString('hex')}`
  const { DuckDBDataChunk, VARCHAR } = await loadEngine()
  let types = Array.from({ length: others + 1 }, () => VARCHAR)
  await session.run(`CREATE TABLE main.${table} (${types.map((_, index) => `c${index} VARCHAR`).join(', ')})`)
  let appender = await session.connection.createAppender(table, 'main')
  try {
    for await (const { path, batches } of files)
      for await (const batch of batches) {
        const columns = readable(batch, path, unread)
        if (columns.length > types.length) {
          appender.closeSync()
          for (let index = types.length; index < columns.length; index += 1)
            await session.run(`ALTER TABLE main.${table} ADD COLUMN c${index} VARCHAR`)
          types = columns.map(() => VARCHAR)
          appender = await session.connection.createAppender(table, 'main')
        }
        const rows = columns[0]?.length ?? 0
        for (let from = 0; from < rows; from += CHUNK_ROWS) {
          signal.throwIfAborted()
          const chunk = DuckDBDataChunk.create(types, Math.min(CHUNK_ROWS, rows - from))
          for (const [index, column] of columns.entries())
            chunk.setColumnValues(index, column.slice(from, from + CHUNK_ROWS))
          appender.appendDataChunk(chunk)
        }
      }
  } finally {
    appender.closeSync()
  }
  return `main.${table}`
}

/** The columns of a batch without the records that cannot be read. */
function readable({ addresses, others }: Batch, path: string, unread: Unread): (string | null)[][] {
  let hasFault = false
  for (const value of addresses)
    if (value instanceof Fault) {
      unread.add(path, value.reason, 1)
      hasFault = true
    }
  const columns = [addresses as (string | null)[], ...others]
  if (!hasFault) return columns
  return columns.map((column) => column.filter((_, row) => !(addresses[row] instanceof Fault)))
}
