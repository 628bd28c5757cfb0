import { stat } from 'node:fs/promises'
import { recordsOf, viewOf } from './blocks.ts'
import { decodeLine, HASH_BYTES, leadingWord, LINE_BYTES } from './hex.ts'
import { sortDistinct } from './sort.ts'

/** Lines held in memory at once; a larger bucket is read several times, each time for a range of its hashes. */
const PASS_LINES = 1 << 20
/** Lines sorted at once: their hashes fit the second-level cache. */
const PART_LINES = 1 << 14
/** All hashes of a bucket share their first digit. */
const BUCKET_BITS = 4

/** Hashes of one narrow range, unsorted, that grow only when they are really different ones. */
class Part {
  private bytes: Uint8Array<ArrayBuffer>
  view: DataView
  count = 0
  private readonly skipBits: number

  constructor(lines: number, skipBits: number) {
    this.bytes = new Uint8Array(lines * HASH_BYTES)
    this.view = viewOf(this.bytes)
    this.skipBits = skipBits
  }

  /** Where the next hash goes. */
  next(): number {
    if ((this.count + 1) * HASH_BYTES > this.bytes.length) this.makeRoom()
    const at = this.count * HASH_BYTES
    this.count += 1
    return at
  }

  sorted(): Uint8Array {
    return sortDistinct(this.bytes, this.count, this.skipBits)
  }

  private makeRoom(): void {
    const distinct = this.sorted()
    const bytes = distinct.length * 2 > this.bytes.length ? new Uint8Array(this.bytes.length * 2) : this.bytes
    bytes.set(distinct)
    this.bytes = bytes
    this.view = viewOf(bytes)
    this.count = distinct.length / HASH_BYTES
  }
}

/**
 * The distinct hashes of one bucket's stage files, sorted, in pieces. Memory stays under some 60 MiB whatever the size, since
 * a large bucket is read in several passes and repeated rows are dropped on the way.
 */
export async function* distinctOf(
  paths: readonly string[],
  passLines = PASS_LINES,
): AsyncGenerator<Uint8Array, void, void> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  const lines = sizes.reduce((sum, size) => sum + size, 0) / LINE_BYTES
  const passBits = bitsFor(lines / passLines)
  const bits = Math.max(passBits, bitsFor(lines / PART_LINES), 1)
  const parts = 2 ** (bits - passBits)
  const partLines = Math.ceil((lines / 2 ** bits) * 1.05) + 64
  for (let first = 0; first < 2 ** bits; first += parts) {
    const pass = Array.from({ length: parts }, () => new Part(partLines, BUCKET_BITS + bits))
    for (const path of paths) await distribute(path, pass, first, bits)
    for (const part of pass) if (part.count > 0) yield part.sorted()
  }
}

function bitsFor(count: number): number {
  return Math.max(0, Math.ceil(Math.log2(count)))
}

/** Puts those hashes of a file whose leading bits lie in `first` … `first + pass.length - 1` into their parts. */
async function distribute(path: string, pass: readonly Part[], first: number, bits: number): Promise<void> {
  for await (const lines of recordsOf(path, LINE_BYTES)) {
    const text = viewOf(lines)
    for (let at = 0; at < lines.length; at += LINE_BYTES) {
      const part = pass[leadingBits(text, at, bits) - first]
      if (part === undefined) continue
      const place = part.next()
      decodeLine(text, at, part.view, place)
    }
  }
}

/** The first `bits` bits after the bucket's digit. */
function leadingBits(text: DataView, at: number, bits: number): number {
  return (leadingWord(text, at) << BUCKET_BITS) >>> (32 - bits)
}
