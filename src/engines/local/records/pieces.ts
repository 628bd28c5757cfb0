import { verifiedBytes } from '../../../sources/formats/verified-bytes.ts'
import type { NamedFile } from '../../../sources/formats/verified-bytes.ts'
import { CR, LF } from '../../../sources/formats/signs.ts'

export interface PieceOptions {
  readonly signal: AbortSignal
  /** Bytes read from disk since the last call. */
  readonly onBytes: (bytes: number) => void
  /** Lines at the beginning that are no part of the rows, above the header of a CSV file; none unless given. */
  readonly linesAbove?: number
}

/**
 * The bytes of a file, unpacked if it is compressed and verified as `verifiedBytes` does, without a byte order mark and the lines above.
 */
export async function* pieces(file: NamedFile, options: PieceOptions): AsyncGenerator<Buffer, void, void> {
  const above = new LinesAbove(options.linesAbove ?? 0)
  let first = true
  for await (const piece of verifiedBytes(file, options)) {
    const skip = first && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? 3 : 0
    first = false
    const rest = above.passOver(skip === 0 ? piece : piece.subarray(skip))
    if (rest.length > 0) yield rest
  }
}

/** Passes over so many lines, which end as `anyLineEnd` says. */
class LinesAbove {
  private left: number
  /** Up to two CR that were met last: they belong to the LF that may follow. */
  private returns = 0

  constructor(lines: number) {
    this.left = lines
  }

  passOver(piece: Buffer): Buffer {
    let at = 0
    for (; at < piece.length && (this.left > 0 || this.returns > 0); at += 1) {
      const sign = piece[at]
      if (sign === CR && this.returns < 2) this.returns += 1
      else if (sign === CR) this.left -= 1
      else {
        this.left -= sign === LF ? 1 : this.returns
        this.returns = 0
        if (sign !== LF && this.left <= 0) break
      }
    }
    return at === 0 ? piece : piece.subarray(at)
  }
}
