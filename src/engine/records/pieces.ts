import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { RollcallError } from '../../base/rollcall-error.ts'

const READ_BYTES = 1 << 18

export interface PieceOptions {
  readonly signal: AbortSignal
  /** Bytes read from disk since the last call. */
  readonly onBytes: (bytes: number) => void
}

/** The bytes of a file, unpacked if its name ends in `.gz`, without a byte order mark. */
export async function* pieces(path: string, options: PieceOptions): AsyncGenerator<Buffer, void, void> {
  let first = true
  try {
    for await (const piece of open(path, options)) {
      const skip = first && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? 3 : 0
      first = false
      yield skip === 0 ? piece : piece.subarray(skip)
    }
  } catch (error) {
    options.signal.throwIfAborted()
    throw asSourceError(error, path)
  }
}

function open(path: string, { signal, onBytes }: PieceOptions): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: READ_BYTES, signal })
  file.on('data', (piece) => onBytes(piece.length))
  if (!path.endsWith('.gz')) return file
  return pipeline(file, createGunzip({ chunkSize: READ_BYTES }), () => {
    // The error, if there is one, reaches the reader through the stream itself.
  })
}

function asSourceError(error: unknown, path: string): unknown {
  const { code } = Object(error) as { code?: unknown }
  if (typeof code !== 'string') return error
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new RollcallError(
      'source_not_found',
      { detail: `"${path}" cannot be read (${code}).` },
      { cause: error },
    )
  if (code.startsWith('Z_'))
    return new RollcallError(
      'query_failed',
      { detail: `"${path}" is not a whole gzip file (${code}).` },
      { cause: error },
    )
  return error
}
