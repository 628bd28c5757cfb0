import { ObjectScan } from './object-scan.ts'

/** One value of a JSON file: the bytes of an object, a bare `null`, or something that cannot be read. */
export type JsonItem =
  | { readonly kind: 'object'; readonly start: number; readonly end: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'broken' }

const LF = 0x0a
const OPEN = 0x7b
const WORD_BYTES_MAX = 64
/** A value that is no object, whole and with a sign after it that ends it. */
const WORD = /^(?:(null)|true|false|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s,[\]]|$)/

/**
 * Finds the objects of a JSON text: one a line, one after the other, or in an array, over as many lines as they like. What is
 * between them as white space, commas and brackets is passed over. Whatever is no object spoils its own line only.
 */
export class JsonScanner {
  /** Bytes of the last text that are done with. */
  used = 0
  private readonly bytesMax: number
  /** Within a line that is already counted. */
  private skipping = false
  /** Within an object that is too long and already counted, whose end is looked for. */
  private dropping = false
  private scan: ObjectScan | null = null

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** To be called before a text that begins with what was left of the last one. */
  restart(): void {
    this.used = 0
  }

  /** The next value, or null when more bytes are needed; `whole` says that none follow. */
  next(bytes: Buffer, whole: boolean): JsonItem | null {
    for (;;) {
      if (this.skipping && !this.skipLine(bytes)) return null
      if (this.scan === null) {
        while (this.used < bytes.length && isFiller(bytes[this.used] as number)) this.used += 1
        if (this.used === bytes.length) return null
        if (bytes[this.used] !== OPEN) return this.word(bytes, whole)
        this.scan = new ObjectScan()
      }
      const item = this.object(bytes, whole, this.scan)
      if (item !== 'again') return item
    }
  }

  private object(bytes: Buffer, whole: boolean, scan: ObjectScan): JsonItem | null | 'again' {
    const start = this.used
    const outcome = scan.read(bytes, start + (this.dropping ? 0 : scan.length))
    const isTooLong = !this.dropping && scan.length > this.bytesMax
    if (outcome === 'more' && !whole) {
      if (this.dropping || isTooLong) this.used = bytes.length
      this.dropping ||= isTooLong
      return isTooLong ? BROKEN : null
    }
    const wasDropping = this.dropping
    this.scan = null
    this.dropping = false
    if (outcome === 'end') {
      this.used = scan.position
      if (wasDropping) return 'again'
      return isTooLong ? BROKEN : { kind: 'object', start, end: scan.position }
    }
    // Its first line is given up, or where it is too long the line at which it stops being an object.
    if (wasDropping || isTooLong) this.used = scan.position
    this.skipping = true
    return wasDropping ? 'again' : BROKEN
  }

  private word(bytes: Buffer, whole: boolean): JsonItem | null {
    if (!whole && bytes.length - this.used < WORD_BYTES_MAX) return null
    const text = bytes.toString('latin1', this.used, this.used + WORD_BYTES_MAX)
    const word = WORD.exec(text)
    // A number that fills all of it may go on.
    if (word !== null && word[0].length < WORD_BYTES_MAX) {
      this.used += word[0].length
      return word[1] === undefined ? BROKEN : { kind: 'null' }
    }
    this.skipping = true
    return BROKEN
  }

  private skipLine(bytes: Buffer): boolean {
    const end = bytes.indexOf(LF, this.used)
    this.skipping = end < 0
    this.used = end < 0 ? bytes.length : end + 1
    return end >= 0
  }
}

const BROKEN: JsonItem = Object.freeze({ kind: 'broken' })

function isFiller(sign: number): boolean {
  return sign <= 0x20 || sign === 0x2c || sign === 0x5b || sign === 0x5d
}
