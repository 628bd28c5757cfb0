import { CR, LF, QUOTE, SPACE } from './signs.ts'

/** What a piece of a record ends in: the beginning of a field, one without marks or after them, CR after it, or one within its marks. */
type Within = 'start' | 'plain' | 'return' | 'quoted'

/** What the lines of a file end in: LF, whether CR stands before it or not, or CR alone. */
export type LineEnd = 'LF' | 'CR'

/**
 * The line end that begins at `at`, in a text of which nothing is known yet: LF, CR LF, CR CR LF or CR, and where it ends. Null when the
 * text ends before that is clear.
 */
export function anyLineEnd(
  bytes: Uint8Array,
  at: number,
  whole: boolean,
): { readonly lineEnd: LineEnd; readonly next: number } | null {
  if (bytes[at] === LF) return { lineEnd: 'LF', next: at + 1 }
  const last = bytes[at + 1] === CR ? at + 2 : at + 1
  if (last >= bytes.length && !whole) return null
  return bytes[last] === LF ? { lineEnd: 'LF', next: last + 1 } : { lineEnd: 'CR', next: at + 1 }
}

/**
 * Finds the records of a CSV text, one at a time, its header too. Fields may be quoted, with doubled marks inside and spaces around. A
 * record ends at a line end outside of quotes, of any kind until `lineEnd` is set; then one of the other kind is like a space. What
 * stands after a closing mark otherwise makes the record `malformed`; its other fields are read all the same, so that their marks count.
 */
export class CsvRecord {
  /** What records end in; null for any kind. */
  lineEnd: LineEnd | null = null
  /** What the last record ended in; null where the text ended. */
  endedIn: LineEnd | null = null
  /** Fields of the last record; 0 for an empty line. */
  fields = 0
  /** A field after those that there are columns for holds something. */
  hasMore = false
  malformed = false
  /** A quotation mark stands anywhere in it. */
  hasMark = false
  /** Where the text of each wanted field is, without its marks, in the order in which they were asked for. */
  readonly starts: number[]
  readonly ends: number[]
  readonly quoted: boolean[]
  /** Position in the text of the first line end of any kind met within quotes, or -1. */
  firstLineEnd = -1
  /** Position of the first one outside of quotes that is of the other kind, or -1. */
  otherLineEnd = -1
  /** A mark stands right after such a line end, and would open a field if a record began there. */
  hasHiddenMark = false
  /** The text ends within what ends the record: one or two signs more tell what that is. */
  endsInLineEnd = false
  /** Where `resume` is to go on in a record that the text ends within. */
  resumeAt = 0
  private within: Within = 'start'
  private whole = false
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
    this.begin(whole)
    return this.goOn(bytes, this.readField(bytes, from))
  }

  /** Looks for the end of the record that the last text ended within, from `resumeAt` in it; its fields are no longer told. */
  resume(bytes: Uint8Array, from: number, whole: boolean): number {
    const { within } = this
    this.begin(whole)
    if (within === 'quoted') return this.goOn(bytes, this.readQuoted(bytes, from))
    if (within === 'start') return this.goOn(bytes, this.readField(bytes, from))
    return this.goOn(bytes, within === 'return' ? this.afterReturn(bytes, from) : this.plainEnd(bytes, from))
  }

  private begin(whole: boolean): void {
    this.whole = whole
    this.endedIn = null
    this.endsInLineEnd = false
    this.fields = 0
    this.hasMore = false
    this.malformed = false
    this.hasMark = false
    this.firstLineEnd = -1
    this.otherLineEnd = -1
    this.hasHiddenMark = false
  }

  private goOn(bytes: Uint8Array, from: number): number {
    let at = from
    while (at >= 0 && at < bytes.length && bytes[at] === this.delimiter) at = this.readField(bytes, at + 1)
    if (at < 0) return -1
    if (at === bytes.length) return this.whole ? at : -1
    const next = this.lineEndAt(bytes, at)
    this.endsInLineEnd = next < 0 && this.lineEnd === null
    // However many CR there are, they need not be kept.
    if (next < 0 && this.lineEnd === 'LF') this.leave('return', bytes.length)
    return next
  }

  private leave(within: Within, at: number): void {
    this.within = within
    this.resumeAt = at
  }

  /** Where the line end of the file at `at` ends: 0 where it is of the other kind, -1 where the text ends before that is clear. */
  private lineEndAt(bytes: Uint8Array, at: number): number {
    if (this.lineEnd === 'CR') return bytes[at] === CR ? this.endIn('CR', at + 1) : 0
    if (this.lineEnd === null) {
      const found = anyLineEnd(bytes, at, this.whole)
      return found === null ? -1 : this.endIn(found.lineEnd, found.next)
    }
    let end = at
    while (bytes[end] === CR) end += 1
    if (bytes[end] === LF) return this.endIn('LF', end + 1)
    if (end < bytes.length) return 0
    return this.whole ? end : -1
  }

  private endIn(lineEnd: LineEnd, next: number): number {
    this.endedIn = lineEnd
    return next
  }

  /** Passes over a line end of the other kind; returns `at` where it is, or may be, one of the file. */
  private passOther(bytes: Uint8Array, at: number): number {
    if (this.lineEndAt(bytes, at) !== 0) return at
    if (this.otherLineEnd < 0) this.otherLineEnd = at
    let end = at
    while (bytes[end] === bytes[at]) end += 1
    let mark = end
    while (bytes[mark] === SPACE) mark += 1
    this.hasHiddenMark ||= bytes[mark] === QUOTE
    return end
  }

  /** The text before ended in CR, of which LF or other signs may follow. */
  private afterReturn(bytes: Uint8Array, from: number): number {
    let at = from
    while (bytes[at] === CR) at += 1
    if (at === bytes.length) this.leave('return', at)
    if (at === bytes.length || bytes[at] === LF) return at
    this.otherLineEnd = from
    return this.plainEnd(bytes, at)
  }

  private plainEnd(bytes: Uint8Array, from: number): number {
    const { delimiter } = this
    let at = from
    while (at < bytes.length) {
      const sign = bytes[at]
      if (sign === delimiter) break
      if (sign === LF || sign === CR) {
        const next = this.passOther(bytes, at)
        if (next === at) break
        at = next
      } else {
        if (sign === QUOTE) this.hasMark = true
        at += 1
      }
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
    this.hasMark = true
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
    while (at < bytes.length) {
      const sign = bytes[at]
      if (sign === this.delimiter) break
      if (sign === LF || sign === CR) {
        const next = this.passOther(bytes, at)
        if (next === at) break
        at = next
        continue
      }
      if (sign !== SPACE) this.malformed = true
      at += 1
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
