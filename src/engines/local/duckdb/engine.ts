import { join } from 'node:path'
import type { FileRows, StreamRows } from '../../../sources/source.ts'
import type { Prepared } from '../../contract.ts'
import type { FolderEngine, PrepareOptions } from '../folders.ts'
import * as inChild from '../child/in-child.ts'
import { compareHashes } from '../hashes/compare.ts'
import { foldHashes } from '../hashes/fold.ts'
import { makeFolders } from '../hashes/folder.ts'
import { limitStage } from '../hashes/limit-stage.ts'
import { prepareRecords } from '../records/prepare-records.ts'
import type { Records } from '../records/record.ts'
import { listRejects, removeRejects } from '../records/rejects-file.ts'
import type { RejectsPart } from '../records/rejects-file.ts'
import type { Tally } from '../records/tally.ts'
import { readWhole } from '../whole-files.ts'
import { sampleOfFiles } from './arrivals.ts'
import { prepareFiles } from './prepare-files.ts'
import { isQueried } from './is-queried.ts'
import { recordsByFile } from './table-records.ts'
import type { DuckdbEngineOptions } from './engine-options.ts'

interface Job extends PrepareOptions, DuckdbEngineOptions {}

/**
 * The rows of the local engine. DuckDB reads, checks and hashes files; sets of hashes are sorted and merged in JavaScript, which is
 * faster and needs less memory than SQL here, and is the same for sources that Node reads.
 */
export function createDuckdbEngine(engine: DuckdbEngineOptions): FolderEngine {
  return {
    prepare: (options) => prepare({ ...options, ...engine }),
    compare: (options) => compareHashes(options, engine.limits.rowsThreads),
    fold: foldHashes,
    async sampleArrivals({ rows, ...options }) {
      if (rows.kind === 'stream') return []
      if (needsChild(rows)) return inChild.sampleOfFiles(rows, { ...options, ...engine })
      return sampleOfFiles(rows, { ...options, ...engine, onBytes: () => undefined })
    },
  }
}

async function prepare(job: Job): Promise<Prepared> {
  const { rows, stageDir, membersMax, signal } = job
  try {
    return await makeFolders(
      [stageDir],
      async ([dir = '']) => {
        const staged = await (rows.kind === 'files'
          ? prepareWhole(rows, dir, job)
          : prepareStream(rows, dir, job))
        // Before the stage has its name, so that no run ever finds more than the sample.
        const prepared = staged.prepared()
        if (membersMax === null) return prepared
        const { distinct } = await limitStage(dir, membersMax, signal)
        return { ...prepared, distinct }
      },
      { durable: job.durable },
    )
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** Nothing is staged of files that are damaged or changed while they were read. */
function prepareWhole(rows: FileRows, dir: string, job: Job): Promise<Tally> {
  return readWhole(rows, job, async () => {
    const tally = await prepareFiles(rows, dir, job)
    await listRejectsOf(rows, tally, job)
    return tally
  })
}

async function listRejectsOf(rows: FileRows, tally: Tally, job: Job): Promise<void> {
  const { rejectsFile: path, hashed } = job
  if (path === null) return
  if (tally.prepared().invalid === 0) await removeRejects(path)
  else if (needsChild(rows)) await inChild.listFileRejects(rows, { ...placeOf(job), path, hashed })
  else await readThrough(listRejects(partsOf(rows, job), { path, hashed }))
}

/** A stream can be read once only, so that its invalid rows are listed on the way. */
function prepareStream(rows: StreamRows, dir: string, job: Job): Promise<Tally> {
  const { hashed, rejectsFile, signal, onProgress } = job
  const read = rows.read(signal)
  const records =
    rejectsFile === null ? read : listRejects([{ file: '', records: read }], { path: rejectsFile, hashed })
  const onRows = (count: number) => onProgress({ rows: count, share: null })
  return prepareRecords(records, { hashed, folder: join(dir, 'rows'), signal, onRows })
}

/** SQL that people wrote may never end, and the engine may break down over a damaged Parquet file. */
function needsChild(rows: FileRows): boolean {
  return isQueried(rows) || rows.tables.some(({ format }) => format === 'parquet')
}

function partsOf(rows: FileRows, job: Job): RejectsPart[] {
  return recordsByFile(rows, { ...job, onBytes: () => undefined })
}

function placeOf({ limits, tempDir, signal }: Job) {
  return { limits, tempDir, signal }
}

async function readThrough(records: Records): Promise<void> {
  for await (const values of records) void values
}
