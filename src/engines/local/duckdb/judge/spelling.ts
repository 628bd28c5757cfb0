import { holdsTexts, leavesOf, nameOf } from './bound-types.ts'
import type { BoundType } from './bound-types.ts'
import type { Findings } from './findings.ts'
import { SPELLING } from '../functions.ts'
import type { FunctionKind } from '../functions.ts'
import { anyOf } from './origins.ts'
import type { Origin } from './origins.ts'

/** A column of `input` as a query is bound to it. */
export interface JudgedColumn {
  /** Whether it has no value, and so compares with anything. */
  readonly isEmpty: boolean
  /** Whether its values are written in the files as their type is. */
  readonly isSpelled: boolean
  /** Whether they are numbers that the engine writes in another way than the files do. */
  readonly isLoose: boolean
}

const WHOLE: BoundType = { id: 'BIGINT' }

/** Notes where values of columns lose the spelling that they have in the files. */
export class SpellingJudge {
  private readonly columns: readonly JudgedColumn[]
  private readonly findings: Findings
  /** Of columns with values, as far as they are read. */
  readonly types = new Map<number, BoundType>()

  constructor(columns: readonly JudgedColumn[], findings: Findings) {
    this.columns = columns
    this.findings = findings
  }

  /** Whether some of the values are those of columns that are written in the files as their type is. */
  isSpelled({ columns }: Origin): boolean {
    return [...columns].some((column) => this.columns[column]?.isSpelled === true)
  }

  /** Notes columns whose equal values may be written in different ways in the files. */
  checkAlike(one: Origin, other: Origin): void {
    const types = new Set(this.spelledTypes(one))
    if (types.size > 0 && this.spelledTypes(other).some((type) => !types.has(type)))
      this.findings.unlike.push(anyOf([one, other]))
  }

  private spelledTypes({ columns }: Origin): string[] {
    return [...columns].flatMap((column) => {
      const { isSpelled = false, isLoose = false } = this.columns[column] ?? {}
      const type = this.types.get(column)
      if (!isSpelled || type === undefined || holdsTexts(type)) return []
      // Plain numbers with decimals are written as whole numbers are.
      return [nameOf(isLoose ? WHOLE : type)]
    })
  }

  /** Notes values of columns that are written as texts in another way than in the files. */
  checkCast(origin: Origin, from: unknown, to: unknown): void {
    if (!holdsTexts(to)) return
    const leaves = new Set(leavesOf(from).map(nameOf))
    for (const column of origin.columns) {
      const { isSpelled, isLoose } = this.columns[column] ?? {}
      const type = this.types.get(column)
      if (isSpelled !== true || type === undefined || holdsTexts(type)) continue
      if (isLoose === true || !leaves.has(nameOf(type))) this.findings.rewritten.push(origin)
    }
  }

  /** Functions write numbers in their own way, without a cast. */
  checkFunction(name: string, kind: FunctionKind, origins: readonly Origin[], result: unknown): void {
    if (kind === 'passes' || kind === 'orders-first' || kind === 'orders-second') return
    if (!SPELLING.has(name) && !holdsTexts(result)) return
    for (const origin of origins)
      if ([...origin.columns].some((column) => this.columns[column]?.isLoose === true))
        this.findings.rewritten.push(origin)
  }
}
