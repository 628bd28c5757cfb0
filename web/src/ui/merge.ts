/** What somebody else saved while a form was open, taken in without losing what was typed. */

export interface Merged<Values> {
  /** Theirs, with what was typed over it. */
  readonly values: Values
  readonly changedByThem: readonly (keyof Values)[]
}

/** `base` is what the form was opened with. */
export function mergedOf<Values extends object>(base: Values, typed: Values, theirs: Values): Merged<Values> {
  const mine = Object.fromEntries(changedNames(base, typed).map((name) => [name, typed[name]]))
  return { values: { ...theirs, ...mine }, changedByThem: changedNames(base, theirs) }
}

/** Names whose values are not the same. */
export function changedNames<Values extends object>(one: Values, other: Values): (keyof Values)[] {
  return (Object.keys(other) as (keyof Values)[]).filter(
    (name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]),
  )
}
