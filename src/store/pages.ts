import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { invalid } from '../base/rollcall-error.ts'

/** A page of a list; `cursor` is the `nextCursor` of the previous page. */
export interface Page {
  readonly limit: number
  readonly cursor: string | null
  readonly search: string | null
}

export interface PageOf<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** Cuts the one row too many that tells whether there is a next page. The rows are in the order of `by`, which is the cursor. */
export function pageOf<By extends string, Row extends Readonly<Record<By, string | number>>, T>(
  rows: readonly Row[],
  limit: number,
  by: By,
  view: (row: Row) => T,
): PageOf<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(view),
    nextCursor: rows.length > limit && last !== undefined ? String(last[by]) : null,
  }
}

/** The cursor of a list that begins with the highest number. Error: `request_invalid`. */
export function cursorNumber(cursor: string | null): number {
  if (cursor === null) return Number.MAX_SAFE_INTEGER
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw invalid('cursor does not belong to this list. Use the nextCursor of a page.')
}

/** The condition that one of these columns holds the text, whatever its case; an empty text is in all of them. */
export function holds(text: string | null | undefined, columns: readonly string[]): RawBuilder<boolean> {
  // PostgreSQL refuses a text with a NUL, which no column can hold anyway.
  const wanted = (text ?? '').replaceAll('\0', '').trim()
  if (wanted === '') return sql<boolean>`true`
  const pattern = `%${wanted.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  const found = columns.map((column) => sql`${sql.ref(column)} ilike ${pattern}`)
  return sql<boolean>`(${sql.join(found, sql` or `)})`
}
