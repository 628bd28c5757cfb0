import type { FileRows, FileTable } from '../../../sources/source.ts'
import { sampleOfFiles } from '../duckdb/arrivals.ts'
import { countFiles, listFileTables, previewFiles, probeFiles } from '../duckdb/preview-files.ts'
import { firstUnreadable, prepareParquet } from '../duckdb/read-parquet.ts'
import { isQueried } from '../duckdb/is-queried.ts'
import { prepareQuery, queryParts } from '../duckdb/query.ts'
import { recordsByFile } from '../duckdb/table-records.ts'
import type { QueriedRows } from '../duckdb/locked-query.ts'
import { listRejects } from '../records/rejects-file.ts'
import type { ChildPlace } from './child-place.ts'
import type { QueryProgress } from './messages.ts'

/**
 * All that executes SQL that people wrote or lets the engine read Parquet files, by the name under which the host asks for it. A job is
 * killed from outside, so that no signal reaches it.
 */

type Asked<Options> = Options & ChildPlace
type OnProgress = (progress: unknown) => void

const never = new AbortController().signal
const PROGRESS_MS = 300

/** Many files are read by small pieces, of which the parent hears a few times a second. */
function bytesTold(tell: (progress: QueryProgress) => void): (bytes: number) => void {
  let untold = 0
  let toldAt = Number.NEGATIVE_INFINITY
  return (bytes) => {
    untold += bytes
    const now = performance.now()
    if (now - toldAt < PROGRESS_MS) return
    tell({ bytes: untold })
    untold = 0
    toldAt = now
  }
}

export const jobs = {
  previewFiles: ({
    rows,
    ...options
  }: Asked<{ rows: QueriedRows; rowsMax: number; openColumns: readonly string[] | null }>) =>
    previewFiles(rows, { ...options, signal: never }),

  countFiles: ({ rows, ...options }: Asked<{ rows: QueriedRows }>) =>
    countFiles(rows, { ...options, signal: never, openColumns: null }),

  probeFiles: ({ rows, ...options }: Asked<{ rows: QueriedRows }>) =>
    probeFiles(rows, { ...options, signal: never, openColumns: null }),

  listFileTables: ({ rows, ...options }: Asked<{ rows: FileRows }>) =>
    listFileTables(rows, { ...options, signal: never, openColumns: null }),

  async prepareQuery(
    { rows, folder, ...options }: Asked<{ rows: QueriedRows; folder: string; hashed: boolean }>,
    onProgress: OnProgress,
  ) {
    const tell = (progress: QueryProgress) => onProgress(progress)
    const told = {
      onBytes: bytesTold(tell),
      onShare: (share: NonNullable<QueryProgress['share']>) => tell({ share }),
    }
    const tally = await prepareQuery(rows, folder, { ...options, ...told, signal: never })
    return tally.prepared()
  },

  async prepareParquet(
    {
      table,
      rows,
      folder,
      ...options
    }: Asked<{ table: FileTable; rows: FileRows; folder: string; hashed: boolean }>,
    onProgress: OnProgress,
  ) {
    const tally = await prepareParquet(table, rows, folder, {
      ...options,
      signal: never,
      onShare: onProgress,
    })
    return tally.prepared()
  },

  firstUnreadable: ({ paths, ...options }: Asked<{ paths: readonly string[] }>, onProgress: OnProgress) =>
    firstUnreadable(paths, { ...options, signal: never }, onProgress),

  async listFileRejects({
    rows,
    path,
    hashed,
    draft,
    ...options
  }: Asked<{ rows: FileRows; path: string; hashed: boolean; draft: string }>) {
    const read = { ...options, signal: never, onBytes: () => undefined }
    const parts = isQueried(rows) ? queryParts(rows, read) : recordsByFile(rows, read)
    for await (const values of listRejects(parts, { path, hashed, draft })) void values
  },

  sampleOfFiles: ({
    rows,
    ...options
  }: Asked<{ rows: FileRows; hashed: boolean; spoolDir: string; count: number }>) =>
    sampleOfFiles(rows, { ...options, signal: never, onBytes: () => undefined }),
}
