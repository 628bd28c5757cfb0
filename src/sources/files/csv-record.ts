const QUOTE = 0x22
const SPACE = 0x20
const LF = 0x0a
const CR = 0x0d

/** What a piece of a record ends in: the beginning of a field, a field without marks or after them, or one within its marks. */
type Within = 'start' | 'plain' | 'quoted'

/**
 * Finds the records of a CSV text, one at a time, its header too. Fields may be quoted, with doubled marks inside and spaces around; LF,
 * CR LF and CR end a record outside of quotes. What stands after a closing mark otherwise makes the record `malformed`; its other fields
 * are read all the same, so that their marks count.
 */
export class CsvRecord {
  /** Fields of the last record; 0 for an empty line. */
  fields = 0
  /** A field after those that there are columns for holds something. */
  hasMore = false
  malformed = false
  /** Where the text of each wanted field is, without its marks, in the order in which they were asked for. */
  readonly starts: number[]
  readonly ends: number[]
  readonly quoted: boolean[]
  /** Position in the text of the first line end met within quotes, or -1. */
  firstLineEnd = -1
  /** Where `resume` is to go on in a record that the text ends within. */
  resumeAt = 0
  private within: Within = 'start'
  private readonly delimiter: number
  /** Place of each field among the wanted ones, or -1. */
  private readonly places: readonly number[]

  constructor(delimiter: string, columnCount: number, wanted: readonly number[]) {
    this.delimiter = delimiter.charCodeAt(0)
    const placeOf = new Map(wanted.map((column, place) => [column, place]))
    this.places = Array.from({ length: columnCount }, (_, column) => placeOf.get(column) ?? -1)
    this.starts = wanted.map(() => 0)
    this.ends = wanted.map(() => 0)
    this.quoted = wanted.map(() => false)
  }

  /**
   * Reads the record that begins at `from`; returns where the next one begins, or -1 when `bytes` ends within it and more
   * may follow (`whole` false). An open quotation mark at the end of a whole text gives -1 as well.
   */
  read(bytes: Uint8Array, from: number, whole: boolean): number {
    this.begin()
    return this.goOn(bytes, this.readField(bytes, from), whole)
  }

  /** Looks for the end of the record that the last text ended within, from `resumeAt` in it; its fields are no longer told. */
  resume(bytes: Uint8Array, from: number, whole: boolean): number {
    const { within } = this
    this.begin()
    if (within === 'quoted') return this.goOn(bytes, this.readQuoted(bytes, from), whole)
    return this.goOn(
      bytes,
      within === 'plain' ? this.plainEnd(bytes, from) : this.readField(bytes, from),
      whole,
    )
  }

  private begin(): void {
    this.fields = 0
    this.hasMore = false
    this.malformed = false
    this.firstLineEnd = -1
  }

  private goOn(bytes: Uint8Array, from: number, whole: boolean): number {
    let at = from
    for (;;) {
      if (at < 0) return -1
      if (at === bytes.length) return whole ? at : -1
      const sign = bytes[at]
      if (sign === LF) return at + 1
      if (sign === this.delimiter) at = this.readField(bytes, at + 1)
      else if (at + 1 < bytes.length) return bytes[at + 1] === LF ? at + 2 : at + 1
      else {
        this.leave('plain', at)
        return whole ? at + 1 : -1
      }
    }
  }

  private leave(within: Within, at: number): void {
    this.within = within
    this.resumeAt = at
  }

  private plainEnd(bytes: Uint8Array, from: number): number {
    const { delimiter } = this
    let at = from
    while (at < bytes.length) {
      const sign = bytes[at]
      if (sign === delimiter || sign === LF || sign === CR) break
      at += 1
    }
    this.leave('plain', at)
    return at
  }

  /** Returns the position of the sign that ends the field, or -1 within quotes. */
  private readField(bytes: Uint8Array, from: number): number {
    let start = from
    while (bytes[start] === SPACE) start += 1
    if (bytes[start] === QUOTE) return this.readQuoted(bytes, start + 1)
    const at = this.plainEnd(bytes, start)
    if (start === bytes.length) this.leave('start', start)
    this.took(from, at, false)
    if (at === from && this.fields === 1 && bytes[at] !== this.delimiter) this.fields = 0
    return at
  }

  private readQuoted(bytes: Uint8Array, from: number): number {
    let at = from
    let lineEnd = -1
    for (; at < bytes.length; at += 1) {
      const sign = bytes[at]
      if (sign === QUOTE) {
        if (bytes[at + 1] !== QUOTE) break
        at += 1
      } else if (lineEnd < 0 && (sign === LF || sign === CR)) lineEnd = at
    }
    if (this.firstLineEnd < 0) this.firstLineEnd = lineEnd
    if (at >= bytes.length) {
      this.leave('quoted', bytes.length)
      return -1
    }
    this.took(from, at, true)
    const end = this.afterQuoted(bytes, at + 1)
    // The mark may be the first of two.
    if (at + 1 === bytes.length) this.leave('quoted', at)
    else this.leave('plain', end)
    return end
  }

  private afterQuoted(bytes: Uint8Array, from: number): number {
    let at = from
    for (; at < bytes.length; at += 1) {
      const sign = bytes[at]
      if (sign === this.delimiter || sign === LF || sign === CR) break
      if (sign !== SPACE) this.malformed = true
    }
    return at
  }

  private took(start: number, end: number, quoted: boolean): void {
    if (this.fields >= this.places.length && end > start) this.hasMore = true
    const place = this.places[this.fields] ?? -1
    if (place >= 0) {
      this.starts[place] = start
      this.ends[place] = end
      this.quoted[place] = quoted
    }
    this.fields += 1
  }
}
