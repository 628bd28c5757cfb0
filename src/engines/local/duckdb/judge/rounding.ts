import type { Node } from '../query-flow.ts'
import { leavesOf } from './bound-types.ts'
import type { BoundType } from './bound-types.ts'
import type { Findings } from './findings.ts'
import { isOfColumns } from './origins.ts'
import type { Origin } from './origins.ts'

/** Numbers that are held against others, as they stand before the engine casts them. */
export interface Side {
  readonly origin: Origin
  readonly from: unknown
  /** The type that the engine casts them to by itself; null for none. */
  readonly to: unknown
  /** The number that stands in the query, where it is one. */
  readonly number: number | null
}

/** From these on, whole numbers are rounded. */
const EXACT_BELOW: Readonly<Record<string, number>> = { FLOAT: 2 ** 24, DOUBLE: 2 ** 53 }
/** Bits of whole numbers, without the sign. */
const BITS: Readonly<Record<string, number>> = {
  TINYINT: 7,
  UTINYINT: 8,
  SMALLINT: 15,
  USMALLINT: 16,
  INTEGER: 31,
  UINTEGER: 32,
  BIGINT: 63,
  UBIGINT: 64,
  HUGEINT: 127,
  UHUGEINT: 128,
  BIGNUM: Infinity,
  INTEGER_LITERAL: Infinity,
}

/** What numbers have to be for a cast to round none of them: below `exactBelow`, counted in the last decimal of `scale`. */
interface Rounding {
  readonly exactBelow: number
  readonly scale: number
}

/**
 * Notes numbers that are compared after the engine has rounded them to FLOAT or DOUBLE by itself. A rounded number never passes one that
 * is not rounded: so a comparison is exact if all numbers of one of its sides are small.
 */
export class RoundingJudge {
  private readonly findings: Findings

  constructor(findings: Findings) {
    this.findings = findings
  }

  compare(one: Side, other: Side): void {
    const roundings = [one, other].flatMap((side) => roundingOf(side) ?? [])
    if (roundings.length === 0) return
    const rounding: Rounding = {
      exactBelow: Math.min(...roundings.map(({ exactBelow }) => exactBelow)),
      scale: Math.max(...roundings.map(({ scale }) => scale)),
    }
    const sides = [one, other]
    if (sides.some(({ number }) => number !== null && isBelow(number, rounding))) return
    this.findings.rounded.push({
      ...rounding,
      sides: sides.map(({ origin }) => origin).filter(isOfColumns),
    })
  }

  /** Numbers that are made the equals of others in another way than by a comparison, as those in a list are. */
  checkCast(side: Side): void {
    const rounding = roundingOf(side)
    if (rounding !== null)
      this.findings.rounded.push({ ...rounding, sides: [side.origin].filter(isOfColumns) })
  }
}

function isBelow(number: number, { exactBelow, scale }: Rounding): boolean {
  return Math.abs(number) * 10 ** scale < exactBelow
}

/** What the engine's own cast of some numbers may round; null for nothing. */
function roundingOf({ from, to, number }: Side): Rounding | null {
  if (to === null) return null
  const others = leavesOf(to)
  const roundings = leavesOf(from).flatMap((type, place) => {
    const exactBelow = EXACT_BELOW[String(others[place]?.['id'])]
    if (exactBelow === undefined) return []
    // A fraction in the query means the nearest number that there is.
    if (number !== null) return isBelow(number, { exactBelow, scale: 0 }) ? [] : [{ exactBelow, scale: 0 }]
    const { largest, scale } = rangeOf(type)
    return largest < exactBelow ? [] : [{ exactBelow, scale }]
  })
  return roundings[0] ?? null
}

/** The largest number of a type, counted in its last decimal; 0 for what is no number or is rounded already. */
function rangeOf({ id, type_info: info }: BoundType): { readonly largest: number; readonly scale: number } {
  const bits = BITS[String(id)]
  if (bits !== undefined) return { largest: 2 ** bits - 1, scale: 0 }
  if (id !== 'DECIMAL') return { largest: 0, scale: 0 }
  const { width = 38, scale = 0 } = Object(info) as { width?: number; scale?: number }
  return { largest: 10 ** width - 1, scale }
}

/** The number that a constant is; null for what is none, and for one of more than 64 bits. */
export function numberOf({ expression_class: kind, value }: Node): number | null {
  if (kind !== 'BOUND_CONSTANT') return null
  const { type, value: own } = Object(value) as Node
  if (typeof own !== 'number') return null
  const { scale = 0 } = Object(Object(type).type_info) as { scale?: number }
  return own / 10 ** scale
}
