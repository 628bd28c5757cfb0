import { link, stat } from 'node:fs/promises'
import type { CompareOptions } from '../folders.ts'
import { hashesOf } from './block-file.ts'
import { nothing } from './blocks.ts'
import { distinctOf } from './distinct.ts'
import { LINE_BYTES } from './hex.ts'
import { hashFile, spoolFile, stageFiles } from './layout.ts'
import { walk } from './walk.ts'
import { withSinks } from './with-sinks.ts'

const DESIRED = 1
const TOLD = 2

/** Where a comparison reads and writes. */
export type CompareFolders = Pick<
  CompareOptions,
  'stageDir' | 'toldDir' | 'unsureDir' | 'desiredDir' | 'spoolDir'
>

export interface BucketCounts {
  readonly staged: number
  readonly members: number
  readonly added: number
  readonly removed: number
}

/** Compares one bucket and writes its files. Buckets know nothing of each other. */
export async function compareBucket(folders: CompareFolders, bucket: string): Promise<BucketCounts> {
  const { stageDir, toldDir, unsureDir, desiredDir, spoolDir } = folders
  const staged = await stageFiles(stageDir, bucket)
  const inputs = [distinctOf(staged)]
  for (const dir of [toldDir, unsureDir])
    inputs.push(dir === null ? nothing() : hashesOf(hashFile(dir, bucket)))
  const desiredFile = hashFile(desiredDir, bucket)
  const addsFile = spoolFile(spoolDir, 'add', bucket)
  const isFirst = toldDir === null
  const outputs = [desiredFile, spoolFile(spoolDir, 'remove', bucket), ...(isFirst ? [] : [addsFile])]
  const [members, removed, added] = await withSinks(outputs, ([desired, removes, adds]) =>
    walk(inputs, (mask, hashes, from, count) => {
      if ((mask & DESIRED) === 0) return removes?.add(hashes, from, count)
      const first = desired?.add(hashes, from, count)
      if (adds === undefined || (mask & TOLD) !== 0) return first
      return both(first, adds.add(hashes, from, count))
    }),
  )
  // With nothing told, everyone is added: one file under two names, since neither is ever changed.
  if (isFirst) await link(desiredFile, addsFile)
  return {
    staged: await linesIn(staged),
    members: members ?? 0,
    added: (isFirst ? members : added) ?? 0,
    removed: removed ?? 0,
  }
}

async function linesIn(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0) / LINE_BYTES
}

function both(
  first: Promise<void> | undefined,
  second: Promise<void> | undefined,
): Promise<void> | undefined {
  if (first === undefined) return second
  return second === undefined ? first : Promise.all([first, second]).then(() => undefined)
}
