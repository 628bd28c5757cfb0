import { sqlName } from '../../../base/column-name.ts'

/** Columns of a query, in lower case. */
export interface ColumnsNamed {
  /**
   * Every name that stands for a column in it. Null where it goes by all of them, since it gives them names by their place or joins by those
   * that are the same: a column that not every file has changes what it finds.
   */
  readonly named: ReadonlySet<string> | null
  /**
   * Those that it may read. Null when that is not certain and it may read all: with a star, a whole row, a column by its place, or
   * columns that are joined or renamed by their place.
   */
  readonly wanted: ReadonlySet<string> | null
}

/** The columns that a query reads, from its tree. */
export function columnsNamed(tree: unknown): ColumnsNamed {
  const found: Found = {
    names: new Set(),
    tables: new Set(['input']),
    bare: new Set(),
    all: false,
    each: false,
  }
  visit(tree, found)
  const mayReadAll = found.all || [...found.bare].some((name) => found.tables.has(name))
  return { named: found.each ? null : found.names, wanted: mayReadAll ? null : found.names }
}

interface Found {
  readonly names: Set<string>
  readonly tables: Set<string>
  /** Names without a table before them. */
  readonly bare: Set<string>
  all: boolean
  /** Whether every column counts, whatever its name. */
  each: boolean
}

function visit(node: unknown, found: Found): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, found)
    return
  }
  if (typeof node !== 'object' || node === null) return
  const { type, alias, ref_type: joined, column_names: names, ...rest } = node as Record<string, unknown>
  const { using_columns: using, column_name_alias: renamed, schema, catalog } = rest
  if (type === 'STAR' || type === 'POSITIONAL_REFERENCE' || joined === 'NATURAL' || joined === 'POSITIONAL')
    found.all = true
  const isRenamed = Array.isArray(renamed) && renamed.length > 0
  if (isRenamed) found.all = true
  if (joined === 'NATURAL' || (isRenamed && type === 'BASE_TABLE')) found.each = true
  if (type === 'PIVOT' || type === 'SHOW_REF') found.all = true
  if (type === 'COLUMN_REF' && Array.isArray(names)) addNames(names.map(String), found)
  if (Array.isArray(using)) addNames(using.map(String), found)
  // `plan.upper()` is a function of the column, and looks like one of a schema.
  for (const name of [schema, catalog]) if (typeof name === 'string' && name !== '') addNames([name], found)
  // What stands after FROM may be sampled.
  if ('sample' in rest && typeof alias === 'string') found.tables.add(sqlName(alias))
  for (const child of Object.values(rest)) visit(child, found)
}

function addNames(names: readonly string[], found: Found): void {
  for (const name of names) found.names.add(sqlName(name))
  if (names.length === 1) found.bare.add(sqlName(names[0] ?? ''))
}
