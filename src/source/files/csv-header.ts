const DELIMITERS = [',', ';', '\t', '|'] as const
const QUOTE = '"'

export interface CsvHeader {
  readonly delimiter: string
  /** Names as they stand, trimmed. */
  readonly columns: readonly string[]
}

/**
 * Bytes of the first record without its line end, which is LF, CR LF or CR outside of quotes; null when the record goes on
 * beyond `bytes`. A quotation mark opens only at the beginning of a field, as in the data.
 */
export function firstRecordBytes(bytes: Buffer, whole: boolean): number | null {
  let inQuotes = false
  let fieldStart = true
  let justClosed = false
  for (let index = 0; index < bytes.length; index += 1) {
    const sign = bytes[index]
    if (inQuotes) {
      justClosed = sign === 0x22
      inQuotes = !justClosed
      continue
    }
    if (sign === 0x0a || sign === 0x0d) return index
    // A mark right after a closing one is an escaped one: the field goes on.
    inQuotes = sign === 0x22 && (fieldStart || justClosed)
    justClosed = false
    fieldStart = sign === 0x2c || sign === 0x3b || sign === 0x09 || sign === 0x7c
  }
  return whole && !inQuotes ? bytes.length : null
}

/** Splits the first record. `delimiter` null: the most frequent of comma, semicolon, tab and bar outside of quotes. */
export function parseCsvHeader(record: string, delimiter: string | null): CsvHeader {
  const used = delimiter ?? mostFrequent(record)
  return { delimiter: used, columns: splitRecord(record, used).map((name) => name.trim()) }
}

function mostFrequent(record: string): string {
  const counts = DELIMITERS.map((candidate) => splitRecord(record, candidate).length)
  // The first of equals wins: a header of one column takes the comma.
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

function splitRecord(record: string, delimiter: string): string[] {
  const fields: string[] = []
  let start = 0
  while (start <= record.length) {
    const quoted = record[start] === QUOTE ? closingQuote(record, start) : -1
    const end = record.indexOf(delimiter, quoted < 0 ? start : quoted + 1)
    const stop = end < 0 ? record.length : end
    const text = record.slice(start, stop)
    fields.push(quoted < 0 ? text : unquote(record.slice(start + 1, quoted)) + record.slice(quoted + 1, stop))
    start = stop + 1
  }
  return fields
}

/** Position of the mark that closes the field opened at `start`, or -1. */
function closingQuote(record: string, start: number): number {
  let index = record.indexOf(QUOTE, start + 1)
  while (index >= 0 && record[index + 1] === QUOTE) index = record.indexOf(QUOTE, index + 2)
  return index
}

function unquote(text: string): string {
  return text.replaceAll('""', QUOTE)
}
