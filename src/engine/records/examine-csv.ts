import { isUtf8 } from 'node:buffer'
import type { NamedFile } from '../../sources/files/verified-bytes.ts'
import { CsvRecord } from '../../sources/files/csv-record.ts'
import { CsvReader } from './csv-records.ts'
import type { CsvLayout } from './csv-records.ts'
import { pieces } from './pieces.ts'
import { emptyBatch } from './record.ts'
import type { Batch } from './record.ts'

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22

export interface Scannable {
  readonly lineEnd: '\n' | '\r\n'
  /** Some fields stand in quotation marks. */
  readonly hasQuotes: boolean
  /** Records that a scan passes over, since marks in their line hide separators from it. */
  readonly aside: Batch
  /** Rows that a scan finds below the header. */
  readonly rows: number
  /** Further lines that it passes over: records without the right number of fields. */
  readonly ragged: number
}

/** Memory for lines that are kept aside, of all files of a job. */
export interface AsideRoom {
  bytes: number
}

/**
 * Whether every line of a CSV file is a record of its own, so that a scan that knows no quotation marks reads it exactly, wherever
 * it is split: lines whose separators are all outside of marks have the right number of fields for it, the others not, and are kept
 * `aside`. Null when that is not so, and the file must be read record by record.
 */
export async function examineCsv(
  file: NamedFile,
  layout: CsvLayout,
  options: { readonly signal: AbortSignal; readonly room: AsideRoom },
): Promise<Scannable | null> {
  const examiner = new Examiner(layout, options.room)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(file, { signal: options.signal, onBytes: () => undefined })) {
    // Only a line that lies across the border of two pieces is copied.
    const from = rest.length === 0 ? 0 : piece.indexOf(LF) + 1
    const end = piece.lastIndexOf(LF) + 1
    if (from > 0 && !examiner.take(Buffer.concat([rest, piece.subarray(0, from)]))) return null
    if (!examiner.take(piece.subarray(from, end))) return null
    rest = end === 0 ? Buffer.concat([rest, piece]) : piece.subarray(end)
    if (rest.length > layout.bytesMax) return null
  }
  return examiner.take(rest) ? examiner.result() : null
}

class Examiner {
  private readonly layout: CsvLayout
  private readonly room: AsideRoom
  private readonly record: CsvRecord
  private readonly reader: CsvReader
  private readonly aside: Batch
  private readonly delimiter: number
  private lineEnd: '\n' | '\r\n' | null = null
  private hasQuotes = false
  private rows = 0
  private passedOver = 0

  constructor(layout: CsvLayout, room: AsideRoom) {
    this.layout = layout
    this.room = room
    this.delimiter = layout.delimiter.charCodeAt(0)
    this.record = new CsvRecord(layout.delimiter, 0, [])
    this.reader = new CsvReader(layout, '', false)
    this.aside = emptyBatch(layout.otherIndexes.length)
  }

  /** Null where more lines are kept aside than a scan passes over. */
  result(): Scannable | null {
    const { aside, rows, hasQuotes } = this
    const ragged = this.passedOver - aside.addresses.length
    return ragged < 0 ? null : { lineEnd: this.lineEnd ?? '\n', hasQuotes, aside, rows, ragged }
  }

  /** Examines whole lines; false when a scan would not do. */
  take(lines: Buffer): boolean {
    if (lines.length === 0) return true
    let from = 0
    if (this.lineEnd === null) {
      from = this.takeHeader(lines)
      if (from < 0) return false
    }
    if (lines.includes(0) || !isUtf8(lines)) return false
    if (!this.hasItsLineEnds(lines) || !this.hasNoLongLine(lines)) return false
    this.countLines(lines, from)
    return this.takeQuotes(lines, from)
  }

  /** Counts lines by their separators, as a scan does that knows no marks. */
  private countLines(lines: Buffer, from: number): void {
    const last = this.layout.columnCount - 1
    for (let start = from; start < lines.length;) {
      const usual = usualLines(lines, start, this.delimiter, last)
      this.rows += usual.rows
      if (usual.end === lines.length) return
      const end = endOfLine(lines, usual.end)
      const line = lines.subarray(usual.end, usual.end + textEnd(lines.subarray(usual.end, end)))
      this.countOdd(line, separatorsIn(line, this.delimiter))
      start = end
    }
  }

  /** An empty line is a row only where there is one column, and empty fields too many do no harm. */
  private countOdd(line: Buffer, separators: number): void {
    const last = this.layout.columnCount - 1
    if (line.length === 0 && last > 0) return
    let surplus = separators - last
    while (surplus > 0 && line[line.length - surplus] === this.delimiter) surplus -= 1
    if (surplus === 0) this.rows += 1
    else this.passedOver += 1
  }

  /** Returns the end of the first line, or -1 when the header is not that line. */
  private takeHeader(lines: Buffer): number {
    const end = endOfLine(lines, 0)
    const line = lines.subarray(0, end)
    this.lineEnd = lines[end - 2] === CR ? '\r\n' : '\n'
    const isOneRecord = this.record.read(line, 0, true) === end && this.record.fields > 0
    return isOneRecord ? end : -1
  }

  private hasItsLineEnds(lines: Buffer): boolean {
    if (this.lineEnd === '\n') return !lines.includes(CR)
    for (let at = lines.indexOf(LF); at >= 0; at = lines.indexOf(LF, at + 1))
      if (lines[at - 1] !== CR) return false
    for (let at = lines.indexOf(CR); at >= 0; at = lines.indexOf(CR, at + 1))
      if (lines[at + 1] !== LF) return false
    return true
  }

  private hasNoLongLine(lines: Buffer): boolean {
    const { bytesMax } = this.layout
    for (let from = 0; lines.length - from > bytesMax;) {
      const end = lines.lastIndexOf(LF, from + bytesMax - 1) + 1
      if (end <= from) return false
      from = end
    }
    return true
  }

  private takeQuotes(lines: Buffer, from: number): boolean {
    for (let at = lines.indexOf(QUOTE, from); at >= 0;) {
      const start = lines.lastIndexOf(LF, at) + 1
      const end = endOfLine(lines, at)
      if (!this.takeQuoted(lines.subarray(start, end))) return false
      at = lines.indexOf(QUOTE, end)
    }
    return true
  }

  private takeQuoted(line: Buffer): boolean {
    const end = textEnd(line)
    const found = this.fieldsOf(line, end)
    const { columnCount } = this.layout
    if (found.fields >= columnCount && !found.hasMore) {
      this.hasQuotes = true
      return found.areWhole
    }
    this.room.bytes -= line.length
    if (this.room.bytes < 0 || this.record.read(line, 0, true) !== line.length || this.record.malformed)
      return false
    this.reader.read(line, true, this.aside)
    return true
  }

  /** The fields of a line as a scan finds them that knows no marks, and whether marks are around whole fields only. */
  private fieldsOf(line: Buffer, end: number): { fields: number; hasMore: boolean; areWhole: boolean } {
    let fields = 0
    let hasMore = false
    let areWhole = true
    for (let start = 0; ;) {
      let stop = start
      while (stop < end && line[stop] !== this.delimiter) stop += 1
      fields += 1
      hasMore ||= fields > this.layout.columnCount && stop > start
      areWhole &&= isWhole(line, start, stop)
      if (stop === end) return { fields, hasMore, areWhole }
      start = stop + 1
    }
  }
}

/** Whether a field either does not begin with a mark, or ends with the one that closes it. */
function isWhole(line: Buffer, start: number, stop: number): boolean {
  let at = start
  while (at < stop && line[at] === SPACE) at += 1
  if (line[at] !== QUOTE) return true
  if (at !== start || stop - start < 2 || line[stop - 1] !== QUOTE) return false
  for (at = start + 1; at < stop - 1; at += 1)
    if (line[at] === QUOTE) {
      if (line[at + 1] !== QUOTE || at + 1 === stop - 1) return false
      at += 1
    }
  return true
}

/**
 * How many lines have so many separators, up to the first that has not, and where that begins. A loop of its own that calls nothing,
 * since nearly all lines are such ones: that takes less than half the time.
 */
function usualLines(
  lines: Buffer,
  from: number,
  delimiter: number,
  separatorsUsual: number,
): { readonly rows: number; readonly end: number } {
  // Nearly all signs are letters and digits, which come after both.
  const highest = Math.max(delimiter, LF)
  const { length } = lines
  let rows = 0
  let separators = 0
  let end = from
  for (let at = from; at < length; at += 1) {
    const sign = lines[at] as number
    if (sign > highest) continue
    if (sign === delimiter) separators += 1
    else if (sign === LF) {
      if (separators !== separatorsUsual) break
      rows += 1
      separators = 0
      end = at + 1
    }
  }
  return { rows, end }
}

function separatorsIn(line: Buffer, delimiter: number): number {
  let separators = 0
  for (let at = line.indexOf(delimiter); at >= 0; at = line.indexOf(delimiter, at + 1)) separators += 1
  return separators
}

/** Position after the line end that follows, or the end of the bytes. */
function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(LF, from)
  return end < 0 ? bytes.length : end + 1
}

function textEnd(line: Buffer): number {
  if (line.at(-1) !== LF) return line.length
  return line.at(-2) === CR ? line.length - 2 : line.length - 1
}
