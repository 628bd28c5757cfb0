const QUOTE = 0x22
const SPACE = 0x20
const LF = 0x0a
const CR = 0x0d

/**
 * Finds the records of a CSV text, one at a time. Fields may be quoted, with doubled marks inside and spaces around; LF, CR LF
 * and CR end a record outside of quotes. What stands after a closing mark otherwise makes the record `malformed`.
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
  /** The same of the field that is malformed, or open at the end of the text. */
  openLineEnd = -1
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
    this.fields = 0
    this.hasMore = false
    this.malformed = false
    this.firstLineEnd = -1
    this.openLineEnd = -1
    let at = from
    for (;;) {
      at = this.readField(bytes, at)
      if (at < 0) return -1
      // Marks that come after are not to be trusted: a line break among them ends the line.
      if (this.malformed) while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1
      if (at === bytes.length) return whole ? at : -1
      const sign = bytes[at]
      if (sign === this.delimiter) at += 1
      else if (sign === LF) return at + 1
      else if (at + 1 < bytes.length) return bytes[at + 1] === LF ? at + 2 : at + 1
      else return whole ? at + 1 : -1
    }
  }

  /** Returns the position of the sign that ends the field, or -1 within quotes. */
  private readField(bytes: Uint8Array, from: number): number {
    const { delimiter } = this
    let at = from
    while (bytes[at] === SPACE) at += 1
    if (bytes[at] === QUOTE) return this.readQuoted(bytes, at + 1)
    at = from
    while (at < bytes.length) {
      const sign = bytes[at]
      if (sign === delimiter || sign === LF || sign === CR) break
      at += 1
    }
    this.took(from, at, false)
    if (at === from && this.fields === 1 && bytes[at] !== delimiter) this.fields = 0
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
    this.openLineEnd = lineEnd
    if (at >= bytes.length) return -1
    this.took(from, at, true)
    return this.afterQuoted(bytes, at + 1)
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
