import { open, stat } from 'node:fs/promises'
import { RollcallError } from '../base/rollcall-error.ts'
import { bucketNames } from './engine.ts'
import type { SpoolRange } from './engine.ts'
import { LINE_BYTES } from './hashes/hex.ts'
import { spoolFile } from './hashes/layout.ts'

const COMMA = 0x2c

/**
 * The hashes of a range of one operation's spool as the text of a request: joined with commas, in the spool's order.
 * `countsByBucket` are the lines of that operation's bucket files, as `compare` returned them.
 *
 * Throws `internal_error` when the files do not hold what the counts say.
 */
export async function readBatch(
  spoolDir: string,
  countsByBucket: readonly number[],
  range: SpoolRange,
): Promise<string> {
  const text = Buffer.allocUnsafe(range.count * LINE_BYTES)
  let filled = 0
  let bucketFirst = 0
  for (const [index, count] of countsByBucket.entries()) {
    const first = Math.max(range.first, bucketFirst)
    const end = Math.min(range.first + range.count, bucketFirst + count)
    if (first < end) {
      const path = spoolFile(spoolDir, range.operation, bucketNames[index] as string)
      const slice = text.subarray(filled, filled + (end - first) * LINE_BYTES)
      await readLines(path, count, (first - bucketFirst) * LINE_BYTES, slice)
      filled += slice.length
    }
    bucketFirst += count
  }
  if (filled !== text.length) throw damaged('it ends before the batch does')
  for (let at = LINE_BYTES - 1; at < filled; at += LINE_BYTES) text[at] = COMMA
  return text.toString('latin1', 0, Math.max(0, filled - 1))
}

async function readLines(path: string, lines: number, from: number, into: Buffer): Promise<void> {
  const { size } = await stat(path)
  if (size !== lines * LINE_BYTES) throw damaged('a file of it has another length than was written')
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
