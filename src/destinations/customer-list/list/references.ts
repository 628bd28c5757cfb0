import type { Change, ChangeRef, Kept, MemberSet, SetRef, Told, Work } from '../../../engines/contract.ts'
import type { ChangeSet } from '../../../ledger/ledger.ts'
import type { LedgerList, NamedReferences } from '../../../ledger/lists.ts'
import type { SyncRun } from '../run.ts'

/** What the engine takes, from what the ledger stores and from a run. */

/** What Pinterest has been told. */
export function toldOf(list: LedgerList): Told {
  return {
    told: setOf(list.told_snapshot, list.told_count),
    unsure: setOf(list.unsure_snapshot, list.unsure_count),
  }
}

/** An open change set. As long as it is open, the sets of its list are those that it was compared with. */
export function changeIn(changeSet: ChangeSet, list: LedgerList): Change {
  return {
    ref: changeSet.change_ref as ChangeRef,
    desired: { ref: changeSet.desired_snapshot as SetRef, members: changeSet.desired_count },
    before: toldOf(list),
  }
}

export function keptOf({ sets, changes }: NamedReferences): Kept {
  return { sets: sets as readonly SetRef[], changes: changes as readonly ChangeRef[] }
}

/** What a run's work with the engine gets: whatever is mended stands in its log. */
export function workOf({ signal, log }: Pick<SyncRun, 'signal' | 'log'>): Work {
  return { signal, onMended: (text) => log(text, 'warning') }
}

function setOf(ref: string | null, members: number): MemberSet | null {
  return ref === null ? null : { ref: ref as SetRef, members }
}
