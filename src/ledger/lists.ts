import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import { newId } from '../base/ids.ts'
import type { CustomerListTable, Tables } from '../store/schema.ts'
import type { CreateIntent, ForeignChanges, ListCounters } from '../base/list-states.ts'
import type { Acceptance } from '../base/workflow-states.ts'
import { openTarget } from './targets.ts'

/**
 * The ledger's entries of customer lists: which list of Pinterest's each one is, and what is known of it. Every function is one
 * transaction, saved before the caller makes the effect that needs it.
 */

type Db = Kysely<Tables>
export type LedgerList = Selectable<CustomerListTable>

/** The kind of the targets that are customer lists. */
const KIND = 'customer_list'

/** What a list's target is known by. */
export function listKey(adAccountId: string, name: string): string {
  return JSON.stringify([adAccountId, name])
}

/** The ledger's entry of a list, made with its target when it is not there yet. */
export async function openList(db: Db, adAccountId: string, name: string): Promise<LedgerList> {
  return within(db, async (tx) => {
    const target = { id: newId('cl'), kind: KIND, key: listKey(adAccountId, name), name }
    const id = await openTarget(tx, target)
    await tx
      .insertInto('customer_list')
      .values({ id, ad_account_id: adAccountId, name })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
    return getList(tx, id)
  })
}

export async function findList(db: Db, adAccountId: string, name: string): Promise<LedgerList | undefined> {
  return db
    .selectFrom('customer_list')
    .selectAll()
    .where('ad_account_id', '=', adAccountId)
    .where('name', '=', name)
    .executeTakeFirst()
}

export async function getList(db: Db, id: string): Promise<LedgerList> {
  return db.selectFrom('customer_list').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export async function findListById(db: Db, id: string): Promise<LedgerList | undefined> {
  return db.selectFrom('customer_list').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Those of these that there are. */
export async function listsById(db: Db, ids: readonly string[]): Promise<LedgerList[]> {
  if (ids.length === 0) return []
  return db.selectFrom('customer_list').selectAll().where('id', 'in', ids).execute()
}

export async function allLists(db: Db): Promise<LedgerList[]> {
  return db.selectFrom('customer_list').selectAll().orderBy('ad_account_id').orderBy('name').execute()
}

/** From now on the list is this one of Pinterest's, whatever others bear its name. */
export async function holdList(
  db: Db,
  id: string,
  held: { pinterestListId: string; counters: ListCounters | null },
): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({
      pinterest_list_id: held.pinterestListId,
      counters: held.counters === null ? null : JSON.stringify(held.counters),
      create_intent: null,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', id)
    .execute()
}

/** Saved before a list is created, so that a lost answer and no list at all can be kept apart. */
export async function intendCreation(db: Db, id: string, intent: CreateIntent | null): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({ create_intent: intent === null ? null : JSON.stringify(intent), updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

export async function holdAudience(db: Db, id: string, audienceId: string | null): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({ audience_id: audienceId, audience_asked_at: null })
    .where('id', '=', id)
    .execute()
}

/** Saved before an audience is asked for, and taken back when that surely is no longer on its way. */
export async function askForAudience(db: Db, id: string, isAsked: boolean): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({ audience_asked_at: isAsked ? sql<Date>`now()` : null })
    .where('id', '=', id)
    .execute()
}

/** What Pinterest counts while all of it is known to be ours; null when a lost answer makes that unknown. */
export async function rememberCounters(db: Db, id: string, counters: ListCounters | null): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({ counters: counters === null ? null : JSON.stringify(counters) })
    .where('id', '=', id)
    .execute()
}

/** Others changed the list, `changes` in all: kept until the list is let go. From now on `counters` are known. */
export async function rememberChanges(
  db: Db,
  id: string,
  { counters, changes }: { counters: ListCounters; changes: ForeignChanges },
): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({ counters: JSON.stringify(counters), changed_elsewhere: JSON.stringify(changes) })
    .where('id', '=', id)
    .execute()
}

/** A person accepts what others did to the list so far: it counts as right again. */
export async function acceptChanges(db: Db, id: string, accepted: Acceptance): Promise<void> {
  await db
    .updateTable('customer_list')
    .set({
      changed_elsewhere: sql<string>`changed_elsewhere
        || jsonb_build_object('accepted', (changed_elsewhere - 'accepted') || ${JSON.stringify(accepted)}::jsonb)`,
    })
    .where('id', '=', id)
    .execute()
}

/**
 * Lets go of the held list: nothing counts as told any more. With `intent` the next run makes a list of its own even when
 * others bear the name; without, it looks for the newest of the name.
 */
export async function releaseList(db: Db, id: string, intent: CreateIntent | null): Promise<void> {
  await within(db, async (tx) => {
    await tx
      .updateTable('change_set')
      .set({ state: 'folded', ended_at: sql<Date>`now()` })
      .where('list_id', '=', id)
      .where('state', '=', 'open')
      .execute()
    await tx
      .updateTable('customer_list')
      .set({
        pinterest_list_id: null,
        audience_id: null,
        audience_asked_at: null,
        create_intent: intent === null ? null : JSON.stringify(intent),
        told_snapshot: null,
        told_count: 0,
        unsure_snapshot: null,
        unsure_count: 0,
        counters: null,
        changed_elsewhere: null,
        updated_at: sql<Date>`now()`,
      })
      .where('id', '=', id)
      .execute()
  })
}

/** As one step, or as a part of the caller's. */
async function within<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

/** References of an engine that the ledger stores. */
export interface NamedReferences {
  readonly sets: readonly string[]
  readonly changes: readonly string[]
}

/** What the runs of these lists still need, by list; a list that is not known is not among them. */
export async function namedReferences(
  db: Db,
  listIds: readonly string[],
): Promise<ReadonlyMap<string, NamedReferences>> {
  const rows = await db
    .selectFrom('customer_list')
    .leftJoin('change_set', (on) =>
      on.onRef('change_set.list_id', '=', 'customer_list.id').on('change_set.state', '=', 'open'),
    )
    .select(['customer_list.id', 'told_snapshot', 'unsure_snapshot', 'desired_snapshot', 'change_ref'])
    .where('customer_list.id', 'in', listIds)
    .execute()
  return new Map(
    rows.map((row) => [
      row.id,
      {
        sets: given([row.told_snapshot, row.unsure_snapshot, row.desired_snapshot]),
        changes: given([row.change_ref]),
      },
    ]),
  )
}

function given(references: readonly (string | null)[]): string[] {
  return references.filter((reference) => reference !== null)
}
