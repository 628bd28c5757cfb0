import type { RollcallError } from '../../../base/rollcall-error.ts'
import { damaged, mixedLineEnds } from '../../../sources/formats/errors.ts'
import type { NamedFile } from '../../../sources/formats/verified-bytes.ts'
import { anyLineEnd, CsvRecord } from '../../../sources/formats/csv-grammar.ts'
import { marksOf } from './marks.ts'
import { pieces } from './pieces.ts'
import type { PieceOptions } from './pieces.ts'
import { addFault, BROKEN_LINE, emptyBatch, Fault, RAGGED_LINE } from './record.ts'
import type { Batch, RawValue } from './record.ts'
import { textOf } from './text.ts'
import { CR, LF } from '../../../sources/formats/signs.ts'

export interface CsvLayout {
  readonly delimiter: string
  readonly linesAbove: number
  readonly columnCount: number
  /** Null when the file has no address column. */
  readonly emailIndex: number | null
  /** Further columns to read. */
  readonly otherIndexes: readonly number[]
  /** Longest record. */
  readonly bytesMax: number
}

/**
 * The records of a CSV file after its header, exactly and without guessing: a record with too few or too many fields is a
 * `ragged_line` (empty ones too many are let pass), one that is too long or wrongly quoted a `broken_line`. Empty lines are skipped,
 * except in a file of one column, where they are blank values. A field that is empty and not quoted is null. A record with bytes that
 * are no UTF-8 in a column that is read is one of `bad_encoding`.
 *
 * A mark that is wrong over several lines leaves open what they are. Where each line after the first is a whole record, the mark is a
 * slip, and only its own line is given up. Otherwise they may be the text of a note, and the file is refused.
 *
 * The first line end tells what records end in. One of the other kind outside of marks is like a space where CR stands in a row among LF;
 * elsewhere it may be where a row ends, and the file is refused. Error: `source_damaged`, with the line.
 */
export async function* csvRecords(
  file: NamedFile,
  options: CsvLayout & PieceOptions,
): AsyncGenerator<Batch, void, void> {
  const reader = new CsvReader(options, file.name)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(file, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const batch = reader.read(bytes, false)
    if (batch.addresses.length > 0) yield batch
    rest = bytes.subarray(reader.used)
  }
  const batch = reader.read(rest, true)
  if (batch.addresses.length > 0) yield batch
}

/** Reads pieces of a file one after the other; the first record is the header, unless told otherwise. */
export class CsvReader {
  /** Bytes of the last text that are done with. */
  used = 0
  private readonly layout: CsvLayout
  private readonly name: string
  private readonly record: CsvRecord
  /** Reads the lines within a record, whatever they end in. */
  private readonly inner: CsvRecord
  private inHeader: boolean
  /** Within a record that is too long and already counted. */
  private dropping = false
  private linesBefore: number
  private bytesBefore = 0
  /** The last record of which a mark may open a text that goes on in the next one. */
  private suspect: { readonly at: number; readonly line: number } | null = null

  constructor(layout: CsvLayout, name: string, hasHeader = true) {
    this.layout = layout
    this.name = name
    this.inHeader = hasHeader
    this.linesBefore = layout.linesAbove
    const wanted = layout.emailIndex === null ? [] : [layout.emailIndex]
    this.record = new CsvRecord(layout.delimiter, layout.columnCount, [...wanted, ...layout.otherIndexes])
    this.inner = new CsvRecord(layout.delimiter, layout.columnCount, [])
  }

  read(bytes: Buffer, whole: boolean, batch = emptyBatch(this.layout.otherIndexes.length)): Batch {
    this.used = 0
    while (this.used < bytes.length && this.next(bytes, whole, batch)) {
      // Each turn is one record.
    }
    // What is dropped may be open still at the end of the file.
    if (whole && this.dropping) this.drop(bytes, whole)
    this.linesBefore += this.lineEndsIn(bytes, this.used)
    this.bytesBefore += this.used
    return batch
  }

  private next(bytes: Buffer, whole: boolean, batch: Batch): boolean {
    return this.dropping ? this.drop(bytes, whole) : this.take(bytes, whole, batch)
  }

  /** Reads one record; false when more bytes are needed. */
  private take(bytes: Buffer, whole: boolean, batch: Batch): boolean {
    const { record } = this
    const { columnCount } = this.layout
    const from = this.used
    const next = record.read(bytes, from, whole)
    if (this.needsMore(record, next, whole, bytes.length - from)) return false
    record.lineEnd ??= record.endedIn
    if (this.isLong(bytes, from, next)) return this.takeLong(bytes, next, whole, batch)
    if (record.otherLineEnd >= 0 && (next < 0 || !this.isOneRow())) throw this.mixed(bytes)
    if (!this.inHeader && record.hasMark) this.judgeMarks(bytes, next)
    if (next < 0 || record.malformed) return this.takeDoubtful(bytes, next, whole, batch)
    if (this.maySwallow(bytes)) return this.takeLarge(bytes, next, whole, batch)
    this.used = next
    if (record.fields > 0 || columnCount === 1) this.add(bytes, batch)
    return true
  }

  /**
   * Refuses the file where a mark may close a text that a record before may have opened, no further back than a record is long: what stands
   * between them may be the text of a note, of a program that does not double the marks in it.
   */
  private judgeMarks(bytes: Buffer, next: number): void {
    const { record, suspect } = this
    const at = this.bytesBefore + this.used
    const isRagged = this.isRagged(record)
    const text = bytes.subarray(this.used, next < 0 ? bytes.length : next)
    const marks = marksOf(text, this.layout.delimiter.charCodeAt(0))
    const mayClose = marks.closing || marks.lone || (isRagged && (marks.plain || marks.closingTail))
    if (mayClose && suspect !== null && suspect.at < at && at - suspect.at <= this.layout.bytesMax)
      throw damaged(this.name, ofOpenMark(suspect.line.toLocaleString('en-US')))
    const mayOpen = marks.opening || isRagged || record.malformed || next < 0
    if (mayOpen) this.suspect = { at, line: this.lineOf(bytes) }
  }

  private needsMore(record: CsvRecord, next: number, whole: boolean, bytesLeft: number): boolean {
    return next < 0 && !whole && (bytesLeft <= this.layout.bytesMax || record.endsInLineEnd)
  }

  /** Whether a record is longer than it may be, wherever the text is split: `next` is -1 where its end is not known. */
  private isLong(bytes: Buffer, from: number, next: number): boolean {
    return (next < 0 ? bytes.length : next) - from > this.layout.bytesMax
  }

  /** Whether a record is a row for certain, although a line end of the other kind stands in it outside of marks. */
  private isOneRow(): boolean {
    const { fields, lineEnd, malformed, hasHiddenMark } = this.record
    const { columnCount } = this.layout
    return lineEnd === 'LF' && fields === columnCount && columnCount > 1 && !malformed && !hasHiddenMark
  }

  /** Whether a record over several lines is no row, or has an address over several lines: an open mark may have swallowed rows. */
  private maySwallow(bytes: Buffer): boolean {
    if (this.record.firstLineEnd < 0 || this.inHeader) return false
    return this.isRagged(this.record) || this.hasLongAddress(bytes)
  }

  private hasLongAddress(bytes: Buffer): boolean {
    if (this.layout.emailIndex === null) return false
    const value = this.valueOf(bytes, 0)
    return typeof value === 'string' && /[\r\n]/.test(value.trim())
  }

  /**
   * A record that may have swallowed rows: it has where each of its further lines is one by itself, and only its first line is broken. It
   * has not where none of them is. Where some are, or one only with the mark that closes the record, that is unclear; but an address over
   * several lines, with as many fields as the file has, holds more than one address more likely than rows.
   */
  private takeLarge(bytes: Buffer, next: number, whole: boolean, batch: Batch): boolean {
    const { record } = this
    const second = afterLineEnd(bytes, record.firstLineEnd)
    const found = this.recordsIn(bytes, second, next, whole)
    if (found === null) return false
    const { rows, closing, others } = found
    if (rows > 0 && closing + others === 0) {
      this.giveUpLine(bytes, second, next, batch)
      return true
    }
    const isUnclear = this.isRagged(record) ? rows + closing > 0 : rows > 0 && others === 0
    if (isUnclear) throw this.damaged(bytes, ofOpenMark)
    this.used = next
    this.add(bytes, batch)
    return true
  }

  /** A record that is wrongly quoted, or may be: `next` is -1 where a mark is open at the end of the file. */
  private takeDoubtful(bytes: Buffer, next: number, whole: boolean, batch: Batch): boolean {
    const lineEnd = this.record.firstLineEnd
    if (next < 0 && !this.endsInLineEnd(bytes)) throw this.damaged(bytes, ofCutOff)
    if (lineEnd < 0) {
      const fits = this.fitsAgain(bytes, next, whole)
      if (fits === null) return false
      if (!fits) throw this.damaged(bytes, ofOpenMark)
      this.giveUp(next, batch)
      return true
    }
    const second = afterLineEnd(bytes, lineEnd)
    const end = next < 0 ? bytes.length : next
    const found = this.recordsIn(bytes, second, end, whole)
    if (found === null) return false
    if (found.closing + found.others > 0) throw this.damaged(bytes, ofOpenMark)
    this.giveUpLine(bytes, second, end, batch)
    return true
  }

  /**
   * How many of the records that stand there are rows of the file, read by themselves, how many are rows but for a mark that may close what
   * a line before them opened, and how many are none; null when more bytes are needed.
   */
  private recordsIn(
    bytes: Buffer,
    from: number,
    end: number,
    whole: boolean,
  ): { readonly rows: number; readonly closing: number; readonly others: number } | null {
    const { inner } = this
    const delimiter = this.layout.delimiter.charCodeAt(0)
    let [rows, closing, others] = [0, 0, 0]
    for (let at = from; at < end;) {
      const next = inner.read(bytes, at, whole)
      if (this.needsMore(inner, next, whole, bytes.length - at)) return null
      // One that is too long as well goes on behind the end of a line, and is refused as such when it is its turn.
      if (next < 0 || inner.malformed || this.isRagged(inner) || this.isLong(bytes, at, next)) others += 1
      else if (inner.fields > 0) {
        const marks = marksOf(bytes.subarray(at, next), delimiter)
        if (marks.plain) closing += 1
        else rows += 1
      }
      at = next < 0 ? end : next
    }
    return { rows, closing, others }
  }

  /**
   * Whether a line with a mark in a wrong place stands by itself: the lines after it are rows of the file until one has all its marks in
   * their places, and none of them closes a field that it did not open. Else they may be the text of a note that was left open. Null
   * when more bytes are needed. No note is longer than a row may be.
   */
  private fitsAgain(bytes: Buffer, from: number, whole: boolean): boolean | null {
    const { record } = this
    const { bytesMax, delimiter } = this.layout
    for (let at = from; at - from <= bytesMax;) {
      if (at === bytes.length) return whole ? true : null
      const next = record.read(bytes, at, whole)
      if (this.needsMore(record, next, whole, bytes.length - at)) return null
      // It is judged when it is its turn.
      if (this.isLong(bytes, at, next)) return true
      if (next < 0 || record.otherLineEnd >= 0 || this.isRagged(record)) return false
      if (record.malformed && record.firstLineEnd >= 0) return false
      if (!record.malformed) {
        const { closing, inPlace } = marksOf(bytes.subarray(at, next), delimiter.charCodeAt(0))
        if (closing) return false
        if (inPlace) return true
      }
      at = next
    }
    return true
  }

  private takeLong(bytes: Buffer, next: number, whole: boolean, batch: Batch): boolean {
    this.refuseLong(bytes)
    if (next < 0 && whole) throw this.damaged(bytes, ofCutOff)
    this.dropping = next < 0
    this.giveUp(next < 0 ? this.record.resumeAt : next, batch)
    return true
  }

  /** Passes over the rest of a record that is too long. */
  private drop(bytes: Buffer, whole: boolean): boolean {
    const { record } = this
    const next = record.resume(bytes, this.used, whole)
    record.lineEnd ??= record.endedIn
    this.refuseLong(bytes)
    if (next < 0 && whole) throw this.damaged(bytes, ofCutOff)
    this.used = next < 0 ? record.resumeAt : next
    this.dropping = next < 0
    return next >= 0
  }

  /** What is met first in a record that is too long counts, since its text may be split after that. */
  private refuseLong(bytes: Buffer): void {
    const { firstLineEnd, otherLineEnd } = this.record
    if (otherLineEnd >= 0 && (firstLineEnd < 0 || otherLineEnd < firstLineEnd)) throw this.mixed(bytes)
    if (firstLineEnd >= 0) throw this.damaged(bytes, ofOpenMark)
  }

  /** Gives up the first line of several that are no record, unless these end in several ways: a row may stand within that line then. */
  private giveUpLine(bytes: Buffer, second: number, end: number, batch: Batch): void {
    const lines = bytes.subarray(this.used, end)
    const { lineEnd } = this.record
    if ((lineEnd === 'LF' || lines.includes(LF)) && (lineEnd === 'CR' || hasLoneReturn(lines)))
      throw this.mixed(bytes)
    this.giveUp(second, batch)
  }

  private giveUp(next: number, batch: Batch): void {
    if (this.inHeader) this.inHeader = false
    else addFault(batch, BROKEN_LINE)
    this.used = next
  }

  private damaged(bytes: Buffer, what: (line: string) => string): RollcallError {
    return damaged(this.name, what(this.lineOf(bytes).toLocaleString('en-US')))
  }

  private mixed(bytes: Buffer): RollcallError {
    return mixedLineEnds(this.name, this.lineOf(bytes))
  }

  /** Where the record that is read begins. */
  private lineOf(bytes: Buffer): number {
    return this.linesBefore + this.lineEndsIn(bytes, this.used) + 1
  }

  /** Lines end in what rows end in. */
  private lineEndsIn(bytes: Buffer, end: number): number {
    return countOf(this.record.lineEnd === 'CR' ? CR : LF, bytes, end)
  }

  private endsInLineEnd(bytes: Buffer): boolean {
    const { lineEnd } = this.record
    const last = bytes.at(-1)
    return (last === LF && lineEnd !== 'CR') || (last === CR && lineEnd !== 'LF')
  }

  private add(bytes: Buffer, batch: Batch): void {
    if (this.inHeader) {
      this.inHeader = false
      return
    }
    if (this.isRagged(this.record)) {
      addFault(batch, RAGGED_LINE)
      return
    }
    const hasAddress = this.layout.emailIndex !== null
    const row = batch.addresses.push(hasAddress ? this.valueOf(bytes, 0) : null) - 1
    for (const [index, column] of batch.others.entries()) {
      const value = this.valueOf(bytes, index + (hasAddress ? 1 : 0))
      column.push(value instanceof Fault ? null : value)
      // Signs in place of bytes that are none would make different texts equal.
      if (value instanceof Fault) batch.addresses[row] = value
    }
  }

  private isRagged({ fields, hasMore }: CsvRecord): boolean {
    // Without a field it is an empty line of a file of one column.
    return hasMore || (fields > 0 && fields < this.layout.columnCount)
  }

  private valueOf(bytes: Buffer, place: number): RawValue {
    if (this.isNull(place)) return null
    const text = textOf(bytes, this.record.starts[place] ?? 0, this.record.ends[place] ?? 0)
    return text instanceof Fault ? text : this.unquoted(text, place)
  }

  private isNull(place: number): boolean {
    const { fields, starts, ends, quoted } = this.record
    return fields === 0 || (starts[place] === ends[place] && quoted[place] !== true)
  }

  private unquoted(text: string, place: number): string {
    return this.record.quoted[place] === true ? text.replaceAll('""', '"') : text
  }
}

function ofOpenMark(line: string): string {
  return `has a quotation mark in line ${line} that is not closed at the end of its field, so it is unclear where the next row begins`
}

function ofCutOff(line: string): string {
  return `ends inside quotation marks, in the row that begins in line ${line}`
}

function afterLineEnd(bytes: Buffer, at: number): number {
  return anyLineEnd(bytes, at, true)?.next ?? at
}

/** Whether CR stands before anything but LF or the end. */
function hasLoneReturn(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at)) {
    while (bytes[at] === CR) at += 1
    if (at < bytes.length && bytes[at] !== LF) return true
  }
  return false
}

function countOf(sign: number, bytes: Buffer, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(sign); at >= 0 && at < end; at = bytes.indexOf(sign, at + 1)) count += 1
  return count
}
