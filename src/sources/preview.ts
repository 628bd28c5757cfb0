import type { Limits } from '../base/limits.ts'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { findEmailColumn } from './email-column.ts'

/** A value as people read it, never longer than `cellCharsMax` allows and a sign that it is cut. */
export type PreviewValue = string | number | boolean | null

export interface PreviewColumn {
  readonly name: string
  readonly type: string
}

export interface ResultColumn extends PreviewColumn {
  /** Whether its values are hidden, or were computed from placeholders for hidden values. */
  readonly hidden: boolean
}

/** The beginning of a query's result, in full width. */
export interface Preview {
  readonly columns: readonly ResultColumn[]
  /** Columns of the result; more than are shown when there are very many. */
  readonly columnsTotal: number
  readonly rows: readonly (readonly PreviewValue[])[]
  /** Rows of the whole result when all of them are shown, else null. */
  readonly rowCount: number | null
  /** Why a run would not find its addresses in this result, or null. */
  readonly emailColumnProblem: string | null
  readonly seconds: number
}

/** What is known of files in addition. */
export interface FilesPreview extends Preview {
  /** Lines of files that could not be read, and so are no rows. */
  readonly unreadable: number
  /** Parts of the query that choose members by the order of rows, which files do not give. */
  readonly byOrder: readonly string[]
}

export interface RowCount {
  readonly rowCount: number
  /** Lines of files that could not be read, and so are no rows. */
  readonly unreadable: number
  readonly seconds: number
}

/** A table that a query may read, for completion in an editor. */
export interface SourceTable {
  /** Null when the table is found without it. */
  readonly schema: string | null
  readonly name: string
  readonly columns: readonly PreviewColumn[]
}

export const COLUMNS_SHOWN_MAX = 500
const NAME_CHARS_MAX = 200
const TYPE_CHARS_MAX = 80
const CELL_CHARS_MAX = 500
const CELL_CHARS_MIN = 20
/** Of all cells together. */
const CHARS_MAX = 8 * 2 ** 20

/** Longest value that is shown whole: shorter when there are very many, so that no preview is ever huge. */
export function cellCharsMax(rowsMax: number, columnCount: number): number {
  const share = Math.floor(CHARS_MAX / Math.max(1, rowsMax * columnCount))
  return Math.min(CELL_CHARS_MAX, Math.max(CELL_CHARS_MIN, share))
}

export type CellKind = 'text' | 'number' | 'boolean'

/**
 * A value from its text, of which one character more than `charsMax` is enough. A number stays text when a number of
 * JavaScript would say something else.
 */
export function cellOf(text: string | null, kind: CellKind, charsMax: number): PreviewValue {
  if (text === null) return null
  if (kind === 'boolean') return text === 'true'
  if (kind === 'number' && isExact(text)) return Number(text)
  return cut(text, charsMax)
}

/** Fifteen digits always survive. */
function isExact(text: string): boolean {
  const number = Number(text)
  if (!Number.isFinite(number)) return false
  const digits = text.replace(/e.*$/i, '').replaceAll(/\D/g, '').replace(/^0+/, '')
  return digits.length <= 15 || String(number) === text
}

export function columnOf(name: string, type: string): PreviewColumn {
  return { name: cut(name, NAME_CHARS_MAX), type: shownType(type) }
}

export function resultColumnOf(name: string, type: string, hidden = false): ResultColumn {
  return { ...columnOf(name, type), hidden }
}

/** The names within a structure and the values of an enumeration may be data, and have no end: its kind is enough. */
function shownType(type: string): string {
  const start = type.slice(0, TYPE_CHARS_MAX)
  if (start === type && /^[\w ".]+(?:\(\d+(?:,\s*\d+)?\)[\w ]*)?(?:\[\])*$/.test(type)) return type
  return /^\w+/.exec(start)?.[0] ?? 'other'
}

function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const chars = Array.from(text.slice(0, 2 * charsMax + 2))
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax).join('')}…`
}

/** Why there is not exactly one column of the wanted name, in a sentence, or null. */
export function emailColumnProblem(names: readonly string[], wanted: string): string | null {
  try {
    findEmailColumn(names, wanted, "The query's result")
    return null
  } catch (error) {
    return problemOf(error)
  }
}

/** The text of `missing_email_column`; any other error is thrown on. */
export function problemOf(error: unknown): string {
  if (isRollcallError(error) && error.code === 'missing_email_column') return String(error.data['detail'])
  throw error
}

/** What may be said of a query that reached the limit of its time. */
const AFTER_TIME = {
  previewTimeoutMs: 'A run may take longer.',
  queryTimeoutMs: 'Simplify the query, or set a higher limit.',
} as const

/**
 * Runs a query with a signal that also aborts after this limit, either that of a request a person waits for or that of a run. Then
 * `query_failed` is thrown, which names the limit.
 */
export async function withinTime<T>(
  limit: keyof typeof AFTER_TIME,
  { limits, signal }: { readonly limits: Limits; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const timeUp = AbortSignal.timeout(limits[limit])
  try {
    return await work(AbortSignal.any([signal, timeUp]))
  } catch (error) {
    signal.throwIfAborted()
    if (timeUp.aborted) throw tookTooLong(limit, limits[limit])
    throw error
  }
}

function tookTooLong(limit: keyof typeof AFTER_TIME, timeoutMs: number): RollcallError {
  const seconds = (timeoutMs / 1000).toLocaleString('en-US')
  return new RollcallError('query_failed', {
    detail: `it was stopped after ${seconds} s (limit ${limit}). ${AFTER_TIME[limit]}`,
  })
}
