import { checkEmail } from '../../src/audience/email.ts'
import type { InvalidReason } from '../../src/audience/email.ts'
import { maskEmail } from '../../src/audience/mask.ts'
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

/**
 * The rows of a CSV text, read in the plainest way, one sign after the other. A mark that is wrong over several lines spoils its first
 * line where each of the others is a row by itself; else null is returned, since the file must be refused.
 */
export function modelCsv(bytes: Buffer, delimiter: string, columns: readonly string[]): ModelRow[] | null {
  const text = bytes.toString('latin1')
  const rows: ModelRow[] = []
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0
  let isHeader = true
  while (at < text.length) {
    const record = modelRecord(text, at, delimiter, columns)
    const swallowed = isRow(record) && !isHeader ? swallowedBy(text, record, delimiter, columns) : 'none'
    if (swallowed === 'unclear') return null
    if (isRow(record) && swallowed === 'none') {
      if (record.row !== null && !isHeader) rows.push(record.row)
      isHeader &&= record.row === null
      at = record.next
      continue
    }
    const { isOpen, isLong, breakAt } = record
    if (isOpen && !/[\r\n]$/.test(text)) return null
    if (breakAt < 0) {
      at = record.next
      if (!isLong && !fitsAgain(text, at, delimiter, columns)) return null
    } else {
      const second = afterLineEnd(text, breakAt)
      if (isLong || !areRows(text, second, record.next, delimiter, columns)) return null
      at = second
    }
    rows.push({ fault: 'broken_line' })
  }
  return rows
}

interface ModelRecord {
  /** Null for an empty line. */
  readonly row: ModelRow | null
  readonly next: number
  readonly isOpen: boolean
  readonly isSpoilt: boolean
  readonly isLong: boolean
  /** First line break within marks, or -1. */
  readonly breakAt: number
}

function isRow({ isOpen, isSpoilt, isLong }: ModelRecord): boolean {
  return !isOpen && !isSpoilt && !isLong
}

/** Whether a record over several lines that is no row, or whose address is of several lines, holds rows after its first line. */
function swallowedBy(
  text: string,
  { row, breakAt, next }: ModelRecord,
  delimiter: string,
  columns: readonly string[],
): 'none' | 'rows' | 'unclear' {
  if (breakAt < 0 || row === null) return 'none'
  const isRagged = 'fault' in row && row.fault === 'ragged_line'
  const isLong = 'value' in row && /[\r\n]/.test((row.value ?? '').trim())
  if (!isRagged && !isLong) return 'none'
  const are = new Set<boolean>()
  for (let at = afterLineEnd(text, breakAt); at < next;) {
    const record = modelRecord(text, at, delimiter, columns)
    const isFault = record.row !== null && 'fault' in record.row && record.row.fault === 'ragged_line'
    if (record.row !== null || record.isOpen) are.add(isRow(record) && !isFault)
    at = record.next
  }
  if (!are.has(true)) return 'none'
  if (!are.has(false)) return 'rows'
  return isRagged ? 'unclear' : 'none'
}

/** Whether the lines after one with a wrong mark are rows, until one has its marks in their places. */
function fitsAgain(text: string, from: number, delimiter: string, columns: readonly string[]): boolean {
  for (let at = from; at < text.length && at - from <= LINE_BYTES_MAX;) {
    const record = modelRecord(text, at, delimiter, columns)
    const isRagged = record.row !== null && 'fault' in record.row && record.row.fault === 'ragged_line'
    if (record.isLong) return true
    if (record.isOpen || isRagged || (record.isSpoilt && record.breakAt >= 0)) return false
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
    const { end } = modelField(record, at, delimiter)
    fields.push(record.slice(at, end).replace(/^ +| +$/g, ''))
    at = end + 1
  }
  return fields
}

function areRows(
  text: string,
  from: number,
  end: number,
  delimiter: string,
  columns: readonly string[],
): boolean {
  for (let at = from; at < end;) {
    const record = modelRecord(text, at, delimiter, columns)
    const isRagged = record.row !== null && 'fault' in record.row && record.row.fault === 'ragged_line'
    if (!isRow(record) || isRagged) return false
    at = record.next
  }
  return true
}

function modelRecord(text: string, from: number, delimiter: string, columns: readonly string[]): ModelRecord {
  const fields: (string | null)[] = []
  let at = from
  let isSpoilt = false
  let isOpen = false
  let breakAt = -1
  for (;;) {
    const field = modelField(text, at, delimiter)
    isSpoilt ||= field.isSpoilt
    isOpen = field.isOpen
    if (breakAt < 0) breakAt = field.breakAt
    fields.push(field.value)
    at = field.end
    if (isOpen || text[at] !== delimiter) break
    at += 1
  }
  const next = isOpen ? text.length : Math.min(text.length, afterLineEnd(text, at))
  const state = { next, isOpen, isSpoilt, isLong: next - from > LINE_BYTES_MAX, breakAt }
  if (at === from && columns.length > 1) return { row: null, ...state }
  const more = fields.slice(columns.length).join('')
  if (fields.length < columns.length || more !== '') return { row: { fault: 'ragged_line' }, ...state }
  const bad = columns.filter((name, index) => name !== 'email' && 'fault' in valueRow(fields[index] ?? null))
  const row = valueRow(fields[columns.indexOf('email')] ?? null)
  return { row: { ...row, bad: bad.map((name) => name.toLowerCase()) }, ...state }
}

function modelField(text: string, from: number, delimiter: string) {
  const lead = /^ *"/.exec(text.slice(from, from + 64))
  if (lead === null) {
    let end = from
    while (end < text.length && !`${delimiter}\r\n`.includes(text.charAt(end))) end += 1
    const value = end === from ? null : text.slice(from, end)
    return { value, end, isSpoilt: false, isOpen: false, breakAt: -1 }
  }
  const start = from + lead[0].length
  let close = start
  while (close < text.length && (text[close] !== '"' || text[close + 1] === '"'))
    close += text[close] === '"' ? 2 : 1
  let end = close + 1
  while (end < text.length && !`${delimiter}\r\n`.includes(text.charAt(end))) end += 1
  const inner = text.slice(start, close)
  const breakAt = inner.search(/[\r\n]/)
  return {
    value: inner.replaceAll('""', '"'),
    end,
    isSpoilt: /[^ ]/.test(text.slice(close + 1, end)),
    isOpen: close >= text.length,
    breakAt: breakAt < 0 ? -1 : start + breakAt,
  }
}

function lineEndAfter(text: string, from: number): number {
  const found = text.slice(from).search(/[\r\n]/)
  return found < 0 ? text.length : from + found
}

function afterLineEnd(text: string, at: number): number {
  const rest = lineEndAfter(text, at)
  return text[rest] === '\r' && text[rest + 1] === '\n' ? rest + 2 : rest + 1
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
      rejects.push(`${name},${index + 1},${verdict.reason},${shown}`)
      if ('fault' in row) faults.push(`${name},${index + 1},${verdict.reason},`)
      else values.push(`${verdict.reason},${shown}`)
    }
  return { hashes: [...hashes].toSorted(), reasons, valid, rejects, values: values.toSorted(), faults }
}
