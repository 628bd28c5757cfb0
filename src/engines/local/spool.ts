import { bucketNames } from './folders.ts'
import type { BatchRange } from '../contract.ts'
import { hashesOf } from './hashes/block-file.ts'
import { HASH_BYTES } from './hashes/hex.ts'
import { spoolFile } from './hashes/layout.ts'

const HEX_CHARS = 2 * HASH_BYTES

/**
 * The hashes of a range of one operation's spool as the text of a request: lower-case hexadecimal digits joined with
 * commas, in the spool's order. `countsByBucket` are that operation's counts, as `compare` returned them.
 *
 * Error: `ledger_damaged` when the files do not hold what the counts say.
 */
export async function readBatch(
  spoolDir: string,
  countsByBucket: readonly number[],
  range: BatchRange,
): Promise<string> {
  const hashes = Buffer.allocUnsafe(range.count * HASH_BYTES)
  let filled = 0
  let bucketFirst = 0
  for (const [index, count] of countsByBucket.entries()) {
    const first = Math.max(range.first, bucketFirst)
    const end = Math.min(range.first + range.count, bucketFirst + count)
    if (first < end) {
      const path = spoolFile(spoolDir, range.operation, bucketNames[index] as string)
      const slice = hashes.subarray(filled, filled + (end - first) * HASH_BYTES)
      await readHashes(path, { first: first - bucketFirst, count }, slice)
      filled += slice.length
    }
    bucketFirst += count
  }
  if (filled !== hashes.length) throw new RangeError('the spool ends before the batch does')
  return hexOf(hashes).join(',')
}

/**
 * The first hashes of each bucket of one operation's spool, as hexadecimal digits; at most `perBucket` of each. Error:
 * `ledger_damaged`.
 */
export async function spoolHead(
  spoolDir: string,
  operation: BatchRange['operation'],
  perBucket: number,
): Promise<string[]> {
  const heads = await Promise.all(
    bucketNames.map(async (bucket) => {
      const buffer = Buffer.alloc(perBucket * HASH_BYTES)
      const filled = await readHashes(spoolFile(spoolDir, operation, bucket), {}, buffer)
      return hexOf(buffer.subarray(0, filled))
    }),
  )
  return heads.flat()
}

/** Fills the buffer with hashes of a bucket, as far as there are any. Returns how many bytes there were. */
async function readHashes(
  path: string,
  part: { readonly first?: number; readonly count?: number },
  into: Buffer,
): Promise<number> {
  let filled = 0
  for await (const hashes of hashesOf(path, part)) {
    const piece = hashes.subarray(0, into.length - filled)
    into.set(piece, filled)
    filled += piece.length
    if (filled === into.length) break
  }
  return filled
}

function hexOf(hashes: Buffer): string[] {
  const digits = hashes.toString('hex')
  const texts: string[] = []
  for (let at = 0; at < digits.length; at += HEX_CHARS) texts.push(digits.slice(at, at + HEX_CHARS))
  return texts
}
