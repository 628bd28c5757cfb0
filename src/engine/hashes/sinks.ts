import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { HASH_BYTES } from './hex.ts'

/** Hashes gathered before they are written. */
const HASHES = 8192

/** Takes hashes and writes them to one file. */
export class Sink {
  count = 0
  private readonly file: FileHandle
  private readonly pending = new Uint8Array(HASHES * HASH_BYTES)
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
    return to === pending.length ? this.flush() : undefined
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
    for (let at = 0; at < run.length; at += this.pending.length)
      await writeAll(this.file, run.subarray(at, at + this.pending.length))
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
