import { mkdir, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketNames } from '../folders.ts'
import { LINE_BYTES } from '../hashes/hex.ts'
import { stagePart } from '../hashes/layout.ts'

const LINES = 2048
/** Room at first: most buckets of a small list never need more. */
const LINES_FIRST = 64

interface Bucket {
  readonly file: FileHandle
  lines: Buffer
  used: number
}

/** Writes hexadecimal hashes as stage files, a folder a bucket. */
export class StageWriter {
  private readonly buckets: readonly Bucket[]

  private constructor(buckets: readonly Bucket[]) {
    this.buckets = buckets
  }

  static async create(folder: string): Promise<StageWriter> {
    const buckets: Bucket[] = []
    for (const name of bucketNames) {
      await mkdir(join(folder, stagePart(name)), { recursive: true, mode: 0o700 })
      const file = await open(join(folder, stagePart(name), 'lines.txt'), 'wx', 0o600)
      buckets.push({ file, lines: Buffer.allocUnsafe(LINES_FIRST * LINE_BYTES), used: 0 })
    }
    return new StageWriter(buckets)
  }

  /** Adds one hash: 64 lower-case hexadecimal digits. Waits for nothing unless its bucket is full. */
  add(hash: string): Promise<void> | undefined {
    const bucket = this.buckets[Number.parseInt(hash.charAt(0), 16)] as Bucket
    bucket.lines.write(hash, bucket.used, 'latin1')
    bucket.lines[bucket.used + LINE_BYTES - 1] = 0x0a
    bucket.used += LINE_BYTES
    return bucket.used === bucket.lines.length ? makeRoom(bucket) : undefined
  }

  async finish(): Promise<void> {
    await Promise.all(this.buckets.map(flush))
  }

  async close(): Promise<void> {
    await Promise.all(this.buckets.map(({ file }) => file.close()))
  }
}

function makeRoom(bucket: Bucket): Promise<void> | undefined {
  const { lines } = bucket
  if (lines.length === LINES * LINE_BYTES) return flush(bucket)
  bucket.lines = Buffer.concat([lines], lines.length * 2)
  return undefined
}

async function flush(bucket: Bucket): Promise<void> {
  const { file, lines, used } = bucket
  bucket.used = 0
  for (let from = 0; from < used;) from += (await file.write(lines, from, used - from)).bytesWritten
}
