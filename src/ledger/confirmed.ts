import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { newestFirst } from '../store/newest-first.ts'
import type { Tables } from '../store/schema.ts'

/** What Pinterest confirmed, added up: from the receipts, or from what was kept of them when they were pruned. */

type Db = Kysely<Tables>

export interface ConfirmedChanges {
  readonly added: number
  readonly removed: number
}

/** Batches that Pinterest confirmed in a workflow. */
export async function confirmedBatchesOf(db: Db, workflowId: string): Promise<number> {
  return (await sums(db, [workflowId])).get(workflowId)?.batches ?? 0
}

/** Members that Pinterest confirmed in a workflow, by operation. */
export async function confirmedChanges(db: Db, workflowId: string): Promise<ConfirmedChanges> {
  const changes = await confirmedChangesOf(db, [workflowId])
  return changes.get(workflowId) ?? { added: 0, removed: 0 }
}

/** The same of many workflows, by id; one that nothing was confirmed of is not among them. */
export async function confirmedChangesOf(
  db: Db,
  workflowIds: readonly string[],
): Promise<Map<string, ConfirmedChanges>> {
  const found = await sums(db, workflowIds)
  return new Map([...found].map(([id, { added, removed }]) => [id, { added, removed }]))
}

interface Sums extends ConfirmedChanges {
  readonly workflowId: string
  readonly batches: number
}

async function sums(db: Db, workflowIds: readonly string[]): Promise<ReadonlyMap<string, Sums>> {
  if (workflowIds.length === 0) return new Map()
  const { rows } = await sql<Sums>`
    select workflow_id as "workflowId", sum(batches)::bigint as batches, sum(added)::bigint as added,
      sum(removed)::bigint as removed
    from change_set cross join lateral (
      select count(*) as batches, coalesce(sum(count) filter (where operation = 'add'), 0) as added,
        coalesce(sum(count) filter (where operation = 'remove'), 0) as removed
      from attempt_outcome o join batch on batch.change_set_id = o.change_set_id and batch.number = o.batch
      where o.change_set_id = change_set.id and o.outcome = 'confirmed'
      union all
      select batches, added, removed from receipt_digest where change_set_id = change_set.id
    ) confirmed
    where workflow_id = any(${[...workflowIds]}::text[])
    group by workflow_id
    having sum(batches) > 0
  `.execute(db)
  return new Map(rows.map((row) => [row.workflowId, row]))
}

/** When Pinterest confirmed the last request for a list; null when it confirmed none. */
export async function lastConfirmedAt(db: Db, listId: string): Promise<Date | null> {
  const last = await db
    .selectFrom('change_set')
    .select(lastConfirmationOf.as('at'))
    .where('list_id', '=', listId)
    .where(lastConfirmationOf, 'is not', null)
    .orderBy(newestFirst('change_set'))
    .limit(1)
    .executeTakeFirst()
  return last?.at ?? null
}

/** When Pinterest confirmed something last of each list's change set that is not done: it waits, failed or is still running. */
export async function lastConfirmedOfOpen(
  db: Db,
  listIds: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (listIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('change_set')
    .select(['list_id', lastConfirmationOf.as('at')])
    .where('list_id', 'in', listIds)
    .where('state', '=', 'open')
    .execute()
  return new Map(rows.flatMap(({ list_id: id, at }) => (at === null ? [] : [[id, at] as const])))
}

/** Of a row of `change_set`. */
const lastConfirmationOf = sql<Date | null>`greatest(
  (select max(at) from attempt_outcome where change_set_id = change_set.id and outcome = 'confirmed'),
  (select last_confirmed_at from receipt_digest where change_set_id = change_set.id))`
