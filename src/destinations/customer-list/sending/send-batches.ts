import { isRollcallError } from '../../../base/rollcall-error.ts'
import type { Change } from '../../../engines/contract.ts'
import {
  attemptConfirmed,
  attemptFailed,
  listBatches,
  openAttempt,
  splitBatch,
} from '../../../ledger/attempts.ts'
import type { Batch } from '../../../ledger/batch-state.ts'
import { getList, rememberCounters } from '../../../ledger/lists.ts'
import type { ChangeSet } from '../../../ledger/ledger.ts'
import { isAnswerLost, isSizeLike } from '../../../pinterest/errors.ts'
import type { CustomerList, PinterestClient } from '../../../pinterest/client.ts'
import type { Sent } from '../../../pinterest/repeat.ts'
import { listNotFound } from '../list/list-not-found.ts'
import { changeIn, workOf } from '../list/references.ts'
import type { SyncRun } from '../run.ts'

interface Sending {
  readonly run: SyncRun
  readonly pinterest: PinterestClient
  readonly pinterestListId: string
  readonly changeSet: ChangeSet
}

/**
 * Sends every batch of one operation that is not confirmed yet, several at once, and records each before and after.
 * When one fails the others under way are awaited and recorded, then the first error is thrown. Returns how many
 * members were confirmed.
 */
export async function sendBatches(sending: Sending, operation: 'add' | 'remove'): Promise<number> {
  const { run, changeSet } = sending
  const change = changeIn(changeSet, await getList(run.db, run.listId))
  let sent = 0
  const total = operation === 'add' ? changeSet.adds : changeSet.removes
  const batches = (await listBatches(run.db, changeSet.id)).filter((batch) => batch.operation === operation)
  const queue = batches.filter((batch) => batch.state !== 'confirmed')
  let done = batches
    .filter((batch) => batch.state === 'confirmed')
    .reduce((sum, batch) => sum + batch.count, 0)
  let failure: { error: unknown } | null = null
  const work = async (): Promise<void> => {
    for (let batch = queue.shift(); batch !== undefined && failure === null; batch = queue.shift()) {
      try {
        const halves = await sendBatch(sending, change, batch)
        queue.unshift(...halves)
        if (halves.length > 0) continue
        sent += batch.count
        done += batch.count
        run.progress(done, total, 'members')
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: run.limits.batchesInFlight }, work))
  const failed = failure as { error: unknown } | null
  if (failed !== null) throw await explain(sending, failed.error)
  return sent
}

/** Sends one batch. Returns its halves when Pinterest finds it too large. */
async function sendBatch(sending: Sending, change: Change, batch: Batch): Promise<Batch[]> {
  const { run, pinterest, pinterestListId } = sending
  run.signal.throwIfAborted()
  const records = await run.engine.readBatch(change, batch, workOf(run))
  const attempt = await openAttempt(run.db, batch)
  let answer: Sent<CustomerList>
  try {
    answer = await pinterest.updateCustomerList(run.inputs.adAccountId, pinterestListId, {
      operation: batch.operation,
      records,
    })
  } catch (error) {
    const isLost = isAnswerLost(error)
    // How often it landed is unknown from here on, so the list's counters prove nothing until they are read again.
    if (isLost) await rememberCounters(run.db, run.listId, null)
    await attemptFailed(run.db, attempt, isLost ? 'lost' : 'refused')
    const halves = isSizeLike(error) ? await halve(run, batch) : null
    if (halves !== null) return halves
    throw error
  }
  await attemptConfirmed(run.db, attempt, {
    status: answer.status,
    requestId: answer.requestId,
    counters: answer.body.counters,
    landings: 1 + answer.lostAttempts,
  })
  return []
}

/** The recorded halves of a batch that Pinterest found too large; null when it cannot be made smaller. */
export async function halve(run: SyncRun, batch: Batch): Promise<Batch[] | null> {
  const halves = await splitBatch(run.db, batch)
  if (halves !== null)
    await run.log(
      `Pinterest refused ${batch.count} members in one request as too many; halving it`,
      'warning',
    )
  return halves
}

/** Names the list in the error of a list that vanished in mid-run. */
async function explain({ run }: Sending, error: unknown): Promise<unknown> {
  if (!isRollcallError(error) || error.code !== 'list_not_found') return error
  return listNotFound(await getList(run.db, run.listId))
}
