import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileRows } from '../../../sources/source.ts'
import { prepareQuery } from '../child/in-child.ts'
import type { PrepareOptions } from '../folders.ts'
import { Tally } from '../records/tally.ts'
import type { DuckdbEngineOptions } from './engine-options.ts'
import { prepareTable } from './prepare-table.ts'
import { isQueried } from './is-queried.ts'

/** Stages all files of a source below `dir`, a folder a table. */
export async function prepareFiles(
  rows: FileRows,
  dir: string,
  job: PrepareOptions & DuckdbEngineOptions,
): Promise<Tally> {
  const progress = new Progress(rows.bytesTotal, job.onProgress)
  const { limits, tempDir, signal, hashed } = job
  const options = { limits, tempDir, signal, hashed }
  if (isQueried(rows))
    return Tally.of(
      await prepareQuery(rows, { ...options, ...progress.ofQuery(), folder: join(dir, 'query') }),
    )
  const tally = new Tally()
  for (const [index, table] of rows.tables.entries()) {
    const bytes = await bytesOf(table.paths)
    tally.add(
      await prepareTable(table, rows, join(dir, `table${index}`), { ...options, ...progress.of(bytes) }),
    )
    progress.endTable(bytes, tally.received)
  }
  return tally
}

async function bytesOf(paths: readonly string[]): Promise<number> {
  // A file that has gone is reported by its reader.
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

const PROGRESS_MS = 300
/** Of a query over files that are all loaded. */
const LOADING_SHARE = 0.8

/** Adds up what the tables' readers tell, by the bytes of their files. */
class Progress {
  private readonly bytesTotal: number
  private readonly onProgress: PrepareOptions['onProgress']
  private bytesDone = 0
  private rowsDone = 0
  private toldAt = 0

  constructor(bytesTotal: number, onProgress: PrepareOptions['onProgress']) {
    this.bytesTotal = bytesTotal
    this.onProgress = onProgress
  }

  /** What one table's readers call. */
  of(bytes: number) {
    let read = 0
    return {
      onShare: ({ share, rows }: { share: number; rows: number }) =>
        this.tell(bytes * share, this.rowsDone + rows),
      onBytes: (more: number) => {
        read += more
        this.tell(read, this.rowsDone)
      },
    }
  }

  /** What a query calls: files that the engine cannot read by itself are loaded first, which takes most of the time. */
  ofQuery() {
    let read = 0
    let share = 0
    let rowsMade = 0
    const tell = () => {
      const loaded = this.bytesTotal === 0 ? 0 : Math.min(1, read / this.bytesTotal)
      this.tell(this.bytesTotal * (1 - (1 - LOADING_SHARE * loaded) * (1 - share)), rowsMade)
    }
    return {
      onShare: (made: { share: number; rows: number }) => {
        share = made.share
        rowsMade = made.rows
        tell()
      },
      onBytes: (more: number) => {
        read += more
        tell()
      },
    }
  }

  endTable(bytes: number, rows: number): void {
    this.bytesDone += bytes
    this.rowsDone = rows
    this.toldAt = 0
    this.tell(0, rows)
  }

  private tell(bytes: number, rows: number): void {
    const now = performance.now()
    if (this.toldAt > 0 && now - this.toldAt < PROGRESS_MS) return
    this.toldAt = now
    const share = this.bytesTotal === 0 ? null : Math.min(1, (this.bytesDone + bytes) / this.bytesTotal)
    this.onProgress({ rows, share })
  }
}
