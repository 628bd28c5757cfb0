import {
  ColumnNode,
  CommonTableExpressionNameNode,
  CommonTableExpressionNode,
  DeleteQueryNode,
  InsertQueryNode,
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
import type { ConfiguredTables } from './schema.ts'

/** The tables whose rows belong to a workspace. */
const scoped = [
  'credential',
  'data_source',
  'destination',
  'query',
  'orchestration',
  'workflow',
] as const satisfies readonly (keyof ConfiguredTables | 'workflow')[]
type Scoped = (typeof scoped)[number]

/**
 * Keeps every query to one workspace, written SQL included: each table that belongs to workspaces is hidden behind a query of the same
 * name that has the workspace's rows alone, which PostgreSQL plans as a condition. The table that is changed or locked
 * cannot be hidden so, and gets the condition itself. A query that can be kept in neither way is refused.
 */
export class ScopePlugin implements KyselyPlugin {
  readonly #workspace: string

  constructor(workspace: string) {
    this.#workspace = workspace
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    const named = new Set<Scoped>()
    look(node, named)
    if (named.size === 0) return node
    if (SelectQueryNode.is(node)) {
      const locked = lockedBy(node)
      const kept = locked.reduce((query, table) => QueryNode.cloneWithWhere(query, this.#owns(table)), node)
      return this.#hide(kept, named, locked)
    }
    if (UpdateQueryNode.is(node) || DeleteQueryNode.is(node)) {
      const target = scopedOne(UpdateQueryNode.is(node) ? node.table : node.from.froms[0])
      if (target === null) return this.#hide(node, named, [])
      return this.#hide(QueryNode.cloneWithWhere(node, this.#owns(target)), named, [target])
    }
    if (InsertQueryNode.is(node)) {
      const target = scopedOne(node.into)
      if (target === null) return this.#hide(node, named, [])
      return this.#hide(this.#owned(node), named, [target])
    }
    if (RawNode.is(node) && /^\s*select\b/i.test(node.sqlFragments[0] ?? '') && !isLocking(node))
      return RawNode.create(['', ' ', ''], [this.#with(named), node])
    throw new Error(`a ${node.kind} cannot be kept to one workspace`)
  }

  async transformResult({ result }: Parameters<KyselyPlugin['transformResult']>[0]) {
    return result
  }

  #owns(table: Scoped): OperationNode {
    return sql`${sql.ref(`${table}.workspace`)} = ${this.#workspace}`.toOperationNode()
  }

  /** Hides the tables of this name, but for those that have the condition. */
  #hide<Node extends QueryNode & { readonly with?: WithNode }>(
    node: Node,
    named: ReadonlySet<Scoped>,
    kept: readonly Scoped[],
  ): Node {
    const hidden = new Set([...named].filter((table) => !kept.includes(table)))
    if (hidden.size === 0) return node
    const rows = this.#with(hidden)
    return { ...node, with: (node.with?.expressions ?? []).reduce(WithNode.cloneWithExpression, rows) }
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

  #owned(node: InsertQueryNode): InsertQueryNode {
    const { columns = [], values } = node
    if (values === undefined || !ValuesNode.is(values))
      throw new Error('an insert of no values cannot be kept to one workspace')
    const rows = values.values.map((row) =>
      PrimitiveValueListNode.is(row)
        ? PrimitiveValueListNode.create([...row.values, this.#workspace])
        : ValueListNode.create([...row.values, ValueNode.create(this.#workspace)]),
    )
    return InsertQueryNode.cloneWith(node, {
      columns: [...columns, ColumnNode.create('workspace')],
      values: ValuesNode.create(rows),
    })
  }
}

const WORDS = new RegExp(String.raw`\b(?:${scoped.join('|')})\b`, 'g')

/** Adds the tables whose names occur in a query, in whatever part of it. A column of the same name does no harm. */
function look(node: unknown, named: Set<Scoped>, depth = 0): void {
  if (Array.isArray(node)) for (const one of node) look(one, named, depth)
  if (!isNode(node) || ValueNode.is(node) || PrimitiveValueListNode.is(node)) return
  if (depth > 0 && SelectQueryNode.is(node) && lockedBy(node).length > 0)
    throw new Error('a lock within a query cannot be kept to one workspace')
  if (RawNode.is(node))
    for (const [word] of node.sqlFragments.join(' ').matchAll(WORDS)) named.add(word as Scoped)
  if (node.kind === 'IdentifierNode') {
    const { name } = node as unknown as { readonly name: string }
    if (isScoped(name)) named.add(name)
  }
  for (const part of Object.values(node)) if (typeof part === 'object') look(part, named, depth + 1)
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function isScoped(name: string): name is Scoped {
  return (scoped as readonly string[]).includes(name)
}

/** The name of a table that belongs to workspaces; null for any other. */
function scopedOne(node: OperationNode | undefined): Scoped | null {
  const found = new Set<Scoped>()
  look(node, found)
  const [table = null] = found
  if (table !== null && (node === undefined || !TableNode.is(node)))
    throw new Error(`${table} under another name cannot be kept to one workspace`)
  return table
}

/** The tables that belong to workspaces and whose rows a query locks. */
function lockedBy({ endModifiers = [], from, joins = [] }: SelectQueryNode): Scoped[] {
  const locks = endModifiers.filter(isLock)
  if (locks.length === 0) return []
  const all = [...(from?.froms ?? []), ...joins.map(({ table }) => table)]
  const tables = locks.flatMap(({ of = [] }) => of)
  return (tables.length === 0 ? all : tables).flatMap((table) => scopedOne(table) ?? [])
}

function isLock(node: OperationNode): node is SelectModifierNode {
  return SelectModifierNode.is(node) && (node.modifier ?? '').startsWith('For')
}

function isLocking({ sqlFragments }: RawNode): boolean {
  return /\bfor\s+(?:no\s+key\s+)?(?:update|share|key)\b/i.test(sqlFragments.join(' '))
}
