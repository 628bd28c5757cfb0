import type { FoundFile } from '../source.ts'
import { verifiedBytes } from './verified-bytes.ts'

export interface Head {
  /** First bytes, unpacked. */
  readonly bytes: Buffer
  /** The bytes are the whole file. */
  readonly whole: boolean
}

export interface HeadOptions {
  readonly bytesMax: number
  readonly signal: AbortSignal
  /** Whether the bytes so far suffice; asked after every piece of some ten thousand bytes. */
  readonly enough: (bytes: Buffer) => boolean
}

const PIECE_BYTES = 64 * 1024

/**
 * Reads the beginning of a file, unpacked if it is compressed, until it suffices, the limit is reached or the file ends.
 * Throws as `verifiedBytes` does.
 */
export async function readHead(file: FoundFile, options: HeadOptions): Promise<Head> {
  const { bytesMax, signal, enough } = options
  let bytes: Buffer = Buffer.alloc(0)
  for await (const piece of verifiedBytes(file, { signal, pieceBytes: PIECE_BYTES })) {
    bytes = Buffer.concat([bytes, piece]).subarray(0, bytesMax)
    if (bytes.length === bytesMax || enough(bytes)) return { bytes, whole: false }
  }
  return { bytes, whole: true }
}
