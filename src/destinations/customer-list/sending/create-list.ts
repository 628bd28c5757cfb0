import { attemptConfirmed, attemptFailed, lastAttempt, openAttempt } from '../../../ledger/attempts.ts'
import type { Batch } from '../../../ledger/batch-state.ts'
import { getList, intendCreation } from '../../../ledger/lists.ts'
import type { ChangeSet } from '../../../ledger/ledger.ts'
import type { LedgerList } from '../../../ledger/lists.ts'
import { isAnswerLost, isSizeLike } from '../../../pinterest/errors.ts'
import type { CustomerList, PinterestClient } from '../../../pinterest/client.ts'
import type { Sent } from '../../../pinterest/repeat.ts'
import { currentChangeSet } from '../list/current-change-set.ts'
import { isUnanswered } from '../list/fold.ts'
import { lookForMade, LOOKS_AFTER_LOST_ANSWER } from './look-for.ts'
import { changeIn, workOf } from '../list/references.ts'
import type { SyncRun } from '../run.ts'

/**
 * Making a list is not idempotent, and Pinterest has no way to ask for it twice safely. So the newest id of the ad
 * account is saved first; after a lost answer a list of our name with a higher id is the one we made.
 */

/** Ids are digit strings without leading zeros, higher is newer (source: Pinterest orders lists by id). */
export function isNewer(id: string, than: string): boolean {
  return id.length === than.length ? id > than : id.length > than.length
}

/** The list that an earlier, unanswered creation made, now held; null when it made none. */
export async function findCreated(
  run: SyncRun,
  pinterest: PinterestClient,
  list: LedgerList,
): Promise<string | null> {
  const newestIdBefore = list.create_intent?.newestIdBefore ?? null
  if (newestIdBefore === null) return null
  let found: CustomerList | null = null
  for await (const candidate of pinterest.listCustomerLists(list.ad_account_id)) {
    if (!isNewer(candidate.id, newestIdBefore)) break
    if (candidate.name === list.name) found ??= candidate
  }
  if (found === null) return null
  await run.log(`Customer list ${found.id} was created although the answer was lost; continuing with it`)
  await run.record.holdList({ pinterestListId: found.id, counters: null })
  await confirmFirstBatch(run, found)
  return found.id
}

/** The first batch travelled with the creation: when the list counts just that, it has arrived. */
async function confirmFirstBatch(run: SyncRun, found: CustomerList): Promise<void> {
  const lost = ((await currentChangeSet(run))?.batches ?? []).filter(isUnanswered)
  const [first] = lost
  const { batches, uploaded, removed } = found.counters
  if (lost.length !== 1 || first === undefined || first.operation !== 'add') return
  if (batches !== 1 || removed !== 0 || uploaded !== first.count) return
  const attempt = await lastAttempt(run.db, first)
  if (attempt === null) return
  await attemptConfirmed(run.db, attempt, {
    status: 0,
    requestId: null,
    counters: found.counters,
    landings: 1,
  })
}

/**
 * Makes the list with the first batch of adds, or finds it made by an attempt whose answer was lost. Returns null when
 * the batch was too large for one request; the caller halves it and tries again.
 */
export async function createList(
  run: SyncRun,
  pinterest: PinterestClient,
  changeSet: ChangeSet,
  first: Batch,
): Promise<string | null> {
  let lost: unknown = null
  for (let tries = 0; tries < LOOKS_AFTER_LOST_ANSWER; tries += 1) {
    const list = await getList(run.db, run.listId)
    const look = () => findCreated(run, pinterest, list)
    const made = await (first.state === 'sending' && lost === null ? lookForMade(run, look) : look())
    if (made !== null) return made
    await intend(run, pinterest, list)
    const records = await run.engine.readBatch(changeIn(changeSet, list), first, workOf(run))
    const attempt = await openAttempt(run.db, first)
    // The client repeats no making by itself, so that it counts none.
    if (lost !== null) run.services.counts.retries += 1
    let answer: Sent<CustomerList>
    try {
      answer = await pinterest.createCustomerList(list.ad_account_id, { name: list.name, records })
    } catch (error) {
      const isLost = isAnswerLost(error)
      // Cut off by ourselves it is still on its way, as if the process had died: the process that goes on waits for it.
      if (isLost && run.signal.aborted) throw error
      await attemptFailed(run.db, attempt, isLost ? 'lost' : 'refused')
      // An attempt that certainly made nothing must not claim a list that others make later; one before it still may.
      if (!isLost) await intendCreation(run.db, run.listId, list.create_intent)
      if (isSizeLike(error)) return null
      if (!isLost) throw error
      lost = error
      await run.log('The answer to creating the list was lost; checking whether it was created', 'warning')
      continue
    }
    await attemptConfirmed(
      run.db,
      attempt,
      { status: answer.status, requestId: answer.requestId, counters: answer.body.counters, landings: 1 },
      { listId: run.listId, pinterestListId: answer.body.id },
    )
    return answer.body.id
  }
  throw lost
}

function isIntended(list: LedgerList): boolean {
  return (list.create_intent?.newestIdBefore ?? null) !== null
}

/** Keeps an earlier intention: what it may have made can still turn up, and must be told from older lists. */
async function intend(run: SyncRun, pinterest: PinterestClient, list: LedgerList): Promise<void> {
  if (isIntended(list)) return
  const newestIdBefore = await newestListId(pinterest, list.ad_account_id)
  await intendCreation(run.db, run.listId, { newestIdBefore, at: new Date().toISOString() })
}

async function newestListId(pinterest: PinterestClient, adAccountId: string): Promise<string> {
  for await (const list of pinterest.listCustomerLists(adAccountId)) return list.id
  return '0'
}
