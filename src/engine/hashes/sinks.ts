import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { HASH_BYTES } from './hex.ts'

/** Hashes gathered before they are written. */
const HASHES = 8192
/** Room at first: most buckets of a small list never need more. */
const HASHES_FIRST = 64

/** Takes hashes and writes them to one file. */
export class Sink {
  count = 0
  private readonly file: FileHandle
  private pending = new Uint8Array(HASHES_FIRST * HASH_BYTES)
  private filled = 0

  private constructor(file: FileHandle) {
    this.file = file
  }

  static async create(path: string): Promise<Sink> {
    return new Sink(await open(path, 'wx', 0o600))
  }

  /** Adds `count` hashes from byte `from` on. A promise it returns must be awaited before the next call. */
  add(hashes: Uint8Array, from: number, count: number): Promise<void> | undefined {
    this.count += count
    if (count > 1) return this.addRun(hashes.subarray(from, from + count * HASH_BYTES))
    const { pending } = this
    let to = this.filled
    for (let at = from; at < from + HASH_BYTES; at += 1) {
      pending[to] = hashes[at] as number
      to += 1
    }
    this.filled = to
    return to === pending.length ? this.makeRoom() : undefined
  }

  /** Writes the rest. */
  async finish(): Promise<void> {
    await this.flush()
  }

  async close(): Promise<void> {
    await this.file.close()
  }

  private async addRun(run: Uint8Array): Promise<void> {
    await this.flush()
    await writeAll(this.file, run)
  }

  private makeRoom(): Promise<void> | undefined {
    const { pending } = this
    if (pending.length === HASHES * HASH_BYTES) return this.flush()
    this.pending = new Uint8Array(pending.length * 2)
    this.pending.set(pending)
    return undefined
  }

  private async flush(): Promise<void> {
    const { filled } = this
    this.filled = 0
    await writeAll(this.file, this.pending.subarray(0, filled))
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, from, bytes.length - from)
    from += bytesWritten
  }
}
