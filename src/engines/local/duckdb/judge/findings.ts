import type { Order } from '../query-flow.ts'
import type { BoundType } from './bound-types.ts'
import type { Origin } from './origins.ts'

/** A text of the query that the engine reads as a value of another type. */
export interface ReadText {
  readonly text: string
  readonly type: BoundType
  /** Whether it may be spelled in any way, since it stands for a place in an order; else it has to be written as its type is. */
  readonly isPlace: boolean
  /** What it stands beside. */
  readonly beside: Origin
}

/** Texts whose place beside columns of texts the query asks for. */
export interface ComparedPlaces {
  readonly columns: ReadonlySet<number>
  readonly operator: Order
  readonly texts: ReadonlySet<string>
}

/** Numbers that are compared as FLOAT or DOUBLE, which rounds none that matter if all those of one side are small. */
export interface RoundedNumbers {
  /** Sides that are columns as they stand. */
  readonly sides: readonly Origin[]
  /** What all numbers of a side have to be below, counted in the last of so many decimals. */
  readonly exactBelow: number
  readonly scale: number
}

/** What a query does with texts and numbers, by its bound plan. */
export interface Findings {
  /** Texts of rows that the engine would read as values of another type. */
  readonly read: { readonly from: Origin; readonly beside: Origin; readonly type: BoundType }[]
  readonly readTexts: ReadText[]
  /** Numbers and dates, other than those of columns as they stand, that would be compared as texts. */
  readonly written: Origin[]
  /** Columns that are written in different ways, such as 7 and 7.00, and would be compared by their values. */
  readonly unlike: Origin[]
  /** Numbers and dates of columns that would be written in another way than in the file. */
  readonly rewritten: Origin[]
  /** Computed texts that would be put in order. */
  readonly computed: Origin[]
  /** Columns that are put in order. */
  readonly placed: Set<number>
  readonly compared: ComparedPlaces[]
  readonly rounded: RoundedNumbers[]
}

export function noFindings(): Findings {
  return {
    read: [],
    readTexts: [],
    written: [],
    unlike: [],
    rewritten: [],
    computed: [],
    placed: new Set(),
    compared: [],
    rounded: [],
  }
}
