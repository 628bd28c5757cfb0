import { sql } from 'kysely'
import type { Kysely, RawBuilder, Selectable, UpdateObject } from 'kysely'
import { halveBatch } from '../audience/batches.ts'
import type { Batch as PureBatch } from '../audience/batches.ts'
import { newId } from '../base/ids.ts'
import { holdList } from './lists.ts'
import { newestFirst } from '../store/newest-first.ts'
import type { BatchState, BatchTable, ChangeSetTable, ListCounters, Tables } from '../store/schema.ts'

/**
 * What Pinterest has been told, per ad account and customer list, as change sets and their batches. The hashes themselves are the engine's;
 * this is the record that says which of its sets is *told* and which batches of the open change set are confirmed.
 * Every function is one transaction, saved before the caller makes the effect that needs it.
 */

type Db = Kysely<Tables>
export type ChangeSet = Selectable<ChangeSetTable>
export type Batch = Selectable<BatchTable>

export type PlannedBatch = PureBatch

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
      const rows = options.batches.slice(start, start + INSERT_ROWS).map((batch) => batchRow(id, batch))
      await tx.insertInto('batch').values(rows).execute()
    }
  })
  return id
}

function batchRow(changeSetId: string, batch: PlannedBatch, state: BatchState = 'planned') {
  return {
    change_set_id: changeSetId,
    ...batch,
    state,
    sent_at: null,
    answered_at: null,
    status: null,
    request_id: null,
    counters: null,
  }
}

export async function openChangeSetOf(db: Db, listId: string): Promise<ChangeSet | undefined> {
  return db
    .selectFrom('change_set')
    .selectAll()
    .where('list_id', '=', listId)
    .where('state', '=', 'open')
    .executeTakeFirst()
}

export async function changeSetOfWorkflow(db: Db, workflowId: string): Promise<ChangeSet | undefined> {
  return db
    .selectFrom('change_set')
    .selectAll()
    .where('workflow_id', '=', workflowId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export interface ConfirmedChanges {
  readonly added: number
  readonly removed: number
}

/** Batches that Pinterest confirmed in a workflow. */
export async function confirmedBatchesOf(db: Db, workflowId: string): Promise<number> {
  const { batches } = await db
    .selectFrom('change_set')
    .innerJoin('batch', 'batch.change_set_id', 'change_set.id')
    .select((eb) => eb.fn.countAll<number>().as('batches'))
    .where('change_set.workflow_id', '=', workflowId)
    .where('batch.state', '=', 'confirmed')
    .executeTakeFirstOrThrow()
  return batches
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
  if (workflowIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('change_set')
    .innerJoin('batch', 'batch.change_set_id', 'change_set.id')
    .select('change_set.workflow_id')
    .select([membersIn('add', ['confirmed']).as('added'), membersIn('remove', ['confirmed']).as('removed')])
    .where('change_set.workflow_id', 'in', workflowIds)
    .where('batch.state', '=', 'confirmed')
    .groupBy('change_set.workflow_id')
    .execute()
  return new Map(rows.map(({ workflow_id: id, added, removed }) => [id, { added, removed }]))
}

/** Members in the batches of one operation that are in one of these states, among the rows of a query. */
export function membersIn(
  operation: Batch['operation'],
  states: readonly Batch['state'][],
): RawBuilder<number> {
  return sql<number>`coalesce(sum(batch.count) filter (where batch.operation = ${operation}
    and batch.state in (${sql.join(states)})), 0)::bigint`
}

export async function listBatches(db: Db, changeSetId: string): Promise<Batch[]> {
  return db
    .selectFrom('batch')
    .selectAll()
    .where('change_set_id', '=', changeSetId)
    .orderBy('number')
    .execute()
}

/** A batch is about to be sent. If the process dies now, it counts as unanswered. */
export async function batchSending(db: Db, batch: Batch): Promise<void> {
  await updateBatch(db, batch, {
    state: 'sending',
    sent_at: sql<Date>`now()`,
    attempts: sql<number>`attempts + 1`,
  })
}

export interface Receipt {
  readonly status: number
  readonly requestId: string | null
  readonly counters: ListCounters
  /** How often the batch may have landed in this call: once, and with each answer that was lost before. */
  readonly landings: number
}

/** Pinterest answered: the batch counts as told. With `held`, the answer made the list, which is held in the same step. */
export async function batchConfirmed(
  db: Db,
  batch: Batch,
  receipt: Receipt,
  held?: { listId: string; pinterestListId: string },
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await updateBatch(tx, batch, {
      state: 'confirmed',
      answered_at: sql<Date>`now()`,
      status: receipt.status,
      request_id: receipt.requestId,
      counters: JSON.stringify(receipt.counters),
      attempts: sql<number>`attempts + ${receipt.landings - 1}`,
    })
    if (held !== undefined) {
      await holdList(tx, held.listId, { pinterestListId: held.pinterestListId, counters: NO_COUNTERS })
    }
  })
}

/** A list that we made ourselves started from nothing. */
const NO_COUNTERS: ListCounters = { batches: 0, uploaded: 0, removed: 0 }

/** The call ended without an answer we can trust: `unanswered` when it may have landed, `planned` when it cannot have. */
export async function batchNotConfirmed(
  db: Db,
  batch: Batch,
  state: 'unanswered' | 'planned',
): Promise<void> {
  await updateBatch(db, batch, { state })
}

async function updateBatch(db: Db, batch: Batch, set: UpdateObject<Tables, 'batch'>): Promise<void> {
  await db
    .updateTable('batch')
    .set(set)
    .where('change_set_id', '=', batch.change_set_id)
    .where('number', '=', batch.number)
    .execute()
}

/**
 * Replaces a batch that Pinterest found too large by two halves, in the state that `batch` says. Null when a single
 * member is left. Several batches may be halved at once: their numbers are given out one after the other.
 */
export async function splitBatch(db: Db, batch: Batch): Promise<Batch[] | null> {
  return db.transaction().execute(async (tx) => {
    const id = batch.change_set_id
    await tx.selectFrom('change_set').select('id').where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
    const numbers = (await listBatches(tx, id)).map(({ number }) => number)
    const halves = halveBatch(plannedOf(batch), Math.max(...numbers) + 1)
    if (halves === null) return null
    await tx.deleteFrom('batch').where('change_set_id', '=', id).where('number', '=', batch.number).execute()
    return tx
      .insertInto('batch')
      .values(halves.map((half) => batchRow(id, half, batch.state)))
      .returningAll()
      .execute()
  })
}

function plannedOf({ number, operation, first, count }: Batch): PlannedBatch {
  return { number, operation, first, count }
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

/** When Pinterest answered the last batch of a change set; now for one that had none to send. */
function lastAnswerOf(changeSetId: string): RawBuilder<Date> {
  return sql<Date>`coalesce((select max(coalesce(answered_at, sent_at)) from batch
    where change_set_id = ${changeSetId}), now())`
}

/** When Pinterest confirmed the last request for a list; null when it confirmed none. */
export async function lastConfirmedAt(db: Db, listId: string): Promise<Date | null> {
  const last = await db
    .selectFrom('change_set')
    .innerJoin('batch', 'batch.change_set_id', 'change_set.id')
    .select('batch.answered_at')
    .where('change_set.list_id', '=', listId)
    .where('batch.state', '=', 'confirmed')
    .orderBy(newestFirst('change_set'))
    .orderBy('batch.answered_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.answered_at ?? null
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
