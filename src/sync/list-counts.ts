import { membersIn } from '../ledger/ledger.ts'
import { allLists } from '../ledger/lists.ts'
import type { LedgerList } from '../ledger/lists.ts'
import type { BatchState } from '../store/schema.ts'
import type { Services } from './run.ts'

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

const UNANSWERED: readonly BatchState[] = ['unanswered', 'sending']

/** What was sent of the change sets that are not done, by list. */
async function sentOfOpen(db: Db): Promise<Map<string, Sent>> {
  const rows = await db
    .selectFrom('change_set')
    .innerJoin('batch', 'batch.change_set_id', 'change_set.id')
    .select(['change_set.list_id', 'change_set.desired_count as desired'])
    .select(['change_set.adds', 'change_set.removes'])
    .select(membersIn('add', ['confirmed']).as('addsConfirmed'))
    .select(membersIn('add', UNANSWERED).as('addsUnanswered'))
    .select(membersIn('remove', ['confirmed']).as('removesConfirmed'))
    .select(membersIn('remove', UNANSWERED).as('removesUnanswered'))
    .where('change_set.state', '=', 'open')
    .groupBy('change_set.id')
    .execute()
  return new Map(rows.map(({ list_id: listId, ...sent }) => [listId, sent]))
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
