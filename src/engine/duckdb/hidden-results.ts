import { sqlName } from '../../base/column-name.ts'

/**
 * Which columns of a query's result depend on hidden columns of `input`, so that their values are not those that a run finds. In doubt a
 * column does: only the columns of a plain SELECT from `input` are judged one by one, whose rows do not depend on hidden columns.
 *
 * `tree` is the parser's, `names` are those of the result in their order, and `hidden` are the hidden columns that the query may read.
 */
export function dependOnHidden(
  tree: unknown,
  names: readonly string[],
  hidden: readonly string[],
): readonly boolean[] {
  if (hidden.length === 0) return names.map(() => false)
  const all = names.map(() => true)
  const select = plainSelect(tree)
  if (select === null) return all
  const { items, from, rest, modifiers } = select
  const known: Known = {
    columns: new Set(hidden.map(sqlName)),
    rows: new Set(['input', sqlName(String(from['alias']))]),
  }
  // An item may use the name of another one.
  let isHidden: boolean[] = []
  for (let size = -1; size !== known.columns.size;) {
    size = known.columns.size
    isHidden = items.map((item) => reads(item, known))
    for (const [index, { alias }] of items.entries())
      if (isHidden[index] === true && typeof alias === 'string' && alias !== '')
        known.columns.add(sqlName(alias))
  }
  const decides: readonly Node[] = [
    ...rest,
    ...modifiers.filter(({ type }) => type !== 'ORDER_MODIFIER' || isLimited(modifiers)),
  ]
  const goByPlace = modifiers.some(({ type }) => type === 'DISTINCT_MODIFIER') || decides.some(hasPlace)
  const isAnyHidden = isHidden.some(Boolean)
  if (reads(decides, known) || (goByPlace && isAnyHidden)) return all
  return spread(items, isHidden, names, known)
}

type Node = Readonly<Record<string, unknown>>

interface Known {
  readonly columns: Set<string>
  /** Names that stand for a whole row. */
  readonly rows: ReadonlySet<string>
}

/** A SELECT from `input` alone, as what it returns (`items`) and what decides which rows there are; null for any other statement. */
function plainSelect(tree: unknown) {
  const { node } = Object(tree) as { node?: Node }
  if (node?.['type'] !== 'SELECT_NODE') return null
  const { select_list: items, from_table: from, modifiers, cte_map: tables, ...others } = node
  const isPlain =
    Object(from)['type'] === 'BASE_TABLE' &&
    isEmptyList(Object(from)['column_name_alias']) &&
    isEmptyList(Object(tables)['map']) &&
    Array.isArray(items) &&
    Array.isArray(modifiers)
  if (!isPlain) return null
  return {
    items: items as readonly Node[],
    from: from as Node,
    rest: [others, from as Node],
    modifiers: modifiers as readonly Node[],
  }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isLimited(modifiers: readonly Node[]): boolean {
  return modifiers.some(({ type }) => String(type).startsWith('LIMIT'))
}

/** Whether a part of a query groups, orders or chooses by the place of a column, or by all of them. */
function hasPlace(part: Node): boolean {
  const { group_expressions: groups, aggregate_handling: handling, orders } = part
  const places = [
    ...(Array.isArray(groups) ? (groups as Node[]) : []),
    ...(Array.isArray(orders) ? (orders as Node[]).map(({ expression }) => expression as Node) : []),
  ]
  return (
    handling === 'FORCE_AGGREGATES' || places.some(({ type }) => type === 'VALUE_CONSTANT' || type === 'STAR')
  )
}

/** Whether a part of a query names a hidden column, or may read all columns. */
function reads(part: unknown, known: Known): boolean {
  if (Array.isArray(part)) return part.some((child) => reads(child, known))
  if (typeof part !== 'object' || part === null) return false
  const { type, column_names: names, schema, catalog } = part as Node
  if (type === 'STAR' || type === 'POSITIONAL_REFERENCE') return true
  if (type === 'COLUMN_REF' && Array.isArray(names)) {
    const parts = names.map((name) => sqlName(String(name)))
    return (
      parts.some((name) => known.columns.has(name)) || (parts.length === 1 && known.rows.has(parts[0] ?? ''))
    )
  }
  // `plan.upper()` is a function of the column.
  if ([schema, catalog].some((name) => typeof name === 'string' && isNamed(name, known))) return true
  return Object.values(part).some((child) => reads(child, known))
}

function isNamed(name: string, { columns, rows }: Known): boolean {
  return name !== '' && (columns.has(sqlName(name)) || rows.has(sqlName(name)))
}

/** The marks of the items as those of the result's columns, of which a star stands for as many as are left. */
function spread(
  items: readonly Node[],
  isHidden: readonly boolean[],
  names: readonly string[],
  { columns }: Known,
): readonly boolean[] {
  const star = items.findIndex(({ type }) => type === 'STAR')
  if (star < 0) return items.length === names.length ? isHidden : names.map(() => true)
  const after = items.length - star - 1
  const isBare = isBareStar(items[star]) && !items.slice(star + 1).some(({ type }) => type === 'STAR')
  if (!isBare || names.length < items.length - 1) return names.map(() => true)
  return [
    ...isHidden.slice(0, star),
    ...names.slice(star, names.length - after).map((name) => columns.has(sqlName(name))),
    ...isHidden.slice(star + 1),
  ]
}

/** A star that gives no column another value or name. */
function isBareStar(item: Node = {}): boolean {
  const { columns, expr, replace_list: replaced, rename_list: renamed } = item
  return columns === false && (expr ?? null) === null && isEmptyList(replaced) && isEmptyList(renamed)
}
