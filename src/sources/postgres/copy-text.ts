import { Buffer } from 'node:buffer'

const LINE_FEED = 0x0a

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * Parses one column of PostgreSQL's COPY text format as it comes: every line is a value, `\N` is NULL, a line feed in a value
 * is written `\n`. From a line longer than `lineBytesMax` only that much is kept: no address is near that long, so its
 * verdict stays the same and memory stays flat.
 */
export class CopyTextParser {
  readonly #lineBytesMax: number
  #rest: Buffer[] = []
  #restBytes = 0

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  /** The values that `piece` completes. */
  push(piece: Buffer): (string | null)[] {
    const last = piece.lastIndexOf(LINE_FEED)
    if (last < 0) {
      this.#keep(piece)
      return []
    }
    const first = piece.indexOf(LINE_FEED)
    this.#keep(piece.subarray(0, first))
    const lines = [Buffer.concat(this.#rest).toString('utf8')]
    if (last > first) lines.push(...piece.toString('utf8', first + 1, last).split('\n'))
    this.#rest = []
    this.#restBytes = 0
    this.#keep(piece.subarray(last + 1))
    return lines.map(valueOf)
  }

  /** Whether a line has begun and not ended, as when the connection broke off. */
  get isMidLine(): boolean {
    return this.#restBytes > 0
  }

  #keep(piece: Buffer): void {
    const bytes = piece.subarray(0, Math.max(0, this.#lineBytesMax - this.#restBytes))
    if (bytes.length === 0) return
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
  }
}

function valueOf(line: string): string | null {
  if (!line.includes('\\')) return line
  if (line === '\\N') return null
  return line.replaceAll(/\\([^])/g, (_, sign: string) => ESCAPES[sign] ?? sign)
}
