import { isEmailName } from '../email-column.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const
const QUOTE = '"'
const SPACE = 0x20

export interface CsvHeader {
  readonly delimiter: string
  /** Names as they stand, trimmed. */
  readonly columns: readonly string[]
}

export interface Preamble {
  /** Lines above the header: blank ones, and the one that names the delimiter. */
  readonly lines: number
  readonly bytes: number
  /** What `sep=;` names, as spreadsheets write it; null without such a line. */
  readonly delimiter: string | null
}

/** No cell of it holds anything. */
const BLANK = /^[\s,;|"]*$/
const SEPARATOR = /^"?sep=([\t!#$%&*+,./:;<=>?@\\^_`|~-])"?\s*$/i

/** What stands above the header, if the bytes go on beyond it; else of as many lines as are whole. */
export function preambleOf(bytes: Buffer): Preamble {
  let delimiter: string | null = null
  let lines = 0
  let start = 0
  for (;;) {
    const { end, next } = lineAt(bytes, start)
    if (next < 0) break
    const line = bytes.toString('utf8', start, end)
    const named: string | undefined = delimiter === null ? SEPARATOR.exec(line)?.[1] : undefined
    if (named === undefined && !BLANK.test(line)) break
    delimiter = named ?? delimiter
    lines += 1
    start = next
  }
  return { lines, bytes: start, delimiter }
}

/** Where a line ends and the next one begins; `next` is -1 when the bytes end first. */
function lineAt(bytes: Buffer, start: number): { end: number; next: number } {
  for (let at = start; at < bytes.length; at += 1) {
    if (bytes[at] === 0x0a) return { end: at, next: at + 1 }
    // The line feed that belongs to it may still come.
    if (bytes[at] === 0x0d && at + 1 < bytes.length)
      return { end: at, next: bytes[at + 1] === 0x0a ? at + 2 : at + 1 }
  }
  return { end: bytes.length, next: -1 }
}

/**
 * Bytes of the first record without its line end, which is LF, CR LF or CR outside of quotes; null when the record goes on
 * beyond `bytes`. A quotation mark opens only at the beginning of a field, after spaces too, as in the data.
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
    fieldStart =
      (fieldStart && sign === SPACE) || sign === 0x2c || sign === 0x3b || sign === 0x09 || sign === 0x7c
  }
  return whole && !inQuotes ? bytes.length : null
}

/**
 * Splits the first record. `delimiter` null: of comma, semicolon, tab and bar the one that sets `wanted` apart as a name of its own, and
 * among these the most frequent outside of quotes and parentheses.
 */
export function parseCsvHeader(record: string, delimiter: string | null, wanted: string): CsvHeader {
  const used = delimiter ?? bestOf(record, wanted)
  return { delimiter: used, columns: splitRecord(record, used).map((name) => name.trim()) }
}

function bestOf(record: string, wanted: string): string {
  const bare = record.replaceAll(/\([^()"]*\)/g, '')
  const scores = DELIMITERS.map((candidate) => {
    const isSetApart = splitRecord(record, candidate).some((name) => isEmailName(name, wanted))
    return splitRecord(bare, candidate).length + (isSetApart ? record.length : 0)
  })
  // The first of equals wins: a header of one column takes the comma.
  return DELIMITERS[scores.indexOf(Math.max(...scores))] ?? ','
}

const LINES_LOOKED_AT = 30

/**
 * The number of the line that holds the names of the columns when it is not the first of `text`, such as below a title; null when there
 * is none. Names set `wanted` apart, hold no data, and are more than the first line holds; `mayBeEqual`: or as the one cell of the first.
 */
export function lineOfNames(
  text: string,
  { wanted, mayBeEqual, isData }: { wanted: string; mayBeEqual: boolean; isData: (name: string) => boolean },
): number | null {
  const lines = text.split(/\r\n|\n|\r/, LINES_LOOKED_AT)
  const cells = (line: string) => parseCsvHeader(line, null, wanted).columns.filter((name) => name !== '')
  const first = cells(lines[0] ?? '').length
  const found = lines.findIndex((line, index) => {
    if (index === 0) return false
    const names = cells(line)
    const isEnough = names.length > first || (mayBeEqual && first === 1 && names.length === 1)
    return isEnough && names.some((name) => isEmailName(name, wanted)) && !names.some(isData)
  })
  return found < 0 ? null : found + 1
}

function splitRecord(record: string, delimiter: string): string[] {
  const fields: string[] = []
  let start = 0
  while (start <= record.length) {
    const opening = quoteAt(record, start)
    const quoted = opening < 0 ? -1 : closingQuote(record, opening)
    const end = record.indexOf(delimiter, quoted < 0 ? start : quoted + 1)
    const stop = end < 0 ? record.length : end
    const text = record.slice(start, stop)
    fields.push(
      quoted < 0 ? text : unquote(record.slice(opening + 1, quoted)) + record.slice(quoted + 1, stop),
    )
    start = stop + 1
  }
  return fields
}

/** Position of the mark that opens the field at `start`, after spaces too, or -1. */
function quoteAt(record: string, start: number): number {
  let at = start
  while (record[at] === ' ') at += 1
  return record[at] === QUOTE ? at : -1
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
