import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { FoundFile } from './expand-paths.ts'
import { badFile, sourceNotFound, systemCodeOf } from './file-errors.ts'

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
 * Reads the beginning of a file, unpacked if its name ends in `.gz`, until it suffices, the limit is reached or the file ends.
 * Throws `source_not_found` when it may not be read and `query_failed` when it is not what its name says.
 */
export async function readHead(file: FoundFile, options: HeadOptions): Promise<Head> {
  const { bytesMax, signal, enough } = options
  let bytes: Buffer = Buffer.alloc(0)
  let whole = true
  const collect = async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      bytes = Buffer.concat([bytes, piece]).subarray(0, bytesMax)
      whole = bytes.length < bytesMax && !enough(bytes)
      if (!whole) break
    }
  }
  const input = createReadStream(file.path, { highWaterMark: PIECE_BYTES })
  try {
    if (file.path.endsWith('.gz')) {
      await pipeline(input, createGunzip({ chunkSize: PIECE_BYTES }), collect, { signal })
    } else {
      await pipeline(input, collect, { signal })
    }
  } catch (error) {
    // Leaving the loop early ends the streams before their end, which is no fault.
    if (whole || signal.aborted) throw unreadable(file, error, signal)
  }
  return { bytes, whole }
}

function unreadable(file: FoundFile, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  const code = systemCodeOf(error)
  if (code?.startsWith('Z_'))
    return badFile(file.name, 'ends in .gz but is broken or not compressed with gzip.')
  if (code === 'EACCES' || code === 'EPERM')
    return sourceNotFound(`"${file.name}" may not be read by this user.`)
  return sourceNotFound(`"${file.name}" cannot be read (${code ?? 'unknown reason'}).`)
}
