import type { Kysely } from 'kysely'
import { releaseList } from '../../../ledger/lists.ts'
import type { Tables } from '../../../store/schema.ts'

/** Runs that leave the held list behind forget it, under the list's lock and before they begin. */
export async function letGo(
  db: Kysely<Tables>,
  listId: string,
  release: 'rebuild' | 'use_newer_list' | null,
): Promise<void> {
  const at = new Date().toISOString()
  if (release === 'rebuild') await releaseList(db, listId, { newestIdBefore: null, at })
  if (release === 'use_newer_list') await releaseList(db, listId, null)
}
