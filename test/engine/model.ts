import { checkEmail } from '../../src/audience/email.ts'
import type { InvalidReason } from '../../src/audience/email.ts'
import { maskEmail } from '../../src/audience/mask.ts'
import { sha256 } from './workbench.ts'

/** What a file holds, one entry a row: the value of its address column, or why the row cannot be read. */
export type ModelRow = { readonly value: string | null } | { readonly fault: InvalidReason }

export interface ModelFile {
  readonly name: string
  readonly bytes: Buffer
  readonly rows: readonly ModelRow[]
  /** It must be refused as a whole. */
  readonly isDamaged?: boolean
}

export const LINE_BYTES_MAX = 1500

/**
 * The rows of a CSV text, read in the plainest way, one sign after the other. What is wrong with the marks of a row spoils its first
 * line, and the next line is read as if nothing had been before it.
 */
export function modelCsv(bytes: Buffer, delimiter: string, columns: readonly string[]): ModelRow[] {
  const text = bytes.toString('latin1')
  const rows: ModelRow[] = []
  let at = text.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0
  let isHeader = true
  while (at < text.length) {
    const { row, next } = modelRow(text, at, delimiter, columns)
    at = next
    if (row === null) continue
    if (isHeader) isHeader = false
    else rows.push(row)
  }
  return rows
}

function modelRow(
  text: string,
  from: number,
  delimiter: string,
  columns: readonly string[],
): { row: ModelRow | null; next: number } {
  const fields: (string | null)[] = []
  let at = from
  for (;;) {
    const field = modelField(text, at, delimiter)
    if (field === null || field.isSpoilt) {
      const opened = field?.openedLineEnd ?? lineEndAfter(text, text.indexOf('"', at) + 1)
      return { row: { fault: 'broken_line' }, next: afterLineEnd(text, opened) }
    }
    fields.push(field.value)
    at = field.end
    if (text[at] !== delimiter) break
    at += 1
  }
  const next = afterLineEnd(text, at)
  if (next - from > LINE_BYTES_MAX) {
    const first = text.slice(from, next).search(/[\r\n]/)
    return { row: { fault: 'broken_line' }, next: first < 0 ? next : afterLineEnd(text, from + first) }
  }
  if (at === from && columns.length > 1) return { row: null, next }
  const more = fields.slice(columns.length).join('')
  if (fields.length < columns.length || more !== '') return { row: { fault: 'ragged_line' }, next }
  return { row: valueRow(fields[columns.indexOf('email')] ?? null), next }
}

/** Null for a field whose mark is never closed. */
function modelField(text: string, from: number, delimiter: string) {
  const lead = /^ *"/.exec(text.slice(from, from + 64))
  if (lead === null) {
    let end = from
    while (end < text.length && !`${delimiter}\r\n`.includes(text.charAt(end))) end += 1
    return { value: end === from ? null : text.slice(from, end), end, isSpoilt: false, openedLineEnd: -1 }
  }
  const start = from + lead[0].length
  let close = start
  while (close < text.length && (text[close] !== '"' || text[close + 1] === '"'))
    close += text[close] === '"' ? 2 : 1
  if (close >= text.length) return null
  let end = close + 1
  while (end < text.length && !`${delimiter}\r\n`.includes(text.charAt(end))) end += 1
  const inner = text.slice(start, close)
  const breakAt = inner.search(/[\r\n]/)
  return {
    value: inner.replaceAll('""', '"'),
    end,
    isSpoilt: /[^ ]/.test(text.slice(close + 1, end)),
    openedLineEnd: breakAt < 0 ? end : start + breakAt,
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

/** What a run must find in files, with a query and without. */
export function modelOutcome(files: readonly ModelFile[]) {
  const hashes = new Set<string>()
  const reasons: Partial<Record<InvalidReason, number>> = {}
  const values: string[] = []
  const faults: string[] = []
  const rejects: string[] = []
  let valid = 0
  for (const { name, rows } of files)
    for (const [index, row] of rows.entries()) {
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
