import { foldName } from '../base/column-name.ts'
import { checkEmail } from './email.ts'

/** What is shown in place of any value. */
export const MASK = '•••'

interface Column {
  readonly name: string
  readonly type: string
}

/**
 * Rows as people may see them who may not see personal data: values of columns that are declared open as they are, every other as
 * the same three bullets whatever it is, NULL included, and marked as hidden. Names of columns are kept, unless one of them is data; then none is open.
 */
export function hideColumns<C extends Column, V>(
  { columns, rows }: { readonly columns: readonly C[]; readonly rows: readonly (readonly V[])[] },
  openColumns: readonly string[],
): {
  readonly columns: readonly (C & { readonly hidden: boolean })[]
  readonly rows: readonly (readonly (V | string)[])[]
} {
  const isOpen = openAmong(columns, openColumns)
  const hide = (row: readonly V[]) => row.map((value, index) => (isOpen[index] === true ? value : MASK))
  const marked = maskColumns(columns).map((column, index) =>
    Object.assign({}, column, { hidden: isOpen[index] !== true }),
  )
  return { columns: marked, rows: rows.map(hide) }
}

/** Which columns are open, by their names in whatever capitals. */
export function openAmong(columns: readonly Column[], openColumns: readonly string[]): boolean[] {
  const isOpen = openIn(
    columns.map(({ name }) => name),
    openColumns,
  )
  return columns.map(({ name }) => isOpen(name))
}

/** Whether a column with that name is open, in files with columns of these names. */
export function openIn(names: Iterable<string>, openColumns: readonly string[]): (name: string) => boolean {
  if (Array.from(names).some(isDataName)) return () => false
  const open = new Set(openColumns.map(foldName))
  return (name) => open.has(foldName(name))
}

/**
 * The columns of files, as people may know them who may not see personal data: a type that was found in the values of a column
 * which is not open would tell of them, so that each of these is a text.
 */
export function hideTypes<C extends Column>(
  columns: readonly C[],
  openColumns: readonly string[],
): readonly C[] {
  const isOpen = openAmong(columns, openColumns)
  return columns.map((column, index) => (isOpen[index] === true ? column : { ...column, type: 'VARCHAR' }))
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

/** A text, such as SQL, in which addresses may stand, without them. A pattern such as '%@example.com' is of no single person. */
export function maskAddresses(text: string): string {
  return text.replaceAll(/[^\s'"<>(),;]+/g, (word) => (holdsAddress(word) ? MASK : word))
}

/** A letter or digit with an @ after it, and something after that. */
function holdsAddress(word: string): boolean {
  const first = word.search(/[\p{L}\p{N}]/u)
  const at = first < 0 ? -1 : word.indexOf('@', first)
  return at > 0 && at < word.length - 1
}
