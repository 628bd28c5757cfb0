import { RollcallError } from '../base/rollcall-error.ts'
import { listBatches } from '../ledger/attempts.ts'
import { lastConfirmedAt } from '../ledger/confirmed.ts'
import { openChangeSetOf } from '../ledger/ledger.ts'
import { getList } from '../ledger/lists.ts'
import type { LedgerList } from '../ledger/lists.ts'
import type { Audience, CustomerList, PinterestClient } from '../pinterest/client.ts'
import type { ListCounters } from '../base/list-states.ts'
import {
  allChangesElsewhere,
  counterCeiling,
  changedElsewhereWarning,
  moreInWords,
  unaccepted,
} from '../destinations/customer-list/list/counters.ts'
import { listNotFound } from '../destinations/customer-list/list/list-not-found.ts'
import { credentialRow, withPinterest } from '../workspace/credentials.ts'
import { listRow } from './lists.ts'
import { noteDrift } from '../destinations/customer-list/list/note-drift.ts'
import type { AlertQueue } from '../notify/late-warning.ts'
import type { Tenant } from '../workspace/tenant.ts'

/** What Pinterest shows of a list at this moment, beside what it was told. */
export interface ListAtPinterest {
  readonly checkedAt: string
  /** Null while no list was made. */
  readonly list: {
    readonly id: string
    readonly name: string
    readonly status: string
    readonly counters: ListCounters
    readonly updatedAt: string
  } | null
  readonly audience: Pick<Audience, 'id' | 'name' | 'status' | 'size'> | null
  /** What others did to it, or that it is gone, in words; null when our own requests explain all. */
  readonly problem: string | null
  readonly isChangedElsewhere: boolean
  /** When Pinterest confirmed the last request of Rollcall's own; null when it confirmed none. */
  readonly lastSentAt: string | null
}

/**
 * Reads a list and its audience from Pinterest, and changes nothing there. What others did to the list counts from now on. Errors:
 * `not_found`, `action_not_possible` for a list of no destination, those of Pinterest.
 */
export async function checkList(
  tenant: Tenant,
  queue: AlertQueue,
  id: string,
  signal: AbortSignal,
): Promise<ListAtPinterest> {
  const { db } = tenant
  const list = await listRow(db, tenant.actor.principal, id)
  if (list.credential_id === null)
    throw new RollcallError('action_not_possible', {
      detail: 'this list has no destination, so Rollcall has no credential to ask Pinterest with.',
    })
  const credential = await credentialRow(db, list.credential_id)
  const seen = await withPinterest(tenant, credential, signal, async (services) =>
    look(await services.pinterest(signal), await explainedList(tenant, list)),
  )
  if (seen.isChangedElsewhere && seen.list !== null) {
    await noteDrift(db, queue, id, seen.list.counters)
    const now = await getList(db, id)
    const open = unaccepted(now.changed_elsewhere)
    if (open !== null) seen.problem = changedElsewhereWarning(now, open).message
  }
  return { ...seen, lastSentAt: (await lastConfirmedAt(db, list.id))?.toISOString() ?? null }
}

/** With the counters that our own requests can explain, also those of a run that is under way or broke off. */
async function explainedList({ db }: Tenant, list: LedgerList): Promise<LedgerList> {
  const changeSet = await openChangeSetOf(db, list.id)
  if (changeSet === undefined || list.counters === null) return list
  return { ...list, counters: counterCeiling(list.counters, await listBatches(db, changeSet.id)) }
}

type Seen = Omit<ListAtPinterest, 'lastSentAt' | 'problem'> & { problem: string | null }

async function look(pinterest: PinterestClient, list: LedgerList): Promise<Seen> {
  const checkedAt = new Date().toISOString()
  const heldId = list.pinterest_list_id
  if (heldId === null)
    return { checkedAt, list: null, audience: null, problem: null, isChangedElsewhere: false }
  const found = await pinterest.getCustomerList(list.ad_account_id, heldId)
  if (found === null) {
    const problem = listNotFound(list).message
    return { checkedAt, list: null, audience: null, problem, isChangedElsewhere: false }
  }
  const audience =
    list.audience_id === null ? null : await pinterest.getAudience(list.ad_account_id, list.audience_id)
  const changes = allChangesElsewhere(list, found.body.counters)
  return {
    checkedAt,
    list: shownList(found.body),
    audience: audience === null ? null : shownAudience(audience.body),
    problem: changes === null ? null : changesInWords(list, changes),
    isChangedElsewhere: changes !== null,
  }
}

/** While a run is under way, it is the one that checks. */
function changesInWords(list: LedgerList, changes: ListCounters): string {
  if (unaccepted(list.changed_elsewhere) !== null) return changedElsewhereWarning(list, changes).message
  return `Pinterest counts ${moreInWords(list, changes)}. The next run checks this list.`
}

function shownList({ id, name, status, counters, updatedAt }: CustomerList): ListAtPinterest['list'] {
  return { id, name, status, counters, updatedAt: updatedAt.toISOString() }
}

function shownAudience({ id, name, status, size }: Audience): ListAtPinterest['audience'] {
  return { id, name, status, size }
}
