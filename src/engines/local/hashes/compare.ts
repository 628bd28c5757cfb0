import { bucketNames } from '../folders.ts'
import type { ComparedFolders, CompareOptions } from '../folders.ts'
import type { BucketCounts } from './compare-bucket.ts'
import { ComparePool } from './compare-pool.ts'
import { makeFolders } from './folder.ts'
import { forBuckets } from './layout.ts'

/** `compare` of folders, for stage files that are lines of hexadecimal hashes. */
export async function compareHashes(options: CompareOptions, threads: number): Promise<ComparedFolders> {
  const { signal, onProgress, durable, ...folders } = options
  let done = 0
  const buckets = await makeFolders(
    [options.desiredDir, options.spoolDir],
    async ([desiredDir, spoolDir]) => {
      const temporary = { ...folders, desiredDir: desiredDir as string, spoolDir: spoolDir as string }
      await using pool = await ComparePool.open(temporary, { threads, signal })
      // Awaited here, since the pool ends with this block.
      return await forBuckets(Math.max(2, threads), async (bucket) => {
        signal.throwIfAborted()
        const counts = await pool.compare(bucket)
        done += 1
        onProgress({ share: done / bucketNames.length })
        return counts
      })
    },
    { durable },
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
