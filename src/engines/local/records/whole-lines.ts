import type { NamedFile } from '../../../sources/formats/verified-bytes.ts'
import { pieces } from './pieces.ts'
import { CR, LF } from '../../../sources/formats/signs.ts'

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
  if (from === lines.length) return 0
  const ends = lineEndsIn(lines, from)
  return lines.at(-1) === LF ? ends : ends + 1
}

const WORD_BYTES = 4
const LF_EACH = 0x0a0a0a0a
const LOW_BITS = 0x7f7f7f7f
const ONE_EACH = 0x01010101
/** Before the count in a byte of a word could overflow. */
const WORDS_MAX = 255

/** Counts four bytes at a time, which takes half as long as looking for each. */
function lineEndsIn(lines: Buffer, from: number): number {
  const aligned = Math.min(
    lines.length,
    from + ((WORD_BYTES - ((lines.byteOffset + from) % WORD_BYTES)) % WORD_BYTES),
  )
  const wordCount = Math.floor((lines.length - aligned) / WORD_BYTES)
  const words = new Uint32Array(lines.buffer, wordCount === 0 ? 0 : lines.byteOffset + aligned, wordCount)
  let count = 0
  for (let at = 0; at < wordCount;) {
    const end = Math.min(wordCount, at + WORDS_MAX)
    // A byte of each word counts the line ends in its place.
    let counts = 0
    for (; at < end; at += 1) {
      const different = (words[at] as number) ^ LF_EACH
      // The highest bit of each byte is set unless the byte is zero.
      const isDifferent = ((different & LOW_BITS) + LOW_BITS) | different
      counts = (counts + ((~isDifferent >>> 7) & ONE_EACH)) | 0
    }
    for (let bits = 0; bits < 32; bits += 8) count += (counts >>> bits) & 0xff
  }
  for (let at = from; at < aligned; at += 1) if (lines[at] === LF) count += 1
  for (let at = aligned + wordCount * WORD_BYTES; at < lines.length; at += 1) if (lines[at] === LF) count += 1
  return count
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
