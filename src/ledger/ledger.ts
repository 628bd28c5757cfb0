import { sql } from 'kysely'
import type { Kysely, RawBuilder, Selectable } from 'kysely'
import type { Batch as PlannedBatch } from '../members/batches.ts'
import { newId } from '../base/ids.ts'
import type { BatchTable, ChangeSetTable } from '../store/ledger-tables.ts'
import type { Tables } from '../store/schema.ts'
import type { ListCounters } from '../base/list-states.ts'

/**
 * What Pinterest has been told, per ad account and customer list, as change sets that are cut into batches. The hashes themselves are the
 * engine's; this is the record that says which of its sets is *told*. What was sent of the batches is in `attempts.ts`.
 * Every function is one transaction, saved before the caller makes the effect that needs it.
 */

type Db = Kysely<Tables>
export type ChangeSet = Selectable<ChangeSetTable>

const INSERT_ROWS = 1_000

/** Records a change set with its numbered batches, before any of them is sent. */
export async function openChangeSet(
  db: Db,
  options: {
    listId: string
    workflowId: string
    adds: number
    removes: number
    /** References of the engine: to the change, and to the members that it leads to. */
    changeRef: string
    desiredSnapshot: string
    desiredCount: number
    batches: readonly PlannedBatch[]
  },
): Promise<string> {
  const id = newId('cs')
  await db.transaction().execute(async (tx) => {
    await tx
      .insertInto('change_set')
      .values({
        id,
        list_id: options.listId,
        workflow_id: options.workflowId,
        state: 'open',
        adds: options.adds,
        removes: options.removes,
        change_ref: options.changeRef,
        desired_snapshot: options.desiredSnapshot,
        desired_count: options.desiredCount,
        ended_at: null,
      })
      .execute()
    for (let start = 0; start < options.batches.length; start += INSERT_ROWS) {
      const rows = options.batches.slice(start, start + INSERT_ROWS).map((batch) => batchRow(id, batch, null))
      await tx.insertInto('batch').values(rows).execute()
    }
  })
  return id
}

/** The row of a batch that was cut from a change set, or split from the batch of the number `partOf`. */
export function batchRow(
  changeSetId: string,
  { number, operation, first, count }: PlannedBatch,
  partOf: number | null,
): Omit<Selectable<BatchTable>, 'may_have_landed'> {
  return { change_set_id: changeSetId, number, operation, first, count, part_of: partOf }
}

export async function openChangeSetOf(db: Db, listId: string): Promise<ChangeSet | undefined> {
  return db
    .selectFrom('change_set')
    .selectAll()
    .where('list_id', '=', listId)
    .where('state', '=', 'open')
    .executeTakeFirst()
}

/** The last that a workflow opened. One that goes on after another run has counted in its change set compares anew, and opens another. */
export async function changeSetOfWorkflow(db: Db, workflowId: string): Promise<ChangeSet | undefined> {
  return db
    .selectFrom('change_set')
    .selectAll()
    .where('workflow_id', '=', workflowId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** All that a workflow opened, in order. */
export async function changeSetIdsOf(db: Db, workflowId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('change_set')
    .select('id')
    .where('workflow_id', '=', workflowId)
    .orderBy('number')
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * All batches are confirmed: the query's members become *told*, nothing is unsure, in one step. `counters` are the
 * highest that our calls can have brought the list to.
 */
export async function switchTold(db: Db, changeSet: ChangeSet, counters: ListCounters | null): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('change_set')
      .set({
        state: 'done',
        ended_at: sql<Date>`now()`,
        told_after: changeSet.desired_count,
        told_after_at: lastAnswerOf(changeSet.id),
      })
      .where('id', '=', changeSet.id)
      .execute()
    await tx
      .updateTable('customer_list')
      .set({
        told_snapshot: changeSet.desired_snapshot,
        told_count: changeSet.desired_count,
        unsure_snapshot: null,
        unsure_count: 0,
        counters: counters === null ? null : JSON.stringify(counters),
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', changeSet.list_id)
      .execute()
  })
}

/** When Pinterest answered the last attempt of a change set, or that was sent; now for one that had none to send. */
function lastAnswerOf(changeSetId: string): RawBuilder<Date> {
  return sql<Date>`coalesce(greatest(
    (select max(sent_at) from attempt where change_set_id = ${changeSetId}),
    (select max(at) from attempt_outcome where change_set_id = ${changeSetId} and outcome = 'confirmed')), now())`
}

/** A change set ended early: what was confirmed and unanswered of it is in the new snapshots. */
export async function switchFolded(
  db: Db,
  changeSet: ChangeSet,
  folded: {
    toldSnapshot: string
    told: number
    unsureSnapshot: string
    unsure: number
    counters: ListCounters | null
  },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('change_set')
      .set({
        state: 'folded',
        ended_at: sql<Date>`now()`,
        told_after: folded.told,
        told_after_at: lastAnswerOf(changeSet.id),
      })
      .where('id', '=', changeSet.id)
      .execute()
    await tx
      .updateTable('customer_list')
      .set({
        told_snapshot: folded.toldSnapshot,
        told_count: folded.told,
        unsure_snapshot: folded.unsureSnapshot,
        unsure_count: folded.unsure,
        counters: folded.counters === null ? null : JSON.stringify(folded.counters),
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', changeSet.list_id)
      .execute()
  })
}

/** Discards a change set of which nothing was sent. */
export async function discardChangeSet(db: Db, changeSet: ChangeSet): Promise<void> {
  await db
    .updateTable('change_set')
    .set({ state: 'folded', ended_at: sql<Date>`now()` })
    .where('id', '=', changeSet.id)
    .execute()
}
