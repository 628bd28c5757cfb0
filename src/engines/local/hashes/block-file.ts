import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { fillFrom, viewOf } from './blocks.ts'
import { HASH_BYTES } from './hex.ts'

/**
 * One bucket of a hash set on disk: blocks of hashes, and behind each block a checksum of all hashes so far. So a block is checked
 * by itself, with the checksum before it, wherever reading begins; and blocks that are swapped or left out do not pass. A running
 * CRC-32 finds every single flipped bit, and costs next to nothing while the block is in the cache anyway.
 */

/** Hashes of a block: few enough to read for one batch, many enough to be read quickly. */
export const BLOCK_HASHES = 4096
export const CHECKSUM_BYTES = 4
export const BLOCK_BYTES = BLOCK_HASHES * HASH_BYTES
const STRIDE_BYTES = BLOCK_BYTES + CHECKSUM_BYTES
/** Blocks read at once. */
const BLOCKS = 2

const ENDING = '.blocks'

/** Name of a bucket file, without its folder. */
export function blockFileName(name: string): string {
  return `${name}${ENDING}`
}

/** The checksum before the first block. It tells the buckets apart. */
export function firstChecksum(path: string): number {
  return crc32(bucketOf(path))
}

/** The checksum after more hashes. */
export function nextChecksum(checksum: number, hashes: Uint8Array): number {
  return crc32(hashes, checksum)
}

/** How many hashes a file of this size holds; null when no whole file has this size. */
export function hashesIn(bytes: number): number | null {
  const rest = bytes % STRIDE_BYTES
  const whole = ((bytes - rest) / STRIDE_BYTES) * BLOCK_HASHES
  if (rest === 0) return whole
  const last = rest - CHECKSUM_BYTES
  return last > 0 && last % HASH_BYTES === 0 ? whole + last / HASH_BYTES : null
}

/**
 * The hashes of one bucket file in order, from number `first` on, in pieces that are valid until the next one is asked for. Each
 * piece was checked. Error: `ledger_damaged`, also for a file of other than `count` hashes, when that is known.
 */
export async function* hashesOf(
  path: string,
  { first = 0, count = null }: { readonly first?: number; readonly count?: number | null } = {},
): AsyncGenerator<Uint8Array, void, void> {
  const file = await openFile(path)
  try {
    const { size } = await file.stat()
    const hashes = hashesIn(size)
    if (hashes === null || hashes !== (count ?? hashes)) throw damaged(path, 'has the wrong length')
    const firstBlock = Math.floor(first / BLOCK_HASHES)
    let skip = first - firstBlock * BLOCK_HASHES
    let at = firstBlock * STRIDE_BYTES
    const check = await checksumCheck(file, path, at)
    const buffer = new Uint8Array(Math.min(STRIDE_BYTES * BLOCKS, Math.max(0, size - at)))
    for (; at < size; at += buffer.length) {
      const filled = await fillFrom(file, buffer, at)
      if (filled < Math.min(buffer.length, size - at))
        throw damaged(path, 'got shorter while it was being read')
      for (let from = 0; from < filled; from += STRIDE_BYTES) {
        const checked = check(buffer.subarray(from, Math.min(filled, from + STRIDE_BYTES)))
        yield checked.subarray(skip * HASH_BYTES)
        skip = 0
      }
    }
  } finally {
    await file.close()
  }
}

/** Reads a whole file and checks it. Error: `ledger_damaged`. */
export async function checkHashes(path: string): Promise<void> {
  for await (const hashes of hashesOf(path)) void hashes
}

/** The hashes of a block that was checked. */
type Check = (block: Uint8Array) => Uint8Array

async function checksumCheck(file: FileHandle, path: string, at: number): Promise<Check> {
  let checksum = firstChecksum(path)
  if (at > 0) {
    const before = new Uint8Array(CHECKSUM_BYTES)
    await fillFrom(file, before, at - CHECKSUM_BYTES)
    checksum = viewOf(before).getUint32(0)
  }
  return (block) => {
    const end = block.length - CHECKSUM_BYTES
    const hashes = block.subarray(0, end)
    checksum = nextChecksum(checksum, hashes)
    if (viewOf(block).getUint32(end) !== checksum) throw damaged(path, 'does not match its checksum')
    return hashes
  }
}

async function openFile(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? damaged(path, 'is missing') : error
  })
}

/** The last character of a bucket file's name is the first digit of its hashes. */
function bucketOf(path: string): string {
  return path.at(-ENDING.length - 1) ?? ''
}

/** The error of a bucket file that cannot be trusted. */
export function damaged(path: string, what: string): RollcallError {
  return new RollcallError('ledger_damaged', {
    detail: `file ${basename(dirname(path))}/${basename(path)} ${what}`,
  })
}
