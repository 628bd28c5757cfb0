import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { BLOCK_BYTES, CHECKSUM_BYTES, firstChecksum, nextChecksum } from './block-file.ts'
import { viewOf } from './blocks.ts'
import { HASH_BYTES } from './hex.ts'

/** Room at first: most buckets of a small list never need more. */
const HASHES_FIRST = 64

/** Takes hashes in order and writes them to one bucket file, with its checksums. */
export class Sink {
  count = 0
  private readonly file: FileHandle
  private checksum: number
  /** The block that is being filled. */
  private block = new Uint8Array(HASHES_FIRST * HASH_BYTES)
  private filled = 0

  private constructor(file: FileHandle, checksum: number) {
    this.file = file
    this.checksum = checksum
  }

  static async create(path: string): Promise<Sink> {
    return new Sink(await open(path, 'wx', 0o600), firstChecksum(path))
  }

  /** Adds `count` hashes from byte `from` on. A promise it returns must be awaited before the next call. */
  add(hashes: Uint8Array, from: number, count: number): Promise<void> | undefined {
    this.count += count
    if (count > 1) return this.addRun(hashes.subarray(from, from + count * HASH_BYTES))
    const { block } = this
    let to = this.filled
    for (let at = from; at < from + HASH_BYTES; at += 1) {
      block[to] = hashes[at] as number
      to += 1
    }
    this.filled = to
    return this.room() === 0 ? this.makeRoom() : undefined
  }

  /** Writes the rest. */
  async finish(): Promise<void> {
    if (this.filled > 0) await this.flush()
  }

  async close(): Promise<void> {
    await this.file.close()
  }

  private async addRun(run: Uint8Array): Promise<void> {
    let from = 0
    if (this.filled > 0) {
      from = Math.min(run.length, BLOCK_BYTES - this.filled)
      await this.gather(run.subarray(0, from))
    }
    const pieces: Uint8Array[] = []
    for (; run.length - from >= BLOCK_BYTES; from += BLOCK_BYTES)
      pieces.push(...this.sealed(run.subarray(from, from + BLOCK_BYTES)))
    await writeAll(this.file, pieces)
    await this.gather(run.subarray(from))
  }

  /** Takes hashes that fit the block. */
  private async gather(hashes: Uint8Array): Promise<void> {
    while (this.room() < hashes.length) void this.makeRoom()
    this.block.set(hashes, this.filled)
    this.filled += hashes.length
    if (this.room() === 0) await this.makeRoom()
  }

  private room(): number {
    return this.block.length - this.filled
  }

  private makeRoom(): Promise<void> | undefined {
    if (this.filled === BLOCK_BYTES) return this.flush()
    const larger = new Uint8Array(this.block.length * 2)
    larger.set(this.block)
    this.block = larger
    return undefined
  }

  private async flush(): Promise<void> {
    const hashes = this.block.subarray(0, this.filled)
    this.filled = 0
    await writeAll(this.file, this.sealed(hashes))
  }

  /** A block as it is written. */
  private sealed(hashes: Uint8Array): Uint8Array[] {
    this.checksum = nextChecksum(this.checksum, hashes)
    const checksum = new Uint8Array(CHECKSUM_BYTES)
    viewOf(checksum).setUint32(0, this.checksum)
    return [hashes, checksum]
  }
}

async function writeAll(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let left = [...pieces]
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left)
    left = after(left, bytesWritten)
  }
}

/** What is left of some pieces after so many bytes of them. */
function after(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skipped = bytes
  return pieces.flatMap((piece) => {
    const from = Math.min(skipped, piece.length)
    skipped -= from
    return from === piece.length ? [] : [piece.subarray(from)]
  })
}
