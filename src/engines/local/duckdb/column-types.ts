import type { Session } from './session.ts'
import { literals } from './sql.ts'

/** A type for texts that all are written as its values are: so a value of it is equal to another where their texts are. */
interface TextType {
  readonly type: string
  /** Quick test that leaves out what is certainly not of the type. */
  readonly pattern: RegExp
  /** SQL for whether a text is of the type; not false for NULL. */
  readonly fits: (value: string) => string
}

const readsBack = (type: string) => (value: string) =>
  `coalesce(CAST(TRY_CAST(${value} AS ${type}) AS VARCHAR) = ${value}, ${value} IS NULL)`

const DECIMALS_MAX = 6
/** The largest number of eighteen digits. */
const INTEGER_MAX = '999999999999999999'

/** For numbers that are written in different lengths, such as 50 and 150.5: a DOUBLE is not written as they are. */
export const NUMBER = 'DOUBLE'

const textTypes: readonly TextType[] = [
  {
    type: 'BIGINT',
    pattern: /^(?:0|-?[1-9]\d{0,17})$/,
    fits: (value) =>
      `(${readsBack('BIGINT')(value)} AND TRY_CAST(${value} AS BIGINT) BETWEEN -${INTEGER_MAX} AND ${INTEGER_MAX})`,
  },
  { type: 'DATE', pattern: /^\d{4}-\d\d-\d\d$/, fits: readsBack('DATE') },
  {
    type: 'TIMESTAMP',
    pattern: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
    fits: readsBack('TIMESTAMP'),
  },
  { type: 'TIME', pattern: /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/, fits: readsBack('TIME') },
  { type: 'BOOLEAN', pattern: /^(?:true|false)$/, fits: (value) => `${value} IN ('true', 'false')` },
  // All with the same number of decimals, as databases write them.
  ...Array.from({ length: DECIMALS_MAX }, (_, index) => {
    const type = `DECIMAL(18,${index + 1})`
    return { type, pattern: new RegExp(`^-?\\d{1,17}\\.\\d{${index + 1}}$`), fits: readsBack(type) }
  }),
  { type: NUMBER, pattern: /^-?\d{1,10}(?:\.\d{1,9})?$/, fits: isPlainNumber },
]

/** Whether a number has no zero that could be left out, so that different texts are different numbers. */
function isPlainNumber(value: string): string {
  const number = `TRY_CAST(${value} AS DOUBLE)`
  const isWritten = `CAST(${number} AS VARCHAR) IN (${value}, ${value} || '.0')`
  return `coalesce(${isWritten} AND isfinite(${number}) AND ${value} NOT LIKE '%.0' AND ${value} <> '-0', ${value} IS NULL)`
}

/** What the values of a column have been found to be, in one source or in several. */
export interface ColumnFacts {
  readonly hasValues: boolean
  /** Types that all values fit. */
  readonly types: readonly string[]
}

/** Facts of a column without values. */
export const noFacts: ColumnFacts = Object.freeze({
  hasValues: false,
  types: Object.freeze(textTypes.map(({ type }) => type)),
})

/** Facts about the values of two columns together. */
export function bothFacts(one: ColumnFacts, other: ColumnFacts): ColumnFacts {
  return {
    hasValues: one.hasValues || other.hasValues,
    types: one.types.filter((type) => other.types.includes(type)),
  }
}

/** The type of a column of texts: the bare NULL, which compares with anything, where there is no value. */
export function typeOf({ hasValues, types }: ColumnFacts): string {
  return hasValues ? (types.find((type) => type !== NUMBER) ?? 'VARCHAR') : NO_TYPE
}

/** The same where numbers are needed: they may be written in different lengths, though a DOUBLE would be written differently. */
export function numberTypeOf({ hasValues, types }: ColumnFacts): string {
  return hasValues ? (types[0] ?? 'VARCHAR') : NO_TYPE
}

export const NO_TYPE = '"NULL"'

/** Of `types`, those that some values may fit, judged by how they look. */
export function typesLike(values: readonly (string | null)[], types: readonly string[]): string[] {
  return textTypes
    .filter(({ type }) => types.includes(type))
    .filter(({ pattern }) => values.every((value) => value === null || pattern.test(value)))
    .map(({ type }) => type)
}

/** Of `types`, those that give each text its place in their order: 7.4 is no whole number. Those that cannot read a text stay. */
export async function typesOfPlaces(
  session: Session,
  texts: readonly string[],
  types: readonly string[],
): Promise<string[]> {
  const tests = types.map((type) => `bool_and(coalesce(${keepsPlace(type, 'v')}, true))`)
  if (tests.length === 0) return []
  const [row = []] = await session.run(`SELECT ${tests.join(', ')} FROM unnest(${literals(texts)}) AS t(v)`)
  return types.filter((_, index) => row[index] === true)
}

/** SQL for whether a text has the same place among values of a type as it has by itself; NULL where it is no such value. */
function keepsPlace(type: string, value: string): string {
  const wide = /INT|^DECIMAL/.test(type) ? 'DECIMAL(38,10)' : type === 'DATE' ? 'TIMESTAMP' : type
  return `CAST(TRY_CAST(${value} AS ${type}) AS ${wide}) = TRY_CAST(${value} AS ${wide})`
}

/** SQL for whether a text is written as values of a type are, and for whether it has a place among them, whatever its spelling. */
export function findingTests(
  type: string,
  value: string,
): { readonly isWritten: string; readonly hasPlace: string } {
  const { fits } = textTypes.find((textType) => textType.type === type) ?? { fits: readsBack(type) }
  // The letters of truth values have their order.
  const hasPlace = type === 'BOOLEAN' ? 'false' : `coalesce(${keepsPlace(type, value)}, false)`
  return { isWritten: fits(value), hasPlace }
}

/** Columns examined by one statement. */
const COLUMNS_AT_ONCE = 200

/**
 * Reads all rows, counts them and finds which of the `candidates` fit all values of each column, given as SQL for its text. Null where
 * readings do not find the same number.
 */
export async function findFacts(
  session: Session,
  from: string,
  columns: readonly { readonly value: string; readonly candidates: readonly string[] }[],
): Promise<{ readonly rows: number; readonly facts: readonly ColumnFacts[] } | null> {
  const facts: ColumnFacts[] = []
  let rows: number | null = null
  do {
    const some = columns.slice(facts.length, facts.length + COLUMNS_AT_ONCE)
    const tests = ['count(*)', ...some.flatMap(testsOf)].join(', ')
    const [row = []] = await session.run(`SELECT ${tests} FROM ${from}`)
    const found = Number(row[0])
    if (found !== (rows ?? found)) return null
    rows = found
    let at = 1
    for (const { candidates } of some) {
      const fits = row.slice(at + 1, at + 1 + candidates.length)
      facts.push({
        hasValues: Number(row[at]) > 0,
        types: candidates.filter((_, index) => fits[index] !== false),
      })
      at += 1 + candidates.length
    }
  } while (facts.length < columns.length)
  return { rows, facts }
}

function testsOf({ value, candidates }: { readonly value: string; readonly candidates: readonly string[] }) {
  const fits = candidates.map((type) => textTypes.find((textType) => textType.type === type)?.fits(value))
  return [`count(${value})`, ...fits.map((test) => `bool_and(${test})`)]
}
