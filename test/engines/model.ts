import { checkEmail } from '../../src/members/email.ts'
import type { InvalidReason } from '../../src/members/email.ts'
import { maskEmail } from '../../src/members/mask.ts'
import { sha256 } from './workbench.ts'

/** What a file holds, one entry a row: the value of its address column, or why the row cannot be read. */
export type ModelRow =
  | {
      readonly value: string | null
      /** Other columns, in lower case, whose bytes are no text. */
      readonly bad?: readonly string[]
    }
  | { readonly fault: InvalidReason }

export interface ModelFile {
  readonly name: string
  readonly bytes: Buffer
  readonly rows: readonly ModelRow[]
  /** Names of its columns or keys, in lower case. */
  readonly columns: readonly string[]
  /** The code with which it must be refused as a whole. */
  readonly refused?: 'source_damaged' | 'missing_email_column' | null
  /** Whether it cannot be read whole, which a query may meet before it misses a column. */
  readonly isDamaged?: boolean
}

export const LINE_BYTES_MAX = 1500

/** What the lines of a text end in, as patterns: any, before the first one is met. */
const ENDS = { any: /\r{0,2}\n|\r/y, LF: /\r*\n|\r+$/y, CR: /\r/y } as const
/** A line end of the other kind, which is not at the end of some lines. */
const OTHERS = { any: /\r+(?!\r|\n|$)[^]*\n|\n[^]*\r+(?!\r|\n|$)/, LF: /\r+(?!\r|\n|$)/, CR: /\n/ } as const

/** How a text is read. */
interface Reading {
  readonly text: string
  readonly delimiter: string
  readonly columns: readonly string[]
  readonly ends: keyof typeof ENDS
}

/**
 * The rows of a CSV text, read in the plainest way, one sign after the other. A mark that is wrong over several lines spoils its first
 * line where each of the others is a row by itself, without a mark that may close it; else null is returned, since the file must be
 * refused. So must one whose line ends are mixed, but for CR among LF in a record that is a row with it.
 */
export function modelCsv(bytes: Buffer, delimiter: string, columns: readonly string[]): ModelRow[] | null {
  const text = bytes.toString('latin1')
  const rows: ModelRow[] = []
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0
  const { endedIn } = modelRecord({ text, delimiter, columns, ends: 'any' }, at)
  const reading = { text, delimiter, columns, ends: endedIn }
  let isHeader = true
  let opened = -Infinity
  while (at < text.length) {
    const record = modelRecord(reading, at)
    if (record.isMixed && (!isRow(record) || record.hidesMark || !isPlainRow(record, reading))) return null
    if (!isHeader && !record.isLong) {
      const fields = fieldsOf(text.slice(at, record.next), delimiter)
      if (at - opened <= LINE_BYTES_MAX && closes(fields, record, delimiter)) return null
      if (opens(fields, record)) opened = at
    }
    const swallowed = isRow(record) && !isHeader ? swallowedBy(reading, record) : 'none'
    if (swallowed === 'unclear') return null
    if (isRow(record) && swallowed === 'none') {
      if (record.row !== null && !isHeader) rows.push(record.row)
      isHeader &&= record.row === null
      at = record.next
      continue
    }
    const { isOpen, isLong, breakAt } = record
    if (isOpen && !endsWhole(reading)) return null
    if (breakAt < 0) {
      at = record.next
      if (!isLong && !fitsAgain(reading, at)) return null
    } else {
      const second = afterLineEnd(text, breakAt)
      if (isLong || !areRows(reading, second, record.next)) return null
      if (OTHERS[reading.ends].test(text.slice(at, record.next))) return null
      at = second
    }
    rows.push({ fault: 'broken_line' })
  }
  return rows
}

interface ModelRecord {
  /** Null for an empty line, where there are several columns. */
  readonly row: ModelRow | null
  readonly isEmpty: boolean
  readonly fields: number
  readonly next: number
  readonly endedIn: Reading['ends']
  readonly isOpen: boolean
  readonly isSpoilt: boolean
  readonly isLong: boolean
  /** First line break within marks, or -1. */
  readonly breakAt: number
  /** A line end of the other kind stands outside of marks; a mark stands after it. */
  readonly isMixed: boolean
  readonly hidesMark: boolean
}

function isRow({ isOpen, isSpoilt, isLong }: ModelRecord): boolean {
  return !isOpen && !isSpoilt && !isLong
}

function isRagged({ row }: ModelRecord): boolean {
  return row !== null && 'fault' in row && row.fault === 'ragged_line'
}

/** Whether a record is no two of them, although its line ends are mixed. */
function isPlainRow({ fields }: ModelRecord, { ends, columns }: Reading): boolean {
  return ends === 'LF' && fields === columns.length && fields > 1
}

function endsWhole({ text, ends }: Reading): boolean {
  return (text.endsWith('\n') && ends !== 'CR') || (text.endsWith('\r') && ends !== 'LF')
}

/** Whether a record over several lines that is no row, or whose address is of several lines, holds rows after its first line. */
function swallowedBy(reading: Reading, swallowing: ModelRecord): 'none' | 'rows' | 'unclear' {
  const { row, breakAt, next } = swallowing
  if (breakAt < 0 || row === null) return 'none'
  const isLong = 'value' in row && /[\r\n]/.test((row.value ?? '').trim())
  if (!isRagged(swallowing) && !isLong) return 'none'
  const are = new Set<'row' | 'closing' | 'other'>()
  for (let at = afterLineEnd(reading.text, breakAt); at < next;) {
    const record = modelRecord({ ...reading, ends: 'any' }, at)
    if (!isRow(record) || isRagged(record)) are.add('other')
    else if (mayClose(reading, at, record.next)) are.add('closing')
    else if (!record.isEmpty) are.add('row')
    at = record.next
  }
  if (are.has('row') && are.size === 1) return 'rows'
  const isUnclear = isRagged(swallowing)
    ? are.has('row') || are.has('closing')
    : are.has('row') && !are.has('other')
  return isUnclear ? 'unclear' : 'none'
}

/** Bytes before a mark that a program may write there although it then opens a field. */
const OPENS_LATE = /^[\0-\x20\x80-\xff]*"/

/** Whether a mark of a record may close a text that one before opened: marks that are not doubled tell no more. */
function closes(fields: readonly string[], record: ModelRecord, delimiter: string): boolean {
  return fields.some((field) => {
    const isQuoted = field.startsWith('"')
    const isWhole = /^"(?:[^"]|"")*"(?!")[ \r\n]*$/.test(field)
    const first = field.slice(1).replace(/^ +/, '').slice(0, 1)
    const isLone = isQuoted && !isWhole && ['', '\r', '\n', delimiter].includes(first)
    return isLone || closesField(field, isQuoted, isRagged(record))
  })
}

function closesField(field: string, isQuoted: boolean, isOdd: boolean): boolean {
  const ends = /"[ \r\n]*$/.test(field)
  if (isQuoted) return isOdd && ends && /[^ \r\n]/.test(tailOf(field))
  return isOdd ? field.includes('"') : ends && !OPENS_LATE.test(field)
}

/** Whether a mark of a record may open a text that goes on in the next one. */
function opens(fields: readonly string[], record: ModelRecord): boolean {
  if (!fields.some((field) => field.includes('"'))) return false
  if (record.isOpen || record.isSpoilt || isRagged(record)) return true
  return fields.some((field) =>
    field.startsWith('"') ? /\\"[ \r\n]*$/.test(field) : OPENS_LATE.test(field) && !/"[ \r\n]*$/.test(field),
  )
}

/** What stands after the mark that closes a field, if one does. */
function tailOf(field: string): string {
  return /^"(?:[^"]|"")*"(?!")(.*)$/su.exec(field)?.[1] ?? ''
}

/** Whether a field without marks around it holds one, which may close what a line before it opened. */
function mayClose({ text, delimiter }: Reading, from: number, end: number): boolean {
  return fieldsOf(text.slice(from, end), delimiter).some(
    (field) => !field.startsWith('"') && field.includes('"'),
  )
}

/** Whether the lines after one with a wrong mark are rows, until one has its marks in their places. */
function fitsAgain(reading: Reading, from: number): boolean {
  const { text, delimiter } = reading
  for (let at = from; at < text.length && at - from <= LINE_BYTES_MAX;) {
    const record = modelRecord(reading, at)
    if (record.isLong) return true
    if (record.isOpen || record.isMixed || isRagged(record) || (record.isSpoilt && record.breakAt >= 0))
      return false
    const fields = record.isSpoilt ? [] : fieldsOf(text.slice(at, record.next), delimiter)
    if (fields.some((field) => !field.startsWith('"') && field.endsWith('"'))) return false
    if (fields.some((field) => field.startsWith('"'))) return true
    at = record.next
  }
  return true
}

/** Fields as they are written, without spaces around them. */
function fieldsOf(record: string, delimiter: string): string[] {
  const fields: string[] = []
  for (let at = 0; at < record.length;) {
    const { end } = modelField({ text: record, delimiter, columns: [], ends: 'any' }, at)
    fields.push(record.slice(at, end).replace(/^ +| +$/g, ''))
    at = end + 1
  }
  return fields
}

function areRows(reading: Reading, from: number, end: number): boolean {
  for (let at = from; at < end;) {
    const record = modelRecord({ ...reading, ends: 'any' }, at)
    if (!isRow(record) || isRagged(record) || mayClose(reading, at, record.next)) return false
    at = record.next
  }
  return true
}

function modelRecord(reading: Reading, from: number): ModelRecord {
  const { text, delimiter, columns, ends } = reading
  const fields: (string | null)[] = []
  let at = from
  let isSpoilt = false
  let isOpen = false
  let breakAt = -1
  let outside = ''
  for (;;) {
    const field = modelField(reading, at)
    isSpoilt ||= field.isSpoilt
    isOpen = field.isOpen
    if (breakAt < 0) breakAt = field.breakAt
    fields.push(field.value)
    outside += field.outside
    at = field.end
    if (isOpen || text[at] !== delimiter) break
    at += 1
  }
  const end = isOpen ? '' : lineEndAt(text, at, ends)
  const next = isOpen ? text.length : at + end.length
  const isEmpty = at === from
  const state = {
    isEmpty,
    fields: fields.length,
    next,
    endedIn: end.endsWith('\n') ? 'LF' : end === '' ? 'any' : 'CR',
    isOpen,
    isSpoilt,
    isLong: next - from > LINE_BYTES_MAX,
    breakAt,
    isMixed: /[\r\n]/.test(outside),
    hidesMark: /[\r\n] *"/.test(outside),
  } as const
  if (isEmpty && columns.length > 1) return { row: null, ...state }
  const more = fields.slice(columns.length).join('')
  if (fields.length < columns.length || more !== '') return { row: { fault: 'ragged_line' }, ...state }
  const bad = columns.filter((name, index) => name !== 'email' && 'fault' in valueRow(fields[index] ?? null))
  const row = valueRow(fields[columns.indexOf('email')] ?? null)
  return { row: { ...row, bad: bad.map((name) => name.toLowerCase()) }, ...state }
}

/** `outside`: what of it stands outside of marks. */
function modelField({ text, delimiter, ends }: Reading, from: number) {
  const fieldEnd = (start: number) => {
    let at = start
    while (at < text.length && text[at] !== delimiter && lineEndAt(text, at, ends) === '') at += 1
    return at
  }
  const lead = /^ *"/.exec(text.slice(from, from + 64))
  if (lead === null) {
    const end = fieldEnd(from)
    const outside = text.slice(from, end)
    return { value: end === from ? null : outside, end, isSpoilt: false, isOpen: false, breakAt: -1, outside }
  }
  const start = from + lead[0].length
  let close = start
  while (close < text.length && (text[close] !== '"' || text[close + 1] === '"'))
    close += text[close] === '"' ? 2 : 1
  const end = fieldEnd(close + 1)
  const inner = text.slice(start, close)
  const breakAt = inner.search(/[\r\n]/)
  const outside = text.slice(close + 1, end)
  return {
    value: inner.replaceAll('""', '"'),
    end,
    isSpoilt: /[^ \r\n]/.test(outside),
    isOpen: close >= text.length,
    breakAt: breakAt < 0 ? -1 : start + breakAt,
    outside,
  }
}

/** The line end that stands there, or nothing. */
function lineEndAt(text: string, at: number, ends: Reading['ends']): string {
  const pattern = ENDS[ends]
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

function afterLineEnd(text: string, at: number): number {
  return at + lineEndAt(text, at, 'any').length
}

function valueRow(latin: string | null): ModelRow {
  if (latin === null) return { value: null }
  try {
    const value = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(latin, 'latin1'),
    )
    return { value }
  } catch {
    return { fault: 'bad_encoding' }
  }
}

/** A query by which of the values it chooses. */
export interface ModelQuery {
  readonly sql: string
  readonly chooses: (value: string | null) => boolean
  readonly isDistinct?: boolean
  /** Columns that it names besides that of the addresses, in lower case. */
  readonly named?: readonly string[]
  readonly readsAll?: boolean
}

export const PLAIN: ModelQuery = { sql: 'SELECT email FROM input', chooses: () => true }

/** Whether a query must be refused, since it names a column that not each of the files has once. */
export function isRefused(files: readonly ModelFile[], { named = [] }: ModelQuery): boolean {
  return named.some((name) =>
    files.some(({ columns, name: file }) => {
      const found = columns.filter((column) => column === name).length
      return found === 0 || (found > 1 && !file.includes('.json'))
    }),
  )
}

/** What a run must find in files, with a query and without. */
export function modelOutcome(
  files: readonly ModelFile[],
  { chooses, isDistinct = false, named = [], readsAll = false } = PLAIN,
) {
  const met = new Set<string | null>()
  const hashes = new Set<string>()
  const reasons: Partial<Record<InvalidReason, number>> = {}
  const values: string[] = []
  const faults: string[] = []
  const rejects: string[] = []
  let valid = 0
  const isRead = (column: string) => readsAll || named.includes(column)
  for (const { name, rows } of files)
    for (const [index, drawn] of rows.entries()) {
      const isBad = 'value' in drawn && drawn.bad?.some(isRead) === true
      const row: ModelRow = isBad ? { fault: 'bad_encoding' } : drawn
      if ('value' in row) {
        if (!chooses(row.value) || (isDistinct && met.has(row.value))) continue
        met.add(row.value)
      }
      const verdict = 'fault' in row ? ({ ok: false, reason: row.fault } as const) : checkEmail(row.value)
      if (verdict.ok) {
        valid += 1
        hashes.add(sha256(verdict.email))
        continue
      }
      reasons[verdict.reason] = (reasons[verdict.reason] ?? 0) + 1
      const shown = 'fault' in row ? '' : maskEmail(row.value)
      rejects.push(`${name},${index + 1},,${verdict.reason},${shown}`)
      if ('fault' in row) faults.push(`${name},${index + 1},,${verdict.reason},`)
      else values.push(`${verdict.reason},${shown}`)
    }
  return { hashes: [...hashes].toSorted(), reasons, valid, rejects, values: values.toSorted(), faults }
}
