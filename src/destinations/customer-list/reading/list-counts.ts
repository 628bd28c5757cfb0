import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import { allLists } from '../../../ledger/lists.ts'
import type { LedgerList } from '../../../ledger/lists.ts'
import type { BatchState } from '../../../base/list-states.ts'
import type { Services } from '../../../workflow/services.ts'

/** How many members a list has. */
export interface ListCounts {
  /** Members that Pinterest confirmed. */
  readonly told: number
  /** Members in batches whose answer was lost; the next run settles them. */
  readonly unsure: number
}

type Db = Services['store']['db']
type CountedList = Pick<LedgerList, 'id' | 'told_count' | 'unsure_count'>

/** The members of these lists, in their order, with unfinished change sets counted in. */
export async function listCounts(db: Db, lists: readonly CountedList[]): Promise<ListCounts[]> {
  const sent = await sentOfOpen(db)
  return lists.map((list) => foldedCounts(list, sent.get(list.id)))
}

/**
 * Members that its list held once each of these workflows was through with it, by workflow: as it is now for one whose change is not
 * ended. One that has sent nothing is not among them.
 */
export async function heldAfter(db: Db, workflowIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('change_set')
    .innerJoin('customer_list', 'customer_list.id', 'change_set.list_id')
    .distinctOn('change_set.workflow_id')
    .select(['change_set.workflow_id', 'change_set.state', 'change_set.told_after'])
    .select(['customer_list.id', 'customer_list.told_count', 'customer_list.unsure_count'])
    .where('change_set.workflow_id', 'in', workflowIds)
    .orderBy('change_set.workflow_id')
    .orderBy('change_set.number', 'desc')
    .execute()
  const open = rows.filter(({ state }) => state === 'open')
  const now = open.length === 0 ? [] : await listCounts(db, open)
  const ended = rows.map((row) => [row.workflow_id, row.told_after ?? now[open.indexOf(row)]?.told] as const)
  return new Map(ended.flatMap(([id, members]) => (members === undefined ? [] : [[id, members] as const])))
}

/** Members of all lists together. */
export async function totalMembers(db: Db): Promise<number> {
  const counts = await listCounts(db, await allLists(db))
  return counts.reduce((sum, { told }) => sum + told, 0)
}

interface Sent {
  /** Of the whole change set, sent or not. */
  readonly desired: number
  readonly adds: number
  readonly removes: number
  readonly addsConfirmed: number
  readonly addsUnanswered: number
  readonly removesConfirmed: number
  readonly removesUnanswered: number
}

/** What was sent of the change sets that are not done, by list. */
async function sentOfOpen(db: Db): Promise<Map<string, Sent>> {
  const { rows } = await sql<Sent & { readonly listId: string }>`
    select change_set.list_id as "listId", desired_count as desired, adds, removes,
      ${membersIn('add', 'confirmed')} as "addsConfirmed", ${membersIn('add', 'unanswered', 'sending')} as "addsUnanswered",
      ${membersIn('remove', 'confirmed')} as "removesConfirmed",
      ${membersIn('remove', 'unanswered', 'sending')} as "removesUnanswered"
    from change_set cross join lateral batch_states(change_set.id) batch
    where change_set.state = 'open'
    group by change_set.id
  `.execute(db)
  return new Map(rows.map((sent) => [sent.listId, sent]))
}

/** Members in the batches of one operation that are in one of these states, among the rows of a query. */
function membersIn(operation: 'add' | 'remove', ...states: readonly BatchState[]): RawBuilder<number> {
  return sql<number>`coalesce(sum(batch.count) filter (where batch.operation = ${operation}
    and batch.state in (${sql.join(states)})), 0)::bigint`
}

/**
 * The list's members with its unfinished change set counted in, as folding it will find them. Which of those that an earlier run
 * left unsure were in a batch is in the hash sets only: of these it counts the share that is to be expected.
 */
function foldedCounts(
  { told_count: told, unsure_count: unsure }: CountedList,
  sent: Sent | undefined,
): ListCounts {
  if (sent === undefined) return { told, unsure }
  const toldLeaving = told - (sent.desired - sent.adds)
  const unsureStaying = unsure - (sent.removes - toldLeaving)
  const leavingShare = sent.removes === 0 ? 1 : toldLeaving / sent.removes
  const stayingShare = sent.adds === 0 ? 0 : unsureStaying / sent.adds
  const { addsConfirmed, addsUnanswered, removesConfirmed, removesUnanswered } = sent
  const settled = addsConfirmed * stayingShare + removesConfirmed * (1 - leavingShare)
  const lost = addsUnanswered * (1 - stayingShare) + removesUnanswered * leavingShare
  return {
    told: Math.round(told + addsConfirmed - (removesConfirmed + removesUnanswered) * leavingShare),
    unsure: Math.round(unsure - settled + lost),
  }
}
