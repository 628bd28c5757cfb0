import { open, stat } from 'node:fs/promises'
import { RollcallError } from '../base/rollcall-error.ts'
import { bucketNames } from './engine.ts'
import type { SpoolRange } from './engine.ts'
import { HASH_BYTES } from './hashes/hex.ts'
import { spoolFile } from './hashes/layout.ts'

const HEX_CHARS = 2 * HASH_BYTES

/**
 * The hashes of a range of one operation's spool as the text of a request: lower-case hexadecimal digits joined with
 * commas, in the spool's order. `countsByBucket` are that operation's counts, as `compare` returned them.
 *
 * Throws `internal_error` when the files do not hold what the counts say.
 */
export async function readBatch(
  spoolDir: string,
  countsByBucket: readonly number[],
  range: SpoolRange,
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
      await readHashes(path, count, (first - bucketFirst) * HASH_BYTES, slice)
      filled += slice.length
    }
    bucketFirst += count
  }
  if (filled !== hashes.length) throw damaged('it ends before the batch does')
  return hexOf(hashes).join(',')
}

/** The first hashes of each bucket of one operation's spool, as hexadecimal digits; at most `perBucket` of each. */
export async function spoolHead(
  spoolDir: string,
  operation: SpoolRange['operation'],
  perBucket: number,
): Promise<string[]> {
  const heads = await Promise.all(
    bucketNames.map(async (bucket) => {
      const file = await open(spoolFile(spoolDir, operation, bucket), 'r')
      try {
        const buffer = Buffer.alloc(perBucket * HASH_BYTES)
        const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
        return hexOf(buffer.subarray(0, bytesRead))
      } finally {
        await file.close()
      }
    }),
  )
  return heads.flat()
}

function hexOf(hashes: Buffer): string[] {
  const digits = hashes.toString('hex')
  const texts: string[] = []
  for (let at = 0; at < digits.length; at += HEX_CHARS) texts.push(digits.slice(at, at + HEX_CHARS))
  return texts
}

async function readHashes(path: string, count: number, from: number, into: Buffer): Promise<void> {
  const { size } = await stat(path)
  if (size !== count * HASH_BYTES) throw damaged('a file of it has another length than was written')
  const file = await open(path, 'r')
  try {
    for (let filled = 0; filled < into.length;) {
      const { bytesRead } = await file.read(into, filled, into.length - filled, from + filled)
      if (bytesRead === 0) throw damaged('a file of it is cut off')
      filled += bytesRead
    }
  } finally {
    await file.close()
  }
}

function damaged(detail: string): RollcallError {
  return new RollcallError('internal_error', { detail: `the spool is damaged: ${detail}` })
}
