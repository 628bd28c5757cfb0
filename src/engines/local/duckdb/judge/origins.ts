/** What the values of an expression are made of, as far as it matters for their order and their spelling. */
export interface Origin {
  /** Columns of `input` whose very values they may be. */
  readonly columns: ReadonlySet<number>
  /** Texts of the query that they may be. */
  readonly texts: ReadonlySet<string>
  /** Whether they may be other values that the query gives, and no column, or whose letters are meant. */
  readonly isGiven: boolean
  /** Whether they may be computed from columns. */
  readonly isComputed: boolean
  /** All columns that have a part in them. */
  readonly sources: ReadonlySet<number>
}

const NONE: ReadonlySet<never> = new Set<never>()
const nothing: Origin = {
  columns: NONE,
  texts: NONE,
  isGiven: false,
  isComputed: false,
  sources: NONE,
}

export const given: Origin = { ...nothing, isGiven: true }

export function columnOrigin(column: number): Origin {
  const columns = new Set([column])
  return { ...nothing, columns, sources: columns }
}

export function textOrigin(text: string): Origin {
  return { ...nothing, texts: new Set([text]) }
}

/** Of values that may be those of any of some origins. */
export function anyOf(origins: readonly Origin[]): Origin {
  const [only] = origins
  if (only !== undefined && origins.length === 1) return only
  return {
    columns: union(origins.map(({ columns }) => columns)),
    texts: union(origins.map(({ texts }) => texts)),
    isGiven: origins.some(({ isGiven }) => isGiven),
    isComputed: origins.some(({ isComputed }) => isComputed),
    sources: union(origins.map(({ sources }) => sources)),
  }
}

function union<T>(sets: readonly ReadonlySet<T>[]): ReadonlySet<T> {
  const all = new Set<T>()
  for (const set of sets) for (const value of set) all.add(value)
  return all
}

/** All columns that have a part in some values. */
export function sourcesOf(origins: readonly Origin[]): ReadonlySet<number> {
  return union(origins.map(({ sources }) => sources))
}

/** Of values that are computed from others. */
export function computedFrom(origins: readonly Origin[]): Origin {
  const { sources, isComputed } = anyOf(origins)
  const isOfRows = isComputed || sources.size > 0
  return { ...nothing, isGiven: !isOfRows, isComputed: isOfRows, sources }
}

/** Of texts whose letters are meant, whatever they are made of. */
export function lettersOf(origin: Origin): Origin {
  return { ...given, sources: origin.sources }
}

/** Whether the values are texts of the query alone, all of them known. */
export function areTexts({ columns, texts, isGiven, isComputed }: Origin): boolean {
  return texts.size > 0 && columns.size === 0 && !isGiven && !isComputed
}

/** Whether the values are those of columns alone, as they stand. */
export function isOfColumns({ columns, texts, isGiven, isComputed }: Origin): boolean {
  return columns.size > 0 && texts.size === 0 && !isGiven && !isComputed
}

export function isSame(one: Origin, other: Origin): boolean {
  return (
    one.columns.size === other.columns.size &&
    one.texts.size === other.texts.size &&
    one.sources.size === other.sources.size &&
    one.isGiven === other.isGiven &&
    one.isComputed === other.isComputed
  )
}
