import type { Prepared } from '../engine.ts'
import type { FileRows } from '../../source/source.ts'
import type { Preview, SourceTable } from '../../source/preview.ts'
import type { OnShare } from '../duckdb/session.ts'
import type { QueriedRows } from '../duckdb/locked-query.ts'
import { runInChild } from './host.ts'
import type { ChildOptions } from './host.ts'

/** The functions of `jobs.ts` as this process calls them, each in a child of its own. */

type Place = Omit<ChildOptions, 'onProgress'>

export async function previewFiles(
  rows: QueriedRows,
  { rowsMax, openColumns, ...place }: Place & { rowsMax: number; openColumns: readonly string[] | null },
): Promise<Omit<Preview, 'seconds'>> {
  const options = { rows, rowsMax, openColumns }
  return (await runInChild('previewFiles', options, place)) as Omit<Preview, 'seconds'>
}

export async function countFiles(rows: QueriedRows, place: Place): Promise<number> {
  return (await runInChild('countFiles', { rows }, place)) as number
}

export async function probeFiles(rows: QueriedRows, place: Place): Promise<void> {
  await runInChild('probeFiles', { rows }, place)
}

export async function listFileTables(rows: FileRows, place: Place): Promise<SourceTable[]> {
  return (await runInChild('listFileTables', { rows }, place)) as SourceTable[]
}

export async function prepareQuery(
  rows: QueriedRows,
  { folder, hashed, onShare, ...place }: Place & { folder: string; hashed: boolean; onShare: OnShare },
): Promise<Prepared> {
  const onProgress = (progress: unknown) => onShare(progress as Parameters<OnShare>[0])
  return (await runInChild('prepareQuery', { rows, folder, hashed }, { ...place, onProgress })) as Prepared
}

export async function listQueryRejects(
  rows: QueriedRows,
  { path, hashed, ...place }: Place & { path: string; hashed: boolean },
): Promise<void> {
  await runInChild('listQueryRejects', { rows, path, hashed }, place)
}

export async function sampleOfQuery(
  rows: QueriedRows,
  { hashed, spoolDir, count, ...place }: Place & { hashed: boolean; spoolDir: string; count: number },
): Promise<string[]> {
  return (await runInChild('sampleOfFiles', { rows, hashed, spoolDir, count }, place)) as string[]
}
