import type { NamedFile } from '../../source/files/verified-bytes.ts'
import { CsvRecord } from './csv-record.ts'
import { pieces } from './pieces.ts'
import type { PieceOptions } from './pieces.ts'
import { addFault, BROKEN_LINE, emptyBatch, Fault, RAGGED_LINE } from './record.ts'
import type { Batch, RawValue } from './record.ts'
import { textOf } from './text.ts'

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

const LF = 0x0a
const CR = 0x0d

/**
 * The records of a CSV file after its header, exactly and without guessing: a record with too few or too many fields is a
 * `ragged_line` (empty ones too many are let pass), one that is too long or wrongly quoted a `broken_line`. What is wrong
 * with the marks of a record spoils its first line only: reading goes on with the next line. Empty lines are skipped, except in a
 * file of one column, where they are blank values. A field that is empty and not quoted is null.
 */
export async function* csvRecords(
  file: NamedFile,
  options: CsvLayout & PieceOptions,
): AsyncGenerator<Batch, void, void> {
  const reader = new CsvReader(options)
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

/** Reads pieces of a file one after the other; the first record is the header. */
export class CsvReader {
  /** Bytes of the last text that are done with. */
  used = 0
  private readonly layout: CsvLayout
  private readonly record: CsvRecord
  private inHeader: boolean
  /** Within a line that is already counted. */
  private skipping = false

  constructor(layout: CsvLayout, hasHeader = true) {
    this.layout = layout
    this.inHeader = hasHeader
    const wanted = layout.emailIndex === null ? [] : [layout.emailIndex]
    this.record = new CsvRecord(layout.delimiter, layout.columnCount, [...wanted, ...layout.otherIndexes])
  }

  read(bytes: Buffer, whole: boolean, batch = emptyBatch(this.layout.otherIndexes.length)): Batch {
    this.used = 0
    while (
      this.used < bytes.length &&
      (this.skipping ? this.skip(bytes, whole) : this.take(bytes, whole, batch))
    ) {
      // Each turn is one record.
    }
    return batch
  }

  /** Reads one record; false when more bytes are needed. */
  private take(bytes: Buffer, whole: boolean, batch: Batch): boolean {
    const { record } = this
    const from = this.used
    const next = record.read(bytes, from, whole)
    if (next < 0 && !whole && bytes.length - from <= this.layout.bytesMax) return false
    if (next < 0 || next - from > this.layout.bytesMax || record.malformed)
      this.giveUpLine(bytes, next, batch)
    else {
      this.used = next
      if (record.fields > 0 || this.layout.columnCount === 1) this.add(bytes, batch)
    }
    return true
  }

  /** Counts the first line of a record that cannot be read, and leaves the lines after it to be read by themselves. */
  private giveUpLine(bytes: Buffer, next: number, batch: Batch): void {
    const { firstLineEnd, openLineEnd } = this.record
    const isTooLong = (next < 0 ? bytes.length : next) - this.used > this.layout.bytesMax
    const lineEnd = isTooLong ? firstLineEnd : openLineEnd
    if (this.inHeader) this.inHeader = false
    else addFault(batch, BROKEN_LINE)
    this.skipping = lineEnd >= 0 || next < 0
    this.used = lineEnd >= 0 ? lineEnd : next < 0 ? bytes.length : next
  }

  private skip(bytes: Buffer, whole: boolean): boolean {
    let at = this.used
    while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1
    this.used = at
    if (at === bytes.length) return false
    // The line feed that belongs to a carriage return may still come.
    if (at === bytes.length - 1 && bytes[at] === CR && !whole) return false
    this.used += bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1
    this.skipping = false
    return true
  }

  private add(bytes: Buffer, batch: Batch): void {
    if (this.inHeader) {
      this.inHeader = false
      return
    }
    const hasAddress = this.layout.emailIndex !== null
    const address = this.isRagged() ? RAGGED_LINE : hasAddress ? this.addressOf(bytes) : null
    if (address instanceof Fault) {
      addFault(batch, address)
      return
    }
    batch.addresses.push(address)
    for (const [index, column] of batch.others.entries())
      column.push(this.otherOf(bytes, index + (hasAddress ? 1 : 0)))
  }

  private isRagged(): boolean {
    const { fields, hasMore } = this.record
    // Without a field it is an empty line of a file of one column.
    return hasMore || (fields > 0 && fields < this.layout.columnCount)
  }

  private addressOf(bytes: Buffer): RawValue {
    if (this.isNull(0)) return null
    const text = textOf(bytes, this.record.starts[0] ?? 0, this.record.ends[0] ?? 0)
    return text instanceof Fault ? text : this.unquoted(text, 0)
  }

  /** Bytes of other columns that are no UTF-8 become replacement signs: they do not keep the address from being read. */
  private otherOf(bytes: Buffer, place: number): string | null {
    if (this.isNull(place)) return null
    const { starts, ends } = this.record
    return this.unquoted(bytes.toString('utf8', starts[place], ends[place]), place)
  }

  private isNull(place: number): boolean {
    const { fields, starts, ends, quoted } = this.record
    return fields === 0 || (starts[place] === ends[place] && quoted[place] !== true)
  }

  private unquoted(text: string, place: number): string {
    return this.record.quoted[place] === true ? text.replaceAll('""', '"') : text
  }
}
