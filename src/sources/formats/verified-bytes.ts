import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { SourceFile } from '../source.ts'
import { damaged, sourceNotFound, systemCodeOf } from './errors.ts'
import { isCompressed } from './file-format.ts'

export interface BytesOptions {
  readonly signal: AbortSignal
  /** Bytes read from disk since the last call. */
  readonly onBytes?: (bytes: number) => void
  /** Size of the pieces. */
  readonly pieceBytes?: number
}

export type NamedFile = Pick<SourceFile, 'path' | 'name'>

const PIECE_BYTES = 1 << 18
/** Where a file ends sooner, or should have ended. */
const PIECE_BYTES_MIN = 1 << 12
const GZIP_MARK = Buffer.from([0x1f, 0x8b])
/** What the library accepts. */
const CHUNK_BYTES_MIN = 64

/**
 * The bytes of a file as they are on disk, or unpacked if its name ends in `.gz`. A reader that gets to the end has all of them: every
 * member of a compressed file was whole, with the right checksum and length, and nothing but zeros follows the last.
 *
 * Errors: `source_damaged` where a compressed file is not whole, `source_not_found` when it cannot be read.
 */
export async function* verifiedBytes(
  file: NamedFile,
  options: BytesOptions,
): AsyncGenerator<Buffer, void, void> {
  const { signal } = options
  try {
    signal.throwIfAborted()
    const handle = await open(file.path, 'r')
    try {
      yield* isCompressed(file.path) ? unpacked(file, handle, options) : plain(handle, options)
    } finally {
      await handle.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(file, error)
  }
}

/**
 * Not a stream of the handle's own, which would close it when the unpacking ends before the file does. The next piece is read while this
 * one is looked at.
 */
async function* plain(
  handle: FileHandle,
  { signal, onBytes, pieceBytes = PIECE_BYTES }: BytesOptions,
): AsyncGenerator<Buffer, void, void> {
  const { size } = await handle.stat()
  const read = (at: number) => {
    const bytes = Math.min(pieceBytes, roomFor(size - at))
    return handle.read(Buffer.allocUnsafe(bytes), 0, bytes, at)
  }
  let next = read(0)
  try {
    for (let at = 0; ;) {
      let { bytesRead, buffer } = await next
      signal.throwIfAborted()
      // Something may have been added while the last piece was looked at.
      if (bytesRead === 0) ({ bytesRead, buffer } = await read(at))
      if (bytesRead === 0) return
      at += bytesRead
      next = read(at)
      onBytes?.(bytesRead)
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    // What a reader that stopped did not wait for is of no interest.
    await next.catch(() => undefined)
  }
}

/** No more than is left to read; what has been added since is read as well, by small pieces. */
function roomFor(bytesLeft: number): number {
  return Math.min(PIECE_BYTES, Math.max(PIECE_BYTES_MIN, bytesLeft))
}

async function* unpacked(
  file: NamedFile,
  handle: FileHandle,
  options: BytesOptions,
): AsyncGenerator<Buffer, void, void> {
  const gunzip = createGunzip({ chunkSize: Math.max(CHUNK_BYTES_MIN, options.pieceBytes ?? PIECE_BYTES) })
  // The error, if there is one, reaches the reader through the stream itself.
  pipeline(plain(handle, options), gunzip, () => undefined)
  try {
    yield* gunzip as AsyncIterable<Buffer>
  } catch (error) {
    throw await faultOf(file, handle, error)
  }
  // The library takes a zero after a member for the beginning of padding, and looks no further.
  if (!(await isZeros(handle, gunzip.bytesWritten, options.signal)))
    throw damaged(file.name, 'holds other data after its compressed rows')
}

async function isZeros(handle: FileHandle, from: number, signal: AbortSignal): Promise<boolean> {
  const { size } = await handle.stat()
  const piece = Buffer.alloc(roomFor(size - from))
  for (let at = from; ;) {
    signal.throwIfAborted()
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    if (bytesRead === 0) return true
    if (piece.subarray(0, bytesRead).some((byte) => byte !== 0)) return false
    at += bytesRead
  }
}

async function faultOf(file: NamedFile, handle: FileHandle, error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || systemCodeOf(error)?.startsWith('Z_') !== true) return error
  const mark = Buffer.alloc(2)
  await handle.read(mark, 0, 2, 0)
  const what = mark.equals(GZIP_MARK)
    ? whatIsWrong(error)
    : 'is not compressed with gzip, although its name ends in .gz'
  return damaged(file.name, what, error)
}

function whatIsWrong(error: Error): string {
  const { message } = error
  if (systemCodeOf(error) === 'Z_BUF_ERROR') return 'is cut off: the end of the compressed file is missing'
  if (message === 'incorrect header check')
    return 'holds other data after its compressed rows, or one of its parts is damaged'
  if (message === 'incorrect data check' || message === 'incorrect length check')
    return 'is damaged: its checksum does not match its content'
  return 'is damaged: it cannot be unpacked'
}

function unreadable({ name }: NamedFile, error: unknown): unknown {
  const code = systemCodeOf(error)
  if (error instanceof Error && code !== undefined && 'syscall' in error)
    return sourceNotFound(
      code === 'EACCES' || code === 'EPERM'
        ? `This user may not read "${name}".`
        : `"${name}" cannot be read (${code}).`,
      error,
    )
  return error
}
