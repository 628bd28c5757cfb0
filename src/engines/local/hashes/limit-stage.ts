import { mkdir, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bucketNames } from '../folders.ts'
import { distinctOf } from './distinct.ts'
import { makeFolders } from './folder.ts'
import { HASH_BYTES } from './hex.ts'
import { stageFiles, stagePart } from './layout.ts'

export interface Limited {
  readonly members: number
  readonly distinct: number
}

/**
 * Leaves only the `membersMax` lowest distinct hashes in a stage: a sample that is the same whenever the members are, and that
 * changes as little as they do. Memory stays as flat as when buckets are compared. The stage is replaced as a whole; a process killed on the
 * way leaves none, or the old one. Returns the members that are left, and how many distinct ones there were.
 */
export async function limitStage(
  stageDir: string,
  membersMax: number,
  signal: AbortSignal,
): Promise<Limited> {
  if (!Number.isSafeInteger(membersMax) || membersMax < 1)
    throw new RangeError('membersMax must be 1 or more')
  return makeFolders([stageDir], ([dir]) => writeLowest(stageDir, dir as string, membersMax, signal), {
    durable: false,
  })
}

/** Buckets are in the order of hashes, so that nothing after the last member is written; it is only counted. */
async function writeLowest(
  stageDir: string,
  newDir: string,
  membersMax: number,
  signal: AbortSignal,
): Promise<Limited> {
  let [members, distinct] = [0, 0]
  for (const bucket of bucketNames) {
    const file = members === membersMax ? null : await openPart(newDir, bucket)
    try {
      for await (const hashes of distinctOf(await stageFiles(stageDir, bucket))) {
        signal.throwIfAborted()
        const found = hashes.length / HASH_BYTES
        const count = Math.min(found, membersMax - members)
        if (file !== null && count > 0) await writeLines(file, hashes.subarray(0, count * HASH_BYTES))
        members += count
        distinct += found
      }
    } finally {
      await file?.close()
    }
  }
  return { members, distinct }
}

async function openPart(newDir: string, bucket: string): Promise<FileHandle> {
  const path = join(newDir, 'sample', stagePart(bucket), 'lines.txt')
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return open(path, 'wx', 0o600)
}

async function writeLines(file: FileHandle, hashes: Uint8Array): Promise<void> {
  const digits = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength).toString('hex')
  await file.appendFile(digits.replaceAll(/.{64}/g, '$&\n'), 'latin1')
}
