import { parentPort, workerData } from 'node:worker_threads'
import { carried } from '../carried-error.ts'
import { compareBucket } from './compare-bucket.ts'
import type { CompareFolders } from './compare-bucket.ts'

/** Compares the buckets it is sent, one at a time. An error travels by its code and data, since classes do not. */
// oxlint-disable unicorn/require-post-message-target-origin -- that is for windows
parentPort?.on('message', (bucket: string) => {
  compareBucket(workerData as CompareFolders, bucket).then(
    (counts) => parentPort?.postMessage({ counts }),
    (error: unknown) => {
      parentPort?.postMessage({ error: carried(error) })
    },
  )
})
