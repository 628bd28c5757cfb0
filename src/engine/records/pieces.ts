import { verifiedBytes } from '../../source/files/verified-bytes.ts'

export interface PieceOptions {
  readonly signal: AbortSignal
  /** Bytes read from disk since the last call. */
  readonly onBytes: (bytes: number) => void
}

/** The bytes of a file, unpacked if it is compressed and verified as `verifiedBytes` does, without a byte order mark. */
export async function* pieces(path: string, options: PieceOptions): AsyncGenerator<Buffer, void, void> {
  let first = true
  for await (const piece of verifiedBytes({ path, name: path }, options)) {
    const skip = first && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? 3 : 0
    first = false
    yield skip === 0 ? piece : piece.subarray(skip)
  }
}
