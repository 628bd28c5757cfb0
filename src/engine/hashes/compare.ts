import { bucketNames } from '../engine.ts'
import type { Compared, CompareOptions } from '../engine.ts'
import { hashesOf, nothing } from './blocks.ts'
import { distinctOf } from './distinct.ts'
import { makeFolders } from './folder.ts'
import { LINE_BYTES } from './hex.ts'
import { forBuckets, hashFile, spoolFile, stageFiles } from './layout.ts'
import { withSinks } from './with-sinks.ts'
import { walk } from './walk.ts'
import { stat } from 'node:fs/promises'

const DESIRED = 1
const TOLD = 2

interface BucketCounts {
  readonly staged: number
  readonly members: number
  readonly added: number
  readonly removed: number
}

/** `compare` of the row engine contract, for any engine whose stage files are lines of hexadecimal hashes. */
export async function compareHashes(options: CompareOptions): Promise<Compared> {
  let done = 0
  const buckets = await makeFolders([options.desiredDir, options.spoolDir], ([desiredDir, spoolDir]) =>
    forBuckets(async (bucket) => {
      options.signal.throwIfAborted()
      const counts = await compareBucket(
        { ...options, desiredDir: desiredDir as string, spoolDir: spoolDir as string },
        bucket,
      )
      done += 1
      options.onProgress({ share: done / bucketNames.length })
      return counts
    }),
  )
  const total = (name: keyof BucketCounts) => buckets.reduce((sum, bucket) => sum + bucket[name], 0)
  return {
    members: total('members'),
    duplicates: total('staged') - total('members'),
    added: total('added'),
    removed: total('removed'),
    unchanged: total('members') - total('added'),
    addsByBucket: buckets.map(({ added }) => added),
    removesByBucket: buckets.map(({ removed }) => removed),
  }
}

async function compareBucket(options: CompareOptions, bucket: string): Promise<BucketCounts> {
  const { stageDir, toldDir, unsureDir, desiredDir, spoolDir } = options
  const staged = await stageFiles(stageDir, bucket)
  const inputs = [distinctOf(staged)]
  for (const dir of [toldDir, unsureDir])
    inputs.push(dir === null ? nothing() : hashesOf(hashFile(dir, bucket)))
  const outputs = [
    { path: hashFile(desiredDir, bucket), as: 'hashes' },
    { path: spoolFile(spoolDir, 'add', bucket), as: 'lines' },
    { path: spoolFile(spoolDir, 'remove', bucket), as: 'lines' },
  ] as const
  const [members, added, removed] = await withSinks(outputs, ([desired, adds, removes]) =>
    walk(inputs, (mask, hashes, from, count) => {
      if ((mask & DESIRED) === 0) return removes?.add(hashes, from, count)
      const first = desired?.add(hashes, from, count)
      if ((mask & TOLD) !== 0) return first
      const second = adds?.add(hashes, from, count)
      return first === undefined ? second : first.then(() => second)
    }),
  )
  return { staged: await linesIn(staged), members: members ?? 0, added: added ?? 0, removed: removed ?? 0 }
}

async function linesIn(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0) / LINE_BYTES
}
