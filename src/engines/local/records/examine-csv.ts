import { isUtf8 } from 'node:buffer'
import type { NamedFile } from '../../../sources/formats/verified-bytes.ts'
import { CsvRecord } from '../../../sources/formats/csv-grammar.ts'
import { BACKSLASH, CR, LF, QUOTE, SPACE } from '../../../sources/formats/signs.ts'
import { CsvReader } from './csv-records.ts'
import type { CsvLayout } from './csv-records.ts'
import { marksOf, mayStandBefore } from './marks.ts'
import { emptyBatch } from './record.ts'
import type { Batch } from './record.ts'
import { endOfLine, linesIn, textEnd, wholeLines } from './whole-lines.ts'

export interface Scannable {
  readonly lineEnd: '\n' | '\r\n'
  /** Some fields stand in quotation marks. */
  readonly hasQuotes: boolean
  /** Records that a scan passes over, since marks in their line hide separators from it. */
  readonly aside: Batch
  /** All lines below the header. */
  readonly lines: number
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
  for await (const lines of wholeLines(file, { signal: options.signal, bytesMax: layout.bytesMax }))
    if (lines === null || !examiner.take(lines)) return null
  return examiner.result()
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
  private lines = 0

  constructor(layout: CsvLayout, room: AsideRoom) {
    this.layout = layout
    this.room = room
    this.delimiter = layout.delimiter.charCodeAt(0)
    this.record = new CsvRecord(layout.delimiter, 0, [])
    this.reader = new CsvReader(layout, '', false)
    this.aside = emptyBatch(layout.otherIndexes.length)
  }

  result(): Scannable {
    const { aside, lines, hasQuotes } = this
    return { lineEnd: this.lineEnd ?? '\n', hasQuotes, aside, lines }
  }

  /** Examines whole lines; false when a scan would not do. */
  take(lines: Buffer): boolean {
    let from = 0
    if (this.lineEnd === null) {
      from = this.takeHeader(lines)
      if (from < 0) return false
    }
    if (lines.includes(0) || !isUtf8(lines)) return false
    if (!this.hasItsLineEnds(lines) || !this.hasNoLongLine(lines)) return false
    this.lines += linesIn(lines, from)
    return this.takeQuotes(lines, from)
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
    const { record } = this
    if (this.room.bytes < 0 || record.read(line, 0, true) !== line.length || record.malformed) return false
    // Its marks may open a text that goes on in the next line.
    if (record.fields !== columnCount || marksOf(line, this.delimiter).opening) return false
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

/**
 * Whether a field either does not begin with a mark, or ends with the one that closes it, for certain: `marksOf` says what else may open a
 * text.
 */
function isWhole(line: Buffer, start: number, stop: number): boolean {
  let at = start
  while (at < stop && line[at] === SPACE) at += 1
  if (line[at] !== QUOTE) return !opensLate(line, at, stop)
  if (at !== start || stop - start < 2 || line[stop - 1] !== QUOTE) return false
  if (line[stop - 2] === BACKSLASH) return false
  for (at = start + 1; at < stop - 1; at += 1)
    if (line[at] === QUOTE) {
      if (line[at + 1] !== QUOTE || at + 1 === stop - 1) return false
      at += 1
    }
  return true
}

function opensLate(line: Buffer, from: number, stop: number): boolean {
  let at = from
  while (at < stop && mayStandBefore(line[at] ?? SPACE)) at += 1
  return at < stop && line[at] === QUOTE
}
