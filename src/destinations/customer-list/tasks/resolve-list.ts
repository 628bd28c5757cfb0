import { RollcallError } from '../../../base/rollcall-error.ts'
import { count } from '../../../base/words.ts'
import type { LedgerList } from '../../../ledger/lists.ts'
import type { CustomerList, PinterestClient } from '../../../pinterest/client.ts'
import { findCreated, isNewer } from '../sending/create-list.ts'
import { findAudience } from '../sending/find-audience.ts'
import { listNotFound } from '../list/list-not-found.ts'
import { noticeChanges } from '../list/notice-changes.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'

type Found = Pick<SyncOutputs['resolve_list'], 'id' | 'newerId'>

/**
 * Finds the list (the held one by its id, else the newest with its name) and its audience. Null for each that must be created. Changes
 * nothing at Pinterest: the guard has not judged the change yet.
 */
export async function resolveList(run: SyncRun): Promise<SyncOutputs['resolve_list']> {
  const pinterest = await run.services.pinterest(run.signal)
  const found = await findList(run, pinterest)
  const audience = found.id === null ? null : await findAudience(run, pinterest, found.id)
  return {
    ...found,
    audience: audience === null ? null : { id: audience.id, name: audience.name, created: false },
  }
}

async function findList(run: SyncRun, pinterest: PinterestClient): Promise<Found> {
  const list = await run.record.get()
  if (list.pinterest_list_id !== null) return checkHeld(run, pinterest, list, list.pinterest_list_id)
  if (list.create_intent !== null) return { id: await findCreated(run, pinterest, list), newerId: null }
  return adoptByName(run, pinterest, list)
}

async function checkHeld(
  run: SyncRun,
  pinterest: PinterestClient,
  list: LedgerList,
  heldId: string,
): Promise<Found> {
  const found = await pinterest.getCustomerList(list.ad_account_id, heldId)
  if (found === null) throw listNotFound(list)
  await noticeChanges(run, list, found.body)
  const newerId = await findNewerOfName(pinterest, list, heldId)
  if (newerId !== null) {
    await run.warn(new RollcallError('newer_list', { list: list.name, listId: heldId, newerId }))
  }
  return { id: heldId, newerId }
}

async function findNewerOfName(
  pinterest: PinterestClient,
  list: LedgerList,
  heldId: string,
): Promise<string | null> {
  for await (const candidate of pinterest.listCustomerLists(list.ad_account_id)) {
    if (!isNewer(candidate.id, heldId)) return null
    if (candidate.name === list.name) return candidate.id
  }
  return null
}

async function adoptByName(run: SyncRun, pinterest: PinterestClient, list: LedgerList): Promise<Found> {
  const sameName: CustomerList[] = []
  for await (const candidate of pinterest.listCustomerLists(list.ad_account_id)) {
    if (candidate.name === list.name) sameName.push(candidate)
  }
  const newest = sameName[0]
  if (newest === undefined) return { id: null, newerId: null }
  if (sameName.length > 1) {
    await run.log(
      `${sameName.length} customer lists are named "${list.name}"; using the newest, ${newest.id}`,
      'warning',
    )
  }
  if (newest.counters.uploaded > 0 && !run.inputs.adopt) throw listNotEmpty(newest)
  await run.record.holdList({ pinterestListId: newest.id, counters: newest.counters })
  await run.log(
    `Using customer list ${newest.id}, which holds ${count(newest.counters.uploaded)} uploaded records`,
  )
  return { id: newest.id, newerId: null }
}

/** Uploaded records are only ever counted up, so a list with any cannot be shown to be empty. */
function listNotEmpty(list: CustomerList): RollcallError {
  const { uploaded, removed } = list.counters
  return new RollcallError('list_not_empty', { list: list.name, listId: list.id, uploaded, removed })
}
