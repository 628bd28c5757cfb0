import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { errorOf } from '../carried-error.ts'
import type { CarriedError } from '../carried-error.ts'
import { bucketNames } from '../folders.ts'
import { compareBucket } from './compare-bucket.ts'
import type { BucketCounts, CompareFolders } from './compare-bucket.ts'
import { stageFiles } from './layout.ts'

/** Below this size of a bucket, starting threads costs more than they save. */
const BUCKET_BYTES_MIN = 16 * 2 ** 20
/** A worker holds typed arrays, not objects. */
const WORKER_HEAP_MB = 32

type Answer = { readonly counts: BucketCounts } | { readonly error: CarriedError }

/** Compares buckets on several threads, or on this one when there is little to do. Idle between two calls of `compare`. */
export class ComparePool implements AsyncDisposable {
  private readonly folders: CompareFolders
  private readonly signal: AbortSignal
  private readonly workers: readonly Worker[]
  private readonly idle: Worker[]

  private constructor(folders: CompareFolders, signal: AbortSignal, workers: readonly Worker[]) {
    this.folders = folders
    this.signal = signal
    this.workers = workers
    this.idle = [...workers]
  }

  static async open(
    folders: CompareFolders,
    { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
  ): Promise<ComparePool> {
    const small = threads < 2 || (await bucketBytes(folders)) < BUCKET_BYTES_MIN
    const count = small ? 0 : Math.min(threads, bucketNames.length)
    return new ComparePool(
      folders,
      signal,
      Array.from({ length: count }, () => start(folders)),
    )
  }

  /** At most as many calls at once as there are threads. */
  async compare(bucket: string): Promise<BucketCounts> {
    const worker = this.idle.pop()
    if (worker === undefined) return compareBucket(this.folders, bucket)
    const answer = once(worker, 'message', { signal: this.signal })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    worker.postMessage(bucket)
    const [result] = (await answer) as [Answer]
    if ('error' in result) throw errorOf(result.error)
    this.idle.push(worker)
    return result.counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }
}

function start(folders: CompareFolders): Worker {
  // Sources run as they are in development, and compiled when installed.
  const file = import.meta.url.endsWith('.ts') ? './compare-worker.ts' : './compare-worker.js'
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: folders,
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB, maxYoungGenerationSizeMb: 4 },
  })
  // A failure reaches the call that waits; an idle worker has nothing to tell.
  worker.on('error', () => undefined)
  return worker
}

async function bucketBytes({ stageDir }: CompareFolders): Promise<number> {
  const files = await stageFiles(stageDir, bucketNames[0] as string)
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
