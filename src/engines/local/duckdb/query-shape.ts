import { isNode } from './query-flow.ts'
import type { Node } from './query-flow.ts'

/**
 * All that the tree of a query may hold, as the engine's own parser makes it: the keys of each part by its class, its type, or what it is
 * to the part around it. A tree that holds anything else is refused, since what is not known of it could read or choose rows unseen.
 */

const EXPRESSIONS = keysBy(`
  BETWEEN: input lower upper
  CASE: case_checks else_expr
  CAST: child cast_type try_cast
  COLLATE: child collation
  COLUMN_REF: column_names
  COMPARISON: left right
  CONJUNCTION: children
  CONSTANT: value
  FUNCTION: function_name schema catalog children filter order_bys distinct is_operator export_state
  LAMBDA: lhs expr
  OPERATOR: children
  PARAMETER: identifier
  POSITIONAL_REFERENCE: index
  STAR: relation_name exclude_list qualified_exclude_list replace_list rename_list columns expr
  SUBQUERY: subquery_type subquery child comparison_type
  WINDOW: function_name schema catalog children partitions orders start end start_expr end_expr offset_expr default_expr ignore_nulls filter_expr exclude_clause distinct arg_orders
`)

const PARTS = keysBy(`
  SELECT_NODE: modifiers cte_map select_list from_table where_clause group_expressions group_sets aggregate_handling having sample qualify
  SET_OPERATION_NODE: modifiers cte_map setop_type setop_all left right
  RECURSIVE_CTE_NODE: modifiers cte_map cte_name union_all left right aliases key_targets
  DISTINCT_MODIFIER: distinct_on_targets
  LIMIT_MODIFIER: limit offset
  LIMIT_PERCENT_MODIFIER: limit offset
  ORDER_MODIFIER: orders
  ORDER_DEFAULT: null_order expression
  ASCENDING: null_order expression
  DESCENDING: null_order expression
  BASE_TABLE: alias sample query_location schema_name table_name column_name_alias catalog_name at_clause
  EMPTY: alias sample query_location
  EXPRESSION_LIST: alias sample query_location expected_names expected_types values
  JOIN: alias sample query_location left right condition join_type ref_type using_columns delim_flipped duplicate_eliminated_columns
  PIVOT: alias sample query_location source aggregates unpivot_names pivots groups column_name_alias include_nulls
  SHOW_REF: alias sample query_location table_name query show_type catalog_name schema_name
  SUBQUERY: alias sample query_location subquery column_name_alias
  TABLE_FUNCTION: alias sample query_location function column_name_alias with_ordinality
  ARRAY_TYPE_INFO: alias extension_info child_type size
  DECIMAL_TYPE_INFO: alias extension_info width scale
  GENERIC_TYPE_INFO: alias extension_info
  LIST_TYPE_INFO: alias extension_info child_type
  STRING_TYPE_INFO: alias extension_info collation
  STRUCT_TYPE_INFO: alias extension_info child_types
  UNBOUND_TYPE_INFO: alias extension_info name catalog schema user_type_modifiers
`)

/** Of parts without a type, by the key in which they stand. */
const INNER = keysBy(`
  statement: node named_param_map
  named_param_map: key value
  subquery: node named_param_map
  query: node named_param_map
  cte_map: map
  map: key value
  value: aliases query materialized key_targets type is_null value upper lower children
  values: type is_null value
  children: type is_null value
  user_type_modifiers: type is_null value
  case_checks: when_expr then_expr
  sample: sample_size is_percentage method seed repeatable
  sample_size: type is_null value
  pivots: pivot_expressions unpivot_names entries pivot_enum
  entries: values star_expr alias
  replace_list: key value
  rename_list: key value
  qualified_exclude_list: catalog schema table column
  key: catalog schema table column
  type: id type_info
  cast_type: id type_info
  child_type: id type_info
  expected_types: id type_info
  child_types: first second
  second: id type_info
`)

const OF_EXPRESSIONS = ['class', 'type', 'alias', 'query_location']

/** The first part or key in the tree of a statement that is not known; null where all of them are. */
export function unknownPart(node: unknown, place = 'statement'): string | null {
  if (Array.isArray(node)) return firstOf(node, (child) => unknownPart(child, place))
  if (!isNode(node)) return null
  const [kind, known] = keysOf(node, place)
  if (known === undefined) return kind
  return (
    Object.keys(node).find((key) => !known.includes(key)) ??
    firstOf(Object.entries(node), ([key, child]) => unknownPart(child, key))
  )
}

/** What a part is, and its keys, where it is known. */
function keysOf({ class: kind, type }: Node, place: string): [string, readonly string[] | undefined] {
  if (typeof kind === 'string') return [kind, EXPRESSIONS.get(kind)?.concat(OF_EXPRESSIONS)]
  if (typeof type === 'string') return [type, PARTS.get(type)?.concat('type')]
  return [place, INNER.get(place)]
}

function firstOf<T>(values: readonly T[], find: (value: T) => string | null): string | null {
  for (const value of values) {
    const found = find(value)
    if (found !== null) return found
  }
  return null
}

function keysBy(lines: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    lines
      .trim()
      .split('\n')
      .map((line): [string, string[]] => {
        const [name = '', keys = ''] = line.trim().split(': ')
        return [name, keys.split(' ')]
      }),
  )
}
