import { isEmailName } from '../email-column.ts'
import { anyLineEnd, CsvRecord } from './csv-grammar.ts'
import type { LineEnd } from './csv-grammar.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const

export interface CsvHeader {
  readonly delimiter: string
  /** Names as they stand, trimmed. */
  readonly columns: readonly string[]
  /** Bytes of the record with its line end. */
  readonly bytes: number
  readonly endedIn: LineEnd | null
}

export interface Preamble {
  /** Lines above the header: blank ones, and the one that names the delimiter. */
  readonly lines: number
  readonly bytes: number
  /** What `sep=;` names, as spreadsheets write it; null without such a line. */
  readonly delimiter: string | null
  readonly lineEnds: ReadonlySet<LineEnd>
}

/** No cell of it holds anything. */
const BLANK = /^[\s,;|"]*$/
const SEPARATOR = /^"?sep=([\t!#$%&*+,./:;<=>?@\\^_`|~-])"?\s*$/i

/** What stands above the header, if the bytes go on beyond it; else of as many lines as are whole. */
export function preambleOf(bytes: Buffer): Preamble {
  let delimiter: string | null = null
  let lines = 0
  const lineEnds = new Set<LineEnd>()
  let start = 0
  for (;;) {
    const end = lineEndFrom(bytes, start)
    const found = anyLineEnd(bytes, end, false)
    if (end === bytes.length || found === null) break
    const line = bytes.toString('utf8', start, end)
    const named: string | undefined = delimiter === null ? SEPARATOR.exec(line)?.[1] : undefined
    if (named === undefined && !BLANK.test(line)) break
    delimiter = named ?? delimiter
    lines += 1
    lineEnds.add(found.lineEnd)
    start = found.next
  }
  return { lines, bytes: start, delimiter, lineEnds }
}

function lineEndFrom(bytes: Buffer, start: number): number {
  let at = start
  while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at += 1
  return at
}

/**
 * The first record as `CsvRecord` reads it. A `delimiter` of null is found: the one of comma, semicolon, tab and bar that sets `wanted`
 * apart as a name of its own, and among these the most frequent outside of quotes and parentheses. 'open' where a quotation mark is not closed or the
 * record goes on beyond `bytes`; 'malformed' where something stands after a closing mark.
 */
export function readHeader(
  bytes: Buffer,
  { whole, delimiter, wanted }: { whole: boolean; delimiter: string | null; wanted: string },
): CsvHeader | 'open' | 'malformed' {
  const found = (delimiter === null ? DELIMITERS : [delimiter]).map((candidate) => {
    const record = new CsvRecord(candidate, 0, [])
    return { delimiter: candidate, bytes: record.read(bytes, 0, whole), record }
  })
  if (found.some((one) => one.bytes < 0)) return 'open'
  const scored = found.map(({ delimiter: separator, bytes: bytesUsed, record }) => {
    const text = bytes.subarray(0, bytesUsed)
    const columns = fieldsOf(text, separator).map((name) => name.trim())
    const bare = Buffer.from(text.toString('latin1').replaceAll(/\([^()"]*\)/g, ''), 'latin1')
    const isSetApart = columns.some((name) => isEmailName(name, wanted))
    const score = fieldsOf(bare, separator).length + (isSetApart ? bytes.length : 0)
    const { malformed, endedIn } = record
    return { header: { delimiter: separator, columns, bytes: bytesUsed, endedIn }, malformed, score }
  })
  // The first of equals wins: a header of one column takes the comma.
  const best = scored.reduce((first, one) => (one.score > first.score ? one : first))
  return best.malformed ? 'malformed' : best.header
}

/** The texts of all fields of a record. */
function fieldsOf(bytes: Buffer, delimiter: string): string[] {
  const counted = new CsvRecord(delimiter, 0, [])
  counted.read(bytes, 0, true)
  const all = Array.from({ length: counted.fields }, (_, index) => index)
  const record = new CsvRecord(delimiter, counted.fields, all)
  record.read(bytes, 0, true)
  return all.map((index) => {
    const text = bytes.toString('utf8', record.starts[index], record.ends[index])
    return record.quoted[index] === true ? text.replaceAll('""', '"') : text
  })
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
  const cells = (line: string) => {
    const header = readHeader(Buffer.from(line), { whole: true, delimiter: null, wanted })
    return typeof header === 'string' ? [] : header.columns.filter((name) => name !== '')
  }
  const first = cells(lines[0] ?? '').length
  const found = lines.findIndex((line, index) => {
    if (index === 0) return false
    const names = cells(line)
    const isEnough = names.length > first || (mayBeEqual && first === 1 && names.length === 1)
    return isEnough && names.some((name) => isEmailName(name, wanted)) && !names.some(isData)
  })
  return found < 0 ? null : found + 1
}
