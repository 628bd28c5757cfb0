import { sql } from 'kysely'
import { unlessTaken } from '../store/unless-taken.ts'
import { RollcallError } from '../base/rollcall-error.ts'

import type { Tx } from './tenant.ts'

/**
 * Gives a list of the ledger to an orchestration by `write`. A list has one owner, since two queries would undo each other's
 * work. Error: `name_taken` naming the owner.
 */
export async function ownList(
  db: Tx,
  wanted: { readonly id: string; readonly listId: string; readonly listName: string },
  write: (listId: string) => Promise<unknown>,
): Promise<void> {
  // Asked first, since an error would end the transaction; the constraint decides between two at once.
  const owner = await ownerOf(db, wanted)
  if (owner !== undefined)
    throw new RollcallError('name_taken', { detail: takenDetail(wanted.listName, `"${owner.name}"`) })
  const detail = takenDetail(wanted.listName, 'one that was saved just now')
  await unlessTaken('orchestration_list_id_key', detail, () => write(wanted.listId))
}

async function ownerOf(db: Tx, { id, listId }: { id: string; listId: string }) {
  return db
    .selectFrom('orchestration')
    .select('name')
    .where('list_id', '=', listId)
    .where(sql<boolean>`id <> ${id}`)
    .executeTakeFirst()
}

function takenDetail(listName: string, owner: string): string {
  return `customer list "${listName}" of this ad account belongs to the orchestration ${owner}. Two orchestrations cannot own one list; choose another list name.`
}
