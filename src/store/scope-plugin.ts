import {
  AliasNode,
  ColumnNode,
  CommonTableExpressionNameNode,
  CommonTableExpressionNode,
  DeleteQueryNode,
  FromNode,
  InsertQueryNode,
  JoinNode,
  OperationNodeTransformer,
  PrimitiveValueListNode,
  QueryNode,
  RawNode,
  SelectModifierNode,
  SelectQueryNode,
  sql,
  TableNode,
  UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  WithNode,
} from 'kysely'
import type { KyselyPlugin, OperationNode, PluginTransformQueryArgs, RootOperationNode } from 'kysely'
import { kinds } from '../objects/kinds.ts'

/** The tables whose rows belong to a workspace: what is configured in it, and its runs. */
const scoped = [...kinds, 'workflow'] as const
type Scoped = (typeof scoped)[number]

/**
 * Keeps every query to one workspace. A table that is read, joined, changed or locked gets a condition. Where it stands in written SQL
 * or in a place that is not known, it is hidden behind a query of the same name that has the workspace's rows alone, which PostgreSQL
 * plans as a condition too. A query that can be kept in neither way is refused.
 */
export class ScopePlugin implements KyselyPlugin {
  readonly #workspace: string

  constructor(workspace: string) {
    this.#workspace = workspace
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    const scope = new Scope(this.#workspace)
    const kept = scope.transformNode(node, queryId)
    const { hidden, used } = scope
    if (hidden.size === 0) return kept
    if ([...used].some((table) => hidden.has(table)))
      throw notKept('a table that is changed or locked and read')
    if (RawNode.is(kept)) return RawNode.create(['', ' ', ''], [this.#with(hidden), kept])
    if (!canHide(kept)) throw notKept(`a ${kept.kind}`)
    const own = kept.with?.expressions ?? []
    return { ...kept, with: own.reduce(WithNode.cloneWithExpression, this.#with(hidden)) }
  }

  async transformResult({ result }: Parameters<KyselyPlugin['transformResult']>[0]) {
    return result
  }

  #with(tables: ReadonlySet<Scoped>): WithNode {
    const [first, ...more] = [...tables].map((table) =>
      CommonTableExpressionNode.cloneWith(
        CommonTableExpressionNode.create(
          CommonTableExpressionNameNode.create(table),
          sql`(select * from ${sql.table(table)} where workspace = ${this.#workspace})`.toOperationNode(),
        ),
        { materialized: false },
      ),
    )
    return more.reduce(WithNode.cloneWithExpression, WithNode.create(first as CommonTableExpressionNode))
  }
}

/** One query on its way to one workspace. */
class Scope extends OperationNodeTransformer {
  readonly #workspace: string
  /** Tables that a condition cannot reach. */
  readonly hidden = new Set<Scoped>()
  /** Tables whose rows the query changes or locks, which cannot be hidden. */
  readonly used = new Set<Scoped>()

  constructor(workspace: string) {
    super()
    this.#workspace = workspace
  }

  protected override transformSelectQuery(
    ...args: Parameters<OperationNodeTransformer['transformSelectQuery']>
  ): SelectQueryNode {
    const query = super.transformSelectQuery(...args)
    for (const table of lockedBy(query)) this.used.add(table)
    const joins = query.joins?.map((join) => {
      const found = isKeptJoin(join) ? tableOf(join.table) : null
      return found === null ? join : JoinNode.cloneWithOn(join, this.#owns(found))
    })
    const tables = (query.from?.froms ?? []).flatMap((table) => tableOf(table) ?? [])
    const kept: SelectQueryNode = joins === undefined ? query : { ...query, joins }
    return tables.reduce((node, table) => QueryNode.cloneWithWhere(node, this.#owns(table)), kept)
  }

  protected override transformUpdateQuery(
    ...args: Parameters<OperationNodeTransformer['transformUpdateQuery']>
  ): UpdateQueryNode {
    const query = super.transformUpdateQuery(...args)
    return this.#changed(query, query.table)
  }

  protected override transformDeleteQuery(
    ...args: Parameters<OperationNodeTransformer['transformDeleteQuery']>
  ): DeleteQueryNode {
    const query = super.transformDeleteQuery(...args)
    return this.#changed(query, query.from.froms[0])
  }

  protected override transformInsertQuery(
    ...args: Parameters<OperationNodeTransformer['transformInsertQuery']>
  ): InsertQueryNode {
    const query = super.transformInsertQuery(...args)
    const found = query.into === undefined ? null : tableOf(query.into)
    if (found === null) return query
    this.used.add(found.table)
    const { columns = [], values } = query
    if (values === undefined || !ValuesNode.is(values)) throw notKept('an insert of no values')
    const rows = values.values.map((row) =>
      PrimitiveValueListNode.is(row)
        ? PrimitiveValueListNode.create([...row.values, this.#workspace])
        : ValueListNode.create([...row.values, ValueNode.create(this.#workspace)]),
    )
    return InsertQueryNode.cloneWith(query, {
      columns: [...columns, ColumnNode.create('workspace')],
      values: ValuesNode.create(rows),
    })
  }

  protected override transformTable(
    ...args: Parameters<OperationNodeTransformer['transformTable']>
  ): TableNode {
    const found = tableOf(args[0])
    if (found !== null && !this.#isKept()) this.hidden.add(found.table)
    return super.transformTable(...args)
  }

  protected override transformRaw(...args: Parameters<OperationNodeTransformer['transformRaw']>): RawNode {
    const before = this.hidden.size
    const raw = super.transformRaw(...args)
    const text = raw.sqlFragments.join(' ')
    for (const [word] of text.matchAll(WORDS)) this.hidden.add(word as Scoped)
    const isRoot = this.nodeStack.length === 1
    if (this.hidden.size > before && (LOCKING.test(text) || (isRoot && !/^\s*select\b/i.test(text))))
      throw notKept('written SQL that changes or locks')
    return raw
  }

  /** Whether the table at which it stands gets a condition where it stands, or is only the name of a column's table. */
  #isKept(): boolean {
    const above = this.nodeStack.slice(0, -1)
    const parent = above.at(-1)
    if (parent === undefined) return false
    if (KNOWN_NAMES.has(parent.kind)) return true
    const holder = above.at(AliasNode.is(parent) ? -2 : -1)
    const query = above.at(AliasNode.is(parent) ? -3 : -2)
    if (holder === undefined) return false
    if (FromNode.is(holder)) {
      const isOne = holder.froms.length === 1
      return query !== undefined && (SelectQueryNode.is(query) || (DeleteQueryNode.is(query) && isOne))
    }
    if (JoinNode.is(holder)) return query !== undefined && SelectQueryNode.is(query) && isKeptJoin(holder)
    return isTarget(holder, this.nodeStack)
  }

  #changed<Node extends UpdateQueryNode | DeleteQueryNode>(
    query: Node,
    target: OperationNode | undefined,
  ): Node {
    const found = target === undefined ? null : tableOf(target)
    if (found === null) return query
    this.used.add(found.table)
    return QueryNode.cloneWithWhere(query, this.#owns(found))
  }

  #owns({ name }: Found): OperationNode {
    return sql`${sql.ref(`${name}.workspace`)} = ${this.#workspace}`.toOperationNode()
  }
}

/** Where a table is named and no row of it is read. */
const KNOWN_NAMES: ReadonlySet<string> = new Set([
  'ReferenceNode',
  'SelectModifierNode',
  'CommonTableExpressionNameNode',
])

/** A name that is no table's of a column. */
const WORDS = new RegExp(String.raw`\b(?:${scoped.join('|')})\b(?!"?\s*\.)`, 'g')
const LOCKING = /\bfor\s+(?:no\s+key\s+)?(?:update|share|key)\b/i

interface Found {
  readonly table: Scoped
  /** As the query calls it. */
  readonly name: string
}

/** A table that belongs to workspaces; null for anything else. */
function tableOf(node: OperationNode): Found | null {
  if (AliasNode.is(node)) {
    const found = tableOf(node.node)
    const { name } = node.alias as unknown as { readonly name?: string }
    return found === null || name === undefined ? null : { table: found.table, name }
  }
  if (!TableNode.is(node)) return null
  const { name } = node.table.identifier
  const table = scoped.find((one) => one === name)
  return table === undefined ? null : { table, name }
}

/** Whether a condition of the join keeps its table; of others, rows without a partner would remain. */
function isKeptJoin({ joinType }: JoinNode): boolean {
  return joinType === 'InnerJoin' || joinType === 'LeftJoin'
}

/** Whether the node at the top of the stack, by its own name or another, is what the query changes. */
function isTarget(holder: OperationNode, stack: readonly OperationNode[]): boolean {
  if (InsertQueryNode.is(holder)) return holder.into === stack.at(-1)
  return UpdateQueryNode.is(holder) && (holder.table === stack.at(-1) || holder.table === stack.at(-2))
}

/** The tables that belong to workspaces and whose rows a query locks. */
function lockedBy({ endModifiers = [], from, joins = [] }: SelectQueryNode): Scoped[] {
  const locks = endModifiers.filter(
    (node) => SelectModifierNode.is(node) && (node.modifier ?? '').startsWith('For'),
  )
  if (locks.length === 0) return []
  const tables = locks.flatMap(({ of = [] }) => of)
  const all = [...(from?.froms ?? []), ...joins.map(({ table }) => table)]
  return (tables.length === 0 ? all : tables).flatMap((table) => tableOf(table)?.table ?? [])
}

function canHide(node: OperationNode): node is QueryNode & { readonly with?: WithNode } {
  return [SelectQueryNode, InsertQueryNode, UpdateQueryNode, DeleteQueryNode].some((kind) => kind.is(node))
}

function notKept(what: string): Error {
  return new Error(`${what} cannot be kept to one workspace`)
}
