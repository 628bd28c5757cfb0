import type { Kysely } from 'kysely'
import { listsById } from '../../../ledger/lists.ts'
import type { ShownTarget } from '../../../objects/orchestration.ts'
import type { Tables } from '../../../store/schema.ts'
import { listCounts } from './list-counts.ts'

/** What orchestrations show of these customer lists, by their ids, with their members as every other page has them. */
export async function shownLists(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ShownTarget>> {
  const lists = await listsById(db, ids)
  const counts = await listCounts(db, lists)
  return new Map(
    lists.map(({ id, name, ad_account_id: adAccountId, pinterest_list_id: pinterestId }, index) => [
      id,
      {
        destination: { adAccountId },
        shown: { list: { name, id: pinterestId, members: counts[index]?.told ?? 0 }, listId: id },
      },
    ]),
  )
}
