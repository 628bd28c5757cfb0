import { sql } from 'kysely'
import type { Insertable, Kysely } from 'kysely'
import { halveBatch } from '../members/batches.ts'
import type { AttemptOutcomeTable } from '../store/ledger-tables.ts'
import type { Tables } from '../store/schema.ts'
import type { ListCounters } from '../base/list-states.ts'
import { foldBatch } from './batch-state.ts'
import type { Attempt, Batch } from './batch-state.ts'
import { batchRow } from './ledger.ts'
import { holdList } from './lists.ts'

/**
 * Attempts to send the batches of a change set, and what became of them. Nothing that was recorded is ever changed: an attempt is written
 * before its request is sent, and how it ended is a row of its own.
 */

type Db = Kysely<Tables>

/** Which attempt it is. */
export interface AttemptKey {
  readonly changeSetId: string
  readonly batch: number
  readonly number: number
}

/** The batches of a change set as they stand, in order; of one that was split, its parts. */
export async function listBatches(db: Db, changeSetId: string): Promise<Batch[]> {
  return (await foldBatches(db, changeSetId)).filter(({ state }) => state !== 'split')
}

/** All batches of a change set, or one of them, also those that were split. */
async function foldBatches(db: Db, changeSetId: string, number?: number): Promise<Batch[]> {
  let query = db.selectFrom('batch').selectAll().where('change_set_id', '=', changeSetId).orderBy('number')
  if (number !== undefined) query = query.where('number', '=', number)
  const batches = await query.execute()
  const attempts = await attemptsOf(db, changeSetId, number)
  const whole = new Set(batches.map((batch) => batch.part_of))
  return batches.map((batch) => foldBatch(batch, attempts.get(batch.number) ?? [], whole.has(batch.number)))
}

/** The attempts of each batch, in order. */
async function attemptsOf(
  db: Db,
  changeSetId: string,
  number?: number,
): Promise<ReadonlyMap<number, readonly Attempt[]>> {
  let query = db
    .selectFrom('attempt')
    .leftJoin('attempt_outcome as o', (on) =>
      on
        .onRef('o.change_set_id', '=', 'attempt.change_set_id')
        .onRef('o.batch', '=', 'attempt.batch')
        .onRef('o.attempt', '=', 'attempt.number'),
    )
    .select(['attempt.batch', 'attempt.number', 'attempt.sent_at'])
    .select(['o.outcome', 'o.at', 'o.tries', 'o.status', 'o.request_id', 'o.counters'])
    .where('attempt.change_set_id', '=', changeSetId)
    .orderBy('attempt.batch')
    .orderBy('attempt.number')
  if (number !== undefined) query = query.where('attempt.batch', '=', number)
  const byBatch = new Map<number, (Attempt & { outcomes: Attempt['outcomes'][number][] })[]>()
  for (const row of await query.execute()) {
    const attempts = byBatch.get(row.batch) ?? []
    byBatch.set(row.batch, attempts)
    let last = attempts.at(-1)
    if (last?.number !== row.number) {
      last = { number: row.number, sent_at: row.sent_at, outcomes: [] }
      attempts.push(last)
    }
    const { outcome, at, tries, status, request_id, counters } = row
    if (outcome !== null) last.outcomes.push({ outcome, at, tries: tries ?? 1, status, request_id, counters })
  }
  return byBatch
}

/** A batch is about to be sent. If the process dies now, it counts as unanswered. */
export async function openAttempt(db: Db, batch: Batch): Promise<AttemptKey> {
  const { change_set_id: changeSetId, number } = batch
  const attempt = await db
    .insertInto('attempt')
    .columns(['change_set_id', 'batch', 'number'])
    .expression((eb) =>
      eb
        .selectFrom('attempt')
        .select([
          sql<string>`${changeSetId}::text`.as('change_set_id'),
          sql<number>`${number}::integer`.as('batch'),
          sql<number>`coalesce(max(number), 0) + 1`.as('number'),
        ])
        .where('change_set_id', '=', changeSetId)
        .where('batch', '=', number),
    )
    .returning('number')
    .executeTakeFirstOrThrow()
  return { changeSetId, batch: number, number: attempt.number }
}

/** The last attempt to send a batch; null when there was none. */
export async function lastAttempt(db: Db, batch: Batch): Promise<AttemptKey | null> {
  const { change_set_id: changeSetId, number } = batch
  const last = (await attemptsOf(db, changeSetId, number)).get(number)?.at(-1)
  return last === undefined ? null : { changeSetId, batch: number, number: last.number }
}

export interface Receipt {
  readonly status: number
  readonly requestId: string | null
  readonly counters: ListCounters
  /** How often the batch may have landed in this attempt: once, and with each answer that was lost before. */
  readonly landings: number
}

/** Pinterest answered: the batch counts as told. With `held`, the answer made the list, which is held in the same step. */
export async function attemptConfirmed(
  db: Db,
  attempt: AttemptKey,
  receipt: Receipt,
  held?: { listId: string; pinterestListId: string },
): Promise<void> {
  const confirmed = {
    outcome: 'confirmed',
    tries: receipt.landings,
    status: receipt.status,
    request_id: receipt.requestId,
    counters: JSON.stringify(receipt.counters),
  } as const
  if (held === undefined) return insertOutcome(db, attempt, confirmed)
  await db.transaction().execute(async (tx) => {
    await insertOutcome(tx, attempt, confirmed)
    await holdList(tx, held.listId, { pinterestListId: held.pinterestListId, counters: NO_COUNTERS })
  })
}

/** A list that we made ourselves started from nothing. */
const NO_COUNTERS: ListCounters = { batches: 0, uploaded: 0, removed: 0 }

/** The attempt ended without an answer we can trust: `lost` when it may have landed, `refused` when it cannot have. */
export async function attemptFailed(db: Db, attempt: AttemptKey, outcome: 'lost' | 'refused'): Promise<void> {
  await insertOutcome(db, attempt, { outcome, status: null, request_id: null, counters: null })
}

async function insertOutcome(
  db: Db,
  { changeSetId, batch, number }: AttemptKey,
  outcome: Omit<Insertable<AttemptOutcomeTable>, 'change_set_id' | 'batch' | 'attempt'>,
): Promise<void> {
  await db
    .insertInto('attempt_outcome')
    .values({ change_set_id: changeSetId, batch, attempt: number, ...outcome })
    .execute()
}

/**
 * Has two halves take the place of a batch that Pinterest found too large. They name it, and what may have landed of it may have landed
 * of them. Null when a single member is left. Several batches may be halved at once: their numbers are given out one after the other.
 */
export async function splitBatch(db: Db, { change_set_id: id, number }: Batch): Promise<Batch[] | null> {
  return db.transaction().execute(async (tx) => {
    await tx.selectFrom('change_set').select('id').where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
    const [whole] = await foldBatches(tx, id, number)
    const { last } = await tx
      .selectFrom('batch')
      .select((eb) => eb.fn.max('number').as('last'))
      .where('change_set_id', '=', id)
      .executeTakeFirstOrThrow()
    if (whole === undefined) throw new TypeError(`change set ${id} has no batch ${number}`)
    const halves = halveBatch(whole, last + 1)
    if (halves === null) return null
    const rows = await tx
      .insertInto('batch')
      .values(
        halves.map((half) =>
          Object.assign(batchRow(id, half, number), { may_have_landed: whole.state !== 'planned' }),
        ),
      )
      .returningAll()
      .execute()
    return rows.map((row) => foldBatch(row, [], false))
  })
}
