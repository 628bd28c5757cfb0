import type { Kysely } from 'kysely'
import { newId } from '../base/ids.ts'
import { openTarget } from '../ledger/targets.ts'
import type { Settings } from '../sources/contract.ts'
import { stillShown } from '../sources/settings.ts'
import type { Tables } from '../store/schema.ts'
import type { DestinationKind, TargetKind } from './contract.ts'

/** What orchestrations write to by a name of its own, by the kind of their destination. No secret of a destination gets into a target. */

/** A kind that has targets. */
export type WithTarget = DestinationKind & { readonly target: TargetKind }

export function hasTarget(kind: DestinationKind | undefined): kind is WithTarget {
  return kind !== undefined && kind.target !== null
}

/** What a target of this kind is known by, among those of its kind. `settings` may hold secrets. */
export function targetKey(kind: WithTarget, settings: Settings, name: string): string {
  return kind.target.key(shownOf(kind, settings), name)
}

/** The id of a target, which is made when it is not there yet. `settings` may hold secrets. */
export async function targetId(
  db: Kysely<Tables>,
  kind: WithTarget,
  settings: Settings,
  name: string,
): Promise<string> {
  const own = kind.target.open?.(db, shownOf(kind, settings), name)
  return (
    own ?? openTarget(db, { id: newId('tg'), kind: kind.kind, key: targetKey(kind, settings, name), name })
  )
}

/** Without facts, which a later check may find otherwise. */
function shownOf(kind: DestinationKind, settings: Settings): Settings {
  return stillShown({ ...kind, facts: {} }, settings)
}
