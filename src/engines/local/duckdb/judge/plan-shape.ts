import { z } from 'zod'
import type { Node } from '../query-flow.ts'

/** A plan cannot be made or be relied on. */
export class NotFollowed extends Error {}

/**
 * All that a bound plan may hold, as the engine writes it without what is missing or usual. A plan of any other shape is not read: what is
 * not known of it could decide which rows there are.
 */

const index = z.number()
const indexes = z.array(index)
const texts = z.array(z.string())

const typeInfo = z.strictObject({
  type: z.string(),
  alias: z.string().optional(),
  width: z.number().optional(),
  scale: z.number().optional(),
  collation: z.string().optional(),
  size: z.number().optional(),
  values_count: z.number().optional(),
  values: texts.optional(),
  cast_score: z.number().optional(),
  get target_type() {
    return type.optional()
  },
  get child_type() {
    return type.optional()
  },
  get child_types() {
    return z.array(z.strictObject({ first: z.string(), second: type })).optional()
  },
})

const type: z.ZodType = z.strictObject({
  id: z.string(),
  get type_info() {
    return typeInfo.optional()
  },
})
const types = z.array(type)

/** A value of the query. What it holds is looked at where it matters, and whatever is not known there counts as any text. */
const value: z.ZodType = z.strictObject({ type, is_null: z.boolean(), value: z.unknown().optional() })
const values = z.array(value)

const expression: z.ZodType = z.lazy(() => anyExpression)
const expressions = z.array(expression)

const orders = z.array(z.strictObject({ type: z.string(), null_order: z.string(), expression }))
const ordering = z.strictObject({ orders })

/** What a function was told when it was bound, and the function of one value that it is called with. */
const functionData = z.strictObject({
  variable_return_type: type.optional(),
  return_type: type.optional(),
  arguments: types.optional(),
  check_overflow: z.boolean().optional(),
  lambda_expr: expression.optional(),
  has_index: z.boolean().optional(),
  has_initial: z.boolean().optional(),
  bind_data: z.strictObject({ stype: type, aggr_expr: expression }).optional(),
  quantiles: z.array(z.union([value, z.number()])).optional(),
  order: indexes.optional(),
  desc: z.boolean().optional(),
  sample_size: z.number().optional(),
  min: value.optional(),
  max: value.optional(),
  separator: z.string().optional(),
})

/** How a function, or a function that gives a table, is named. */
const named = {
  name: z.string(),
  arguments: types,
  original_arguments: types,
  catalog_name: z.string().optional(),
  schema_name: z.string().optional(),
  has_serialize: z.boolean(),
}

const called = {
  return_type: type,
  children: expressions,
  ...named,
  function_data: functionData.optional(),
}

const ofClass = <Class extends string, Shape extends z.ZodRawShape>(name: Class, shape: Shape) =>
  z.strictObject({
    expression_class: z.literal(name),
    type: z.string(),
    alias: z.string().optional(),
    query_location: z.number().optional(),
    ...shape,
  })

const anyExpression = z.discriminatedUnion('expression_class', [
  ofClass('BOUND_REF', { return_type: type, index: index.optional() }),
  ofClass('BOUND_COLUMN_REF', {
    return_type: type,
    binding: z.strictObject({ table_index: index.optional(), column_index: index.optional() }),
  }),
  ofClass('BOUND_CONSTANT', { value }),
  ofClass('BOUND_CAST', { child: expression, return_type: type, try_cast: z.boolean().optional() }),
  ofClass('BOUND_COMPARISON', { left: expression, right: expression }),
  ofClass('BOUND_CONJUNCTION', { children: expressions }),
  ofClass('BOUND_OPERATOR', { return_type: type, children: expressions }),
  ofClass('BOUND_CASE', {
    return_type: type,
    case_checks: z.array(z.strictObject({ when_expr: expression, then_expr: expression })),
    else_expr: expression,
  }),
  ofClass('BOUND_FUNCTION', { ...called, is_operator: z.boolean() }),
  ofClass('BOUND_AGGREGATE', {
    ...called,
    aggregate_type: z.string(),
    filter: expression.optional(),
    order_bys: ordering.optional(),
  }),
  ofClass('BOUND_WINDOW', {
    ...z.strictObject(called).partial().shape,
    return_type: type,
    children: expressions,
    partitions: expressions,
    orders,
    arg_orders: orders,
    filters: expression.optional(),
    start_expr: expression.optional(),
    end_expr: expression.optional(),
    offset_expr: expression.optional(),
    default_expr: expression.optional(),
    ignore_nulls: z.boolean(),
    distinct: z.boolean(),
    start: z.string(),
    end: z.string(),
    exclude_clause: z.string(),
  }),
  ofClass('BOUND_UNNEST', { return_type: type, child: expression }),
])

const operator: z.ZodType = z.lazy(() => anyOperator)
const none = z.array(operator).max(0).optional()
const one = z.tuple([operator])
const two = z.tuple([operator, operator])

const ofType = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.strictObject({ type: z.literal(name), ...shape })

const conditions = z.array(z.strictObject({ left: expression, right: expression, comparison: z.string() }))
const joined = { children: two, join_type: z.string(), mark_index: index.optional() }
const compared = {
  ...joined,
  conditions,
  mark_types: types.optional(),
  duplicate_eliminated_columns: expressions.optional(),
}
const ofSets = {
  children: two,
  table_index: index.optional(),
  column_count: z.number(),
  setop_all: z.boolean().optional(),
}
const bound = z.strictObject({
  type: z.enum([
    'UNSET',
    'CONSTANT_VALUE',
    'CONSTANT_PERCENTAGE',
    'EXPRESSION_VALUE',
    'EXPRESSION_PERCENTAGE',
  ]),
  constant_integer: z.number().optional(),
  constant_percentage: z.number().optional(),
  expression: expression.optional(),
})

const anyOperator = z.discriminatedUnion('type', [
  ofType('LOGICAL_GET', {
    children: z.array(operator).max(1).optional(),
    table_index: index.optional(),
    returned_types: types,
    names: texts,
    // Of a plan that is not optimized, nothing is pushed down into its tables.
    projection_ids: indexes.max(0),
    table_filters: z.strictObject({}),
    ...named,
    function_data: z
      .strictObject({
        catalog: z.string(),
        schema: z.string(),
        table: z.string(),
        is_index_scan: z.literal(false),
        is_create_index: z.literal(false),
      })
      .optional(),
    parameters: values.optional(),
    named_parameters: z.array(z.unknown()).max(0).optional(),
    input_table_types: types.optional(),
    input_table_names: texts.optional(),
    projected_input: indexes,
    column_indexes: z.array(z.strictObject({ index: index.optional() })),
  }),
  ofType('LOGICAL_DUMMY_SCAN', { children: none, table_index: index.optional() }),
  ofType('LOGICAL_CHUNK_GET', {
    children: none,
    table_index: index.optional(),
    chunk_types: types,
    // The rows of a summary or a description, which the query is given by the engine.
    collection: z.strictObject({ types, values: z.array(values) }),
  }),
  ofType('LOGICAL_EXPRESSION_GET', {
    children: one,
    table_index: index.optional(),
    expr_types: types,
    expressions: z.array(expressions),
  }),
  ofType('LOGICAL_DELIM_GET', { children: none, table_index: index.optional(), chunk_types: types }),
  ofType('LOGICAL_CTE_REF', {
    children: none,
    table_index: index.optional(),
    cte_index: index.optional(),
    chunk_types: types,
    bound_columns: texts,
  }),
  ofType('LOGICAL_PROJECTION', { children: one, table_index: index.optional(), expressions }),
  ofType('LOGICAL_FILTER', { children: one, expressions, projection_map: indexes.optional() }),
  ofType('LOGICAL_ORDER_BY', { children: one, orders, projection_map: indexes.optional() }),
  ofType('LOGICAL_LIMIT', { children: one, limit_val: bound, offset_val: bound }),
  ofType('LOGICAL_DISTINCT', {
    children: one,
    distinct_type: z.enum(['DISTINCT', 'DISTINCT_ON']),
    distinct_targets: expressions,
    order_by: ordering.optional(),
  }),
  ofType('LOGICAL_AGGREGATE_AND_GROUP_BY', {
    children: one,
    expressions: expressions.optional(),
    groups: expressions.optional(),
    grouping_sets: z.array(indexes).optional(),
    grouping_functions: z.array(indexes).optional(),
    group_index: index.optional(),
    aggregate_index: index.optional(),
    groupings_index: index.optional(),
  }),
  ofType('LOGICAL_WINDOW', { children: one, window_index: index.optional(), expressions }),
  ofType('LOGICAL_UNNEST', { children: one, unnest_index: index.optional(), expressions }),
  ofType('LOGICAL_COMPARISON_JOIN', compared),
  ofType('LOGICAL_ASOF_JOIN', compared),
  ofType('LOGICAL_DELIM_JOIN', compared),
  ofType('LOGICAL_ANY_JOIN', { ...joined, condition: expression }),
  ofType('LOGICAL_CROSS_PRODUCT', { children: two }),
  ofType('LOGICAL_POSITIONAL_JOIN', { children: two }),
  ofType('LOGICAL_UNION', ofSets),
  ofType('LOGICAL_EXCEPT', ofSets),
  ofType('LOGICAL_INTERSECT', ofSets),
  ofType('LOGICAL_MATERIALIZED_CTE', {
    children: two,
    table_index: index.optional(),
    column_count: z.number(),
    ctename: z.string(),
    materialize: z.string().optional(),
  }),
  ofType('LOGICAL_RECURSIVE_CTE', {
    children: two,
    table_index: index.optional(),
    column_count: z.number(),
    ctename: z.string(),
    union_all: z.boolean().optional(),
  }),
])

/** The plan of one query, from the engine's JSON. Error: `NotFollowed`, where it is none or holds something that is not known. */
export function readPlan(json: string): Node {
  const { data, error } = z.object({ plans: z.tuple([operator]) }).safeParse(JSON.parse(json))
  const [issue] = error?.issues ?? []
  if (issue !== undefined) throw new NotFollowed(`${issue.path.join('.')}: ${issue.message}`)
  return data?.plans[0] as Node
}
