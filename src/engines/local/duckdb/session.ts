import { rm } from 'node:fs/promises'
import type { DuckDBBlobValue, DuckDBConnection } from '@duckdb/node-api'
import type { Limits } from '../../../base/limits.ts'
import type { RawValue } from '../records/record.ts'
import { textOf } from '../records/text.ts'
import { makeTempFolder } from '../../../base/temp-folder.ts'

const PROGRESS_MS = 300
const INTERRUPT_MS = 50

export interface SessionOptions {
  readonly limits: Limits
  readonly tempDir: string
  readonly signal: AbortSignal
  /** Settings on top of the usual ones. */
  readonly settings?: Readonly<Record<string, string>>
}

/** How far a statement has come. */
export type OnShare = (progress: { readonly share: number; readonly rows: number }) => void

export interface Session {
  readonly connection: DuckDBConnection
  readonly limits: Limits
  /** Runs one statement and returns its rows; progress is told about three times a second. */
  run(sql: string, onShare?: OnShare): Promise<unknown[][]>
  /** The values of a result of one column of texts, or of bytes that should be texts, in its order, in batches. */
  texts(sql: string): AsyncGenerator<RawValue[], void, void>
  close(): Promise<void>
}

/** Loading takes a while, and most commands never need it. */
export async function loadEngine() {
  return import('@duckdb/node-api')
}

/**
 * Opens an instance of its own: one that met a fatal error serves no one else. Spilled rows are encrypted with a key that lies in
 * memory alone, in a folder that `close` removes; what a killed process leaves, `sweepTempFolders` does. An abort interrupts what runs.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { limits, signal } = options
  signal.throwIfAborted()
  const { DuckDBInstance } = await loadEngine()
  const spillDir = await makeTempFolder(options.tempDir, 'rows')
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(limits.rowsThreads),
    memory_limit: `${limits.rowsMemoryBytesMax}B`,
    temp_directory: spillDir,
    temp_file_encryption: 'true',
    // The engine's own cipher; without this it writes with none but one that it would have to download. It is called unsafe since its keys
    // come from a plain random generator: what is spilled is not in clear, but is no safe place for secrets either.
    force_mbedtls_unsafe: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
    // Rows a thread gathers before it writes them to their buckets; the default takes 85 MiB more and is no faster.
    partitioned_write_flush_threshold: '65536',
    ...options.settings,
  })
  const connection = await instance.connect()
  // An interrupt that comes between two statements, or before one has really begun, is lost: so it is repeated.
  let again: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    again = setInterval(() => connection.interrupt(), INTERRUPT_MS)
  }
  signal.addEventListener('abort', interrupt)
  if (signal.aborted) interrupt()
  return {
    connection,
    limits,
    run: (sql, onShare) => run(connection, sql, onShare),
    texts: (sql) => texts(connection, sql),
    async close() {
      signal.removeEventListener('abort', interrupt)
      clearInterval(again)
      connection.closeSync()
      instance.closeSync()
      await rm(spillDir, { recursive: true, force: true })
    },
  }
}

export async function withSession<T>(
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(options)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

async function run(connection: DuckDBConnection, sql: string, onShare?: OnShare): Promise<unknown[][]> {
  const timer = onShare === undefined ? undefined : setInterval(() => tell(connection, onShare), PROGRESS_MS)
  try {
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    clearInterval(timer)
  }
}

async function* texts(connection: DuckDBConnection, sql: string): AsyncGenerator<RawValue[], void, void> {
  const result = await connection.stream(sql)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield (chunk.getColumnValues(0) as (string | DuckDBBlobValue | null)[]).map(rawValueOf)
  }
}

function rawValueOf(value: string | DuckDBBlobValue | null): RawValue {
  if (value === null || typeof value === 'string') return value
  return textOf(Buffer.from(value.bytes), 0, value.bytes.length)
}

function tell(connection: DuckDBConnection, onShare: OnShare): void {
  const { percentage, rows_processed: rows } = connection.progress
  if (percentage >= 0) onShare({ share: Math.min(1, percentage / 100), rows: Number(rows) })
}
