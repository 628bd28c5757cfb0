import { rm } from 'node:fs/promises'
import type { Prepared } from '../../contract.ts'
import type { FileRows, FileTable } from '../../../sources/source.ts'
import { withinTime } from '../../../sources/preview.ts'
import type { FilesPreview, RowCount, SourceTable } from '../../../sources/preview.ts'
import type { OnShare } from '../duckdb/session.ts'
import type { QueriedRows } from '../duckdb/locked-query.ts'
import { draftOf } from '../records/rejects-file.ts'
import { BrokenOff, runInChild } from './host.ts'
import type { ChildOptions } from './host.ts'
import type { QueryProgress } from './messages.ts'

/** The functions of `jobs.ts` as this process calls them, each in a child of its own. */

type Place = Omit<ChildOptions, 'onProgress' | 'subject'>

function ofQuery(place: Place): Omit<ChildOptions, 'onProgress'> {
  return { ...place, subject: 'query' }
}

function ofFiles(place: Place): Omit<ChildOptions, 'onProgress'> {
  return { ...place, subject: 'files' }
}

function placeOf(rows: FileRows, place: Place): Omit<ChildOptions, 'onProgress'> {
  return rows.query === null ? ofFiles(place) : ofQuery(place)
}

export async function previewFiles(
  rows: QueriedRows,
  { rowsMax, openColumns, ...place }: Place & { rowsMax: number; openColumns: readonly string[] | null },
): Promise<Omit<FilesPreview, 'seconds'>> {
  const options = { rows, rowsMax, openColumns }
  return (await runInChild('previewFiles', options, ofQuery(place))) as Omit<FilesPreview, 'seconds'>
}

export async function countFiles(rows: QueriedRows, place: Place): Promise<Omit<RowCount, 'seconds'>> {
  return (await runInChild('countFiles', { rows }, ofQuery(place))) as Omit<RowCount, 'seconds'>
}

export async function probeFiles(rows: QueriedRows, place: Place): Promise<readonly string[]> {
  return (await runInChild('probeFiles', { rows }, ofQuery(place))) as readonly string[]
}

export async function listFileTables(rows: FileRows, place: Place): Promise<SourceTable[]> {
  return (await runInChild('listFileTables', { rows }, ofFiles(place))) as SourceTable[]
}

type Staging = Place & { folder: string; hashed: boolean; onShare: OnShare }

/** Further error: `query_failed` after `limits.queryTimeoutMs`. */
export async function prepareQuery(
  rows: QueriedRows,
  { onShare, onBytes, ...staging }: Staging & { onBytes: (bytes: number) => void },
): Promise<Prepared> {
  const { folder, hashed, ...place } = staging
  const onProgress = (progress: unknown) => {
    const { bytes, share } = progress as QueryProgress
    if (bytes !== undefined) onBytes(bytes)
    if (share !== undefined) onShare(share)
  }
  return withinTime('queryTimeoutMs', place, async (signal) => {
    const child = { ...ofQuery({ ...place, signal }), onProgress }
    return (await runInChild('prepareQuery', { rows, folder, hashed }, child)) as Prepared
  })
}

/** For a table of Parquet files that is read without a query. */
export async function prepareParquet(
  table: FileTable,
  rows: FileRows,
  { onShare, ...staging }: Staging,
): Promise<Prepared> {
  const { folder, hashed, ...place } = staging
  const child = { ...ofFiles(place), onProgress: sharesOf(onShare) }
  return (await runInChild('prepareParquet', { table, rows, folder, hashed }, child)) as Prepared
}

function sharesOf(onShare: OnShare) {
  return (progress: unknown) => onShare(progress as Parameters<OnShare>[0])
}

export async function listFileRejects(
  rows: FileRows,
  { path, hashed, ...place }: Place & { path: string; hashed: boolean },
): Promise<void> {
  const draft = await draftOf(path)
  const list = async (signal: AbortSignal) =>
    runInChild('listFileRejects', { rows, path, hashed, draft }, placeOf(rows, { ...place, signal }))
  try {
    await (rows.query === null ? list(place.signal) : withinTime('queryTimeoutMs', place, list))
  } finally {
    // A child that was killed leaves it.
    await rm(draft, { force: true })
  }
}

export async function sampleOfFiles(
  rows: FileRows,
  { hashed, spoolDir, count, ...place }: Place & { hashed: boolean; spoolDir: string; count: number },
): Promise<string[]> {
  const options = { rows, hashed, spoolDir, count }
  return (await runInChild('sampleOfFiles', options, placeOf(rows, place))) as string[]
}

/** The first of some Parquet files that the engine cannot read to its end, or crashes over; null when there is none. */
export async function firstUnreadable(paths: readonly string[], place: Place): Promise<string | null> {
  let path: unknown = null
  const onProgress = (progress: unknown) => {
    path = progress
  }
  try {
    return (await runInChild('firstUnreadable', { paths }, { ...ofFiles(place), onProgress })) as
      | string
      | null
  } catch (error) {
    if (error instanceof BrokenOff) return path as string | null
    throw error
  }
}
