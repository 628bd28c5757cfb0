/**
 * The membership laws on sets in memory: the executable specification. Engines do the same with any number of members,
 * and are tested against this. Members are named by their hashes as lower-case hexadecimal text.
 */

/** What Pinterest has been told: members it confirmed, and members whose last answer was lost. The two are disjoint. */
export interface Told {
  readonly told: ReadonlySet<string>
  readonly unsure: ReadonlySet<string>
}

export interface ChangeSet {
  /** In ascending order. */
  readonly adds: readonly string[]
  readonly removes: readonly string[]
}

/** Entries `first` to `first + count - 1` of one operation of a change set. */
export interface ChangeRange {
  readonly operation: 'add' | 'remove'
  readonly first: number
  readonly count: number
}

export const nothingTold: Told = Object.freeze({ told: new Set<string>(), unsure: new Set<string>() })

/**
 * What must be sent so that the list holds just `desired`: `adds = desired − told`, `removes = (told ∪ unsure) − desired`. Unsure
 * members that are desired are added again, which does no harm if they are there already.
 */
export function changeSet(desired: ReadonlySet<string>, { told, unsure }: Told): ChangeSet {
  return {
    adds: ascending(desired.difference(told)),
    removes: ascending(told.union(unsure).difference(desired)),
  }
}

/** The ledger after every batch of a change set was confirmed. */
export function complete(desired: ReadonlySet<string>): Told {
  return { told: desired, unsure: new Set() }
}

/**
 * The ledger after a run that ended early. With CA, CR = confirmed adds and removes and UA, UR = unanswered ones:
 * `told' = (told ∪ CA) − CR − UR` and `unsure' = ((unsure − CA − CR) ∪ UA ∪ UR) − told'`. An unanswered remove leaves
 * *told*: a member who comes back must be added again.
 */
export function fold(
  { told, unsure }: Told,
  change: ChangeSet,
  answers: { readonly confirmed: readonly ChangeRange[]; readonly unanswered: readonly ChangeRange[] },
): Told {
  const confirmed = membersOf(change, answers.confirmed)
  const unanswered = membersOf(change, answers.unanswered)
  const newTold = told.union(confirmed.add).difference(confirmed.remove).difference(unanswered.remove)
  const newUnsure = unsure
    .difference(confirmed.add)
    .difference(confirmed.remove)
    .union(unanswered.add)
    .union(unanswered.remove)
    .difference(newTold)
  return { told: newTold, unsure: newUnsure }
}

/** The members of a list after Pinterest carried out one batch. */
export function applyBatch(
  members: ReadonlySet<string>,
  change: ChangeSet,
  range: ChangeRange,
): ReadonlySet<string> {
  const { add, remove } = membersOf(change, [range])
  return members.union(add).difference(remove)
}

function membersOf(change: ChangeSet, ranges: readonly ChangeRange[]) {
  const members = { add: new Set<string>(), remove: new Set<string>() }
  for (const { operation, first, count } of ranges) {
    const entries = operation === 'add' ? change.adds : change.removes
    for (const member of entries.slice(first, first + count)) members[operation].add(member)
  }
  return members
}

function ascending(members: ReadonlySet<string>): string[] {
  return [...members].toSorted()
}
