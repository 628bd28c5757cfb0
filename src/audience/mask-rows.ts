import { checkEmail } from './email.ts'
import { maskEmail } from './mask.ts'

/** What is shown in place of any value that is no address. */
const MASK = '•••'

interface Column {
  readonly name: string
  readonly type: string
}

/**
 * Rows as people may see them who may not see personal data: addresses as `maskEmail` shows them, every other value as the
 * same three bullets whatever it is, and NULL as it is. Names of columns are kept, unless one of them is data.
 */
export function maskRows<C extends Column>(
  columns: readonly C[],
  rows: readonly (readonly (string | number | boolean | null)[])[],
): { readonly columns: readonly C[]; readonly rows: readonly (readonly (string | null)[])[] } {
  return { columns: maskColumns(columns), rows: rows.map((row) => row.map(masked)) }
}

/**
 * The columns, with numbers for names when one of the names is an address or a hash: then the file has no line of names, and
 * what looks like names is its first row.
 */
export function maskColumns<C extends Column>(columns: readonly C[]): readonly C[] {
  if (!columns.some(({ name }) => isDataName(name))) return columns
  return columns.map((column, index) => ({ ...column, name: `column ${index + 1}` }))
}

/** An address, right or wrong, or a hash where a name should be. */
export function isDataName(name: string): boolean {
  const verdict = checkEmail(name)
  return name.includes('@') || (!verdict.ok && verdict.reason === 'already_hashed')
}

/** Only what is surely an address is shown in part: in any other text the same places may hold a name. */
function masked(value: string | number | boolean | null): string | null {
  if (value === null) return null
  return typeof value === 'string' && checkEmail(value).ok ? maskEmail(value) : MASK
}
