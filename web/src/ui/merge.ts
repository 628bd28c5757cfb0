/** What someone else saved while a form was open, taken in without losing what was typed. */

export interface Merged<Values> {
  /** Theirs, with what was typed over it. */
  readonly values: Values
  readonly changedByThem: readonly (keyof Values)[]
}

/** `base` is what the form was opened with. */
export function mergedOf<Values extends object>(base: Values, typed: Values, theirs: Values): Merged<Values> {
  return { values: { ...theirs, ...changesOf(base, typed) }, changedByThem: changedNames(base, theirs) }
}

/** What is not the same afterwards. */
export function changesOf<Values extends object>(before: Values, after: Values): Partial<Values> {
  return Object.fromEntries(changedNames(before, after).map((name) => [name, after[name]])) as Partial<Values>
}

function changedNames<Values extends object>(one: Values, other: Values): (keyof Values)[] {
  return (Object.keys(other) as (keyof Values)[]).filter(
    (name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]),
  )
}
