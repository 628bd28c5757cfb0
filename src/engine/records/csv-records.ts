import { CsvRecord } from './csv-record.ts'
import { pieces } from './pieces.ts'
import type { PieceOptions } from './pieces.ts'
import { BROKEN_LINE, Fault, RAGGED_LINE } from './record.ts'
import type { RawValue } from './record.ts'
import { textOf } from './text.ts'

export interface CsvOptions extends PieceOptions {
  readonly delimiter: string
  readonly columnCount: number
  readonly emailIndex: number
  /** Longest record. */
  readonly bytesMax: number
}

const LF = 0x0a
const CR = 0x0d

/**
 * The address column of a CSV file, record by record after the header, exactly and without guessing: a record with too few
 * or too many fields is a `ragged_line` (one empty field too many is let pass), one that is too long or wrongly quoted a
 * `broken_line`. A quotation mark that is never closed spoils its own line only: reading goes on with the next line.
 * Empty lines are skipped, except in a file of one column, where they are blank values.
 */
export async function* csvRecords(path: string, options: CsvOptions): AsyncGenerator<RawValue[], void, void> {
  const reader = new CsvReader(options)
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces(path, options)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const values = reader.read(bytes, false)
    if (values.length > 0) yield values
    rest = bytes.subarray(reader.used)
  }
  const values = reader.read(rest, true)
  if (values.length > 0) yield values
}

class CsvReader {
  /** Bytes of the last text that are done with. */
  used = 0
  private readonly options: CsvOptions
  private readonly record: CsvRecord
  private inHeader = true
  /** Within a line that is too long and already counted. */
  private skipping = false

  constructor(options: CsvOptions) {
    this.options = options
    this.record = new CsvRecord(options.delimiter, options.emailIndex)
  }

  read(bytes: Buffer, whole: boolean): RawValue[] {
    const values: RawValue[] = []
    this.used = 0
    while (
      this.used < bytes.length &&
      (this.skipping ? this.skip(bytes, whole) : this.take(bytes, whole, values))
    ) {
      // Each turn is one record.
    }
    return values
  }

  /** Reads one record; false when more bytes are needed. */
  private take(bytes: Buffer, whole: boolean, values: RawValue[]): boolean {
    const from = this.used
    const next = this.record.read(bytes, from, whole)
    if (next < 0) return this.takeUnended(bytes, whole, values)
    this.used = next
    if (next - from > this.options.bytesMax) this.add(values, BROKEN_LINE)
    else if (this.record.fields > 0 || this.options.columnCount === 1) this.add(values, this.valueOf(bytes))
    return true
  }

  private add(values: RawValue[], value: RawValue): void {
    if (this.inHeader) this.inHeader = false
    else values.push(value)
  }

  /** A record that does not end in what is there: waits for more, or gives up its first line. */
  private takeUnended(bytes: Buffer, whole: boolean, values: RawValue[]): boolean {
    if (!whole && bytes.length - this.used <= this.options.bytesMax) return false
    this.add(values, BROKEN_LINE)
    const { lineEndInside } = this.record
    this.used = lineEndInside < 0 ? bytes.length : lineEndInside
    this.skipping = true
    return true
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

  private valueOf(bytes: Buffer): RawValue {
    const { record } = this
    const { columnCount } = this.options
    if (record.malformed) return BROKEN_LINE
    if (record.fields === 0) return null
    const spare = record.fields === columnCount + 1 && record.lastEmpty
    if (record.fields !== columnCount && !spare) return RAGGED_LINE
    const text = textOf(bytes, record.start, record.end)
    return record.quoted && !(text instanceof Fault) ? text.replaceAll('""', '"') : text
  }
}
