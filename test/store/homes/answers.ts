import type { Kysely } from 'kysely'
import { localPrincipal } from '../../../src/access/permissions.ts'
import { confirmedBatchesOf, confirmedChanges, lastConfirmedAt } from '../../../src/ledger/confirmed.ts'
import { allLists } from '../../../src/ledger/lists.ts'
import type { Tables } from '../../../src/store/schema.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { listCounts } from '../../../src/destinations/customer-list/reading/list-counts.ts'
import { readReceipts } from '../../../src/ledger/receipts.ts'
import { listLists } from '../../../src/history/lists.ts'

/** What people read of a home that every later version must say alike: what was sent, and what the lists hold. */
export async function answersOf(db: Kysely<Tables>): Promise<unknown> {
  const workflows = await db.selectFrom('workflow').select(['id', 'state']).orderBy('number').execute()
  const lists = await allLists(db)
  const counts = await listCounts(db, lists)
  const page = { limit: 100, cursor: null, search: null, order: 'name' } as const
  const shown = await listLists(
    inWorkspace(db, PRODUCTION),
    localPrincipal,
    { needsPerson: false, kept: false },
    page,
  )
  const answers = {
    workflows: await Promise.all(
      workflows.map(async ({ id, state }) => ({
        id,
        state,
        receipts: (await readReceipts(db, id)).map(({ changeSet: _changeSet, ...receipt }) => receipt),
        changes: await confirmedChanges(db, id),
        batches: await confirmedBatchesOf(db, id),
      })),
    ),
    lists: await Promise.all(
      lists.map(async ({ id }, index) => ({
        id,
        told: counts[index]?.told,
        unsure: counts[index]?.unsure,
        lastConfirmedAt: await lastConfirmedAt(db, id),
      })),
    ),
    shown: shown.items.map(({ id, members, unsure, history, counters }) => ({
      id,
      members,
      unsure,
      history,
      counters,
    })),
  }
  return JSON.parse(JSON.stringify(answers)) as unknown
}
