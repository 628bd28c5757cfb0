import { verifiedBytes } from '../../sources/files/verified-bytes.ts'
import type { NamedFile } from '../../sources/files/verified-bytes.ts'

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

const LF = 0x0a
const CR = 0x0d

/** Passes over so many lines, which end in LF, CR LF or CR. */
class LinesAbove {
  private left: number
  /** The last line ended in CR, to which an LF may belong. */
  private isAfterReturn = false

  constructor(lines: number) {
    this.left = lines
  }

  passOver(piece: Buffer): Buffer {
    let at = 0
    while ((this.left > 0 || this.isAfterReturn) && at < piece.length) {
      const sign = piece[at]
      const isRestOfEnd = this.isAfterReturn && sign === LF
      if (this.left === 0 && !isRestOfEnd) {
        this.isAfterReturn = false
        break
      }
      this.isAfterReturn = sign === CR
      if (sign === CR || (sign === LF && !isRestOfEnd)) this.left -= 1
      at += 1
    }
    return at === 0 ? piece : piece.subarray(at)
  }
}
