import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { RollcallError } from '../../../base/rollcall-error.ts'

/** Sorted hashes, 32 bytes each, in pieces; a piece is valid until the next one is asked for. */
export type Blocks = AsyncIterator<Uint8Array, void, void>

/** Records read at once: half a MiB. */
const RECORDS = 8192

/** The bytes of a file in pieces of whole records. A file that ends within a record is a defect: it was not finished. */
export async function* recordsOf(path: string, recordBytes: number): AsyncGenerator<Uint8Array, void, void> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const buffer = new Uint8Array(Math.min(recordBytes * RECORDS, size))
    while (buffer.length > 0) {
      const filled = await fillFrom(file, buffer)
      if (filled === 0) return
      if (filled % recordBytes !== 0)
        throw new RollcallError('internal_error', { detail: 'a file of hashes is cut off' })
      yield buffer.subarray(0, filled)
    }
  } finally {
    await file.close()
  }
}

/** Fills the buffer from this byte of the file on, or from where the last reading ended. Returns how much was there. */
export async function fillFrom(
  file: FileHandle,
  buffer: Uint8Array,
  first: number | null = null,
): Promise<number> {
  let filled = 0
  while (filled < buffer.length) {
    const at = first === null ? null : first + filled
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, at)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A set that does not exist is an empty one. */
export async function* nothing(): AsyncGenerator<Uint8Array, void, void> {
  // There is nothing to give.
}
