import type { Kysely } from 'kysely'
import type { ActionName } from '../../../base/catalogue.ts'
import { releaseList } from '../../../ledger/lists.ts'
import type { Tables } from '../../../store/schema.ts'

/** Runs with an action that leaves the held list behind forget it, under the list's lock and before they begin. */
export async function letGo(db: Kysely<Tables>, listId: string, action: ActionName | null): Promise<void> {
  const at = new Date().toISOString()
  if (action === 'rebuild') await releaseList(db, listId, { newestIdBefore: null, at })
  if (action === 'use_newer_list') await releaseList(db, listId, null)
}
