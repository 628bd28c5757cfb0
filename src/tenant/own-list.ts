import { sql } from 'kysely'
import { unlessTaken } from '../store/unless-taken.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { may, maySeeDestination } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import type { Change, Tx } from './tenant.ts'

/**
 * Gives a list of the ledger to an orchestration by `write`. A list has one owner, since two queries would undo each other's
 * work. Error: `name_taken`, which names the owner to people who see it.
 */
export async function ownList(
  { db, actor }: Pick<Change, 'db' | 'actor'>,
  wanted: { readonly id: string; readonly listId: string; readonly listName: string },
  write: (listId: string) => Promise<unknown>,
): Promise<void> {
  // Asked first, since an error would end the transaction; the constraint decides between two at once.
  const owner = await ownerOf(db, wanted)
  if (owner !== undefined) {
    const whose = seesOwner(actor.principal, owner) ? `the orchestration "${owner.name}"` : HIDDEN_OWNER
    throw new RollcallError('name_taken', { detail: takenDetail(wanted.listName, whose) })
  }
  const detail = takenDetail(wanted.listName, 'an orchestration that was saved just now')
  await unlessTaken('orchestration_list_id_key', detail, () => write(wanted.listId))
}

async function ownerOf(db: Tx, { id, listId }: { id: string; listId: string }) {
  return db
    .selectFrom('orchestration')
    .innerJoin('destination', 'destination.id', 'orchestration.destination_id')
    .select(['orchestration.name', 'destination.admin_only', 'destination.limited_pii'])
    .where('orchestration.list_id', '=', listId)
    .where(sql<boolean>`orchestration.id <> ${id}`)
    .executeTakeFirst()
}

const HIDDEN_OWNER = 'an orchestration that your access does not include'

function seesOwner(
  principal: Principal,
  owner: { readonly admin_only: boolean; readonly limited_pii: boolean },
): boolean {
  const destination = { adminOnly: owner.admin_only, limitedPii: owner.limited_pii }
  return may(principal, 'orchestration:view') && maySeeDestination(principal, destination)
}

function takenDetail(listName: string, whose: string): string {
  return `customer list "${listName}" of this ad account is taken: it belongs to ${whose}. Two orchestrations cannot own one list; choose another list name.`
}
