import { sql } from 'kysely'
import { unlessTaken } from '../store/unless-taken.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { may, maySeeDestination } from '../access/permissions.ts'
import type { Principal } from '../access/permissions.ts'
import type { TargetKind } from '../destinations/contract.ts'
import type { Change, Tx } from './tenant.ts'

/** What an orchestration writes to. */
export interface OwnTarget {
  readonly kind: TargetKind
  readonly id: string
  readonly name: string
}

/**
 * Gives a target to an orchestration by `write`. It has one owner, since two queries would undo each other's work. Error:
 * `name_taken`, which names the owner to people who see it.
 */
export async function ownTarget(
  { db, actor }: Pick<Change, 'db' | 'actor'>,
  wanted: { readonly orchestration: string; readonly target: OwnTarget | null },
  write: (targetId: string | null) => Promise<unknown>,
): Promise<void> {
  const { orchestration, target } = wanted
  if (target === null) {
    await write(null)
    return
  }
  // Asked first, since an error would end the transaction; the constraint decides between two at once.
  const owner = await ownerOf(db, orchestration, target)
  if (owner !== undefined) {
    const whose = seesOwner(actor.principal, owner) ? `the orchestration "${owner.name}"` : HIDDEN_OWNER
    throw new RollcallError('name_taken', { detail: takenDetail(target, whose) })
  }
  const detail = takenDetail(target, 'an orchestration that was just saved')
  await unlessTaken('orchestration_target_id_key', detail, () => write(target.id))
}

async function ownerOf(db: Tx, orchestration: string, target: OwnTarget) {
  return db
    .selectFrom('orchestration')
    .innerJoin('destination', 'destination.id', 'orchestration.destination_id')
    .select(['orchestration.name', 'destination.admin_only', 'destination.limited_pii'])
    .where('orchestration.target_id', '=', target.id)
    .where(sql<boolean>`orchestration.id <> ${orchestration}`)
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

function takenDetail({ kind: { noun, where, label }, name }: OwnTarget, whose: string): string {
  const [short = noun] = noun.split(' ').slice(-1)
  return `${noun} "${name}" of ${where} is taken: it belongs to ${whose}. Two orchestrations cannot own one ${short}; choose another ${label.toLowerCase()}.`
}
