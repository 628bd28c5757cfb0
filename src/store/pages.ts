import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** A page of a list that is ordered by id; `cursor` is the `nextCursor` of the page before. */
export interface Page {
  readonly limit: number
  readonly cursor: string | null
  readonly search: string | null
}

export interface PageOf<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** Cuts the one row too many that tells whether there is a next page. */
export function pageOf<Row extends { readonly id: string | number }, T>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => T,
): PageOf<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(view),
    nextCursor: rows.length > limit && last !== undefined ? String(last.id) : null,
  }
}

/** A page of a list that is ordered by name; the cursor is the last name. */
export function pageByName<Row extends { readonly name: string }, T>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => T,
): PageOf<T> {
  const shown = rows.slice(0, limit)
  return {
    items: shown.map(view),
    nextCursor: rows.length > limit ? (shown.at(-1)?.name ?? null) : null,
  }
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
