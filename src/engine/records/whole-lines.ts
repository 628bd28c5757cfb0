import type { NamedFile } from '../../sources/files/verified-bytes.ts'
import { pieces } from './pieces.ts'

const LF = 0x0a
const CR = 0x0d

/**
 * The bytes of a file in pieces of whole lines, of which only the last may lack its end. Only a line that lies across the border of two
 * pieces is copied. The last piece is null where a line grows longer than `bytesMax`, so that no line fills the memory.
 */
export async function* wholeLines(
  file: NamedFile,
  { signal, bytesMax }: { readonly signal: AbortSignal; readonly bytesMax: number },
): AsyncGenerator<Buffer | null, void, void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(file, { signal, onBytes: () => undefined })) {
    const from = rest.length === 0 ? 0 : piece.indexOf(LF) + 1
    const end = piece.lastIndexOf(LF) + 1
    if (from > 0) yield Buffer.concat([rest, piece.subarray(0, from)])
    if (end > from) yield piece.subarray(from, end)
    rest = end === 0 ? Buffer.concat([rest, piece]) : piece.subarray(end)
    if (rest.length > bytesMax) {
      yield null
      return
    }
  }
  if (rest.length > 0) yield rest
}

/** How many lines begin at `from` or later. */
export function linesIn(lines: Buffer, from: number): number {
  let count = 0
  let start = from
  for (let at = lines.indexOf(LF, from); at >= 0; at = lines.indexOf(LF, start)) {
    count += 1
    start = at + 1
  }
  return start < lines.length ? count + 1 : count
}

/** Position after the line end that follows, or the end of the bytes. */
export function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(LF, from)
  return end < 0 ? bytes.length : end + 1
}

/** Where the text of a line ends that may have its line end. */
export function textEnd(line: Buffer): number {
  if (line.at(-1) !== LF) return line.length
  return line.at(-2) === CR ? line.length - 2 : line.length - 1
}
