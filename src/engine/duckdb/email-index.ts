import { RollcallError } from '../../base/rollcall-error.ts'
import type { FileTable } from '../../source/source.ts'

export function emailIndexOf(table: FileTable): number {
  if (table.emailIndex === null)
    throw new RollcallError('internal_error', { detail: 'a table without its address column' })
  return table.emailIndex
}

/** The one column that a run without a query would take for the addresses, or null when there is none or more than one. */
export function emailIndexIn(columns: readonly string[], emailColumn: string): number | null {
  const exact = indexesOf(columns, (name) => name === emailColumn)
  const found = exact.length > 0 ? exact : indexesOf(columns, (name) => isEmailName(name, emailColumn))
  return found.length === 1 ? (found[0] ?? null) : null
}

export function isEmailName(name: string, emailColumn: string): boolean {
  return name.trim().toLowerCase() === emailColumn.trim().toLowerCase()
}

function indexesOf(columns: readonly string[], test: (name: string) => boolean): number[] {
  return columns.flatMap((name, index) => (test(name) ? [index] : []))
}
