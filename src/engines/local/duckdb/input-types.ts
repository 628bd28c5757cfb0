import { NO_TYPE, NUMBER, numberTypeOf, typeOf, typesOfPlaces } from './column-types.ts'
import type { ColumnFacts } from './column-types.ts'
import { sqlName } from '../../../base/column-name.ts'
import { isEmailName } from '../../../sources/email-column.ts'
import type { OrderedColumns } from './columns-ordered.ts'
import type { InputRows } from './input-rows.ts'
import { ANY_COLUMN } from './query-flow.ts'
import type { Session } from './session.ts'
import { widerType } from './wider-types.ts'

/** How a column is typed that could be typed in more than one way. */
export interface ColumnTyping {
  /** Numbers that are written in different lengths, such as 50 and 150.5, are numbers, not texts. */
  readonly areNumbers: boolean
  /** So are whole numbers, where a number beside them is not whole. */
  readonly areWide: boolean
  /** Columns that are texts whatever their values are, in lower case; null for all. Columns of Parquet keep their types. */
  readonly texts: ReadonlySet<string> | null
}

export interface ColumnType {
  /** Whether the type is that of Parquet files, whose values have no spelling. */
  readonly isStored: boolean
  readonly of: (typing: ColumnTyping) => string
}

/** The types of all columns by their names in lower case. */
export async function inputTypes(
  session: Session,
  { parts, facts }: InputRows,
  emailColumn: string,
  options: OrderedColumns,
): Promise<ReadonlyMap<string, ColumnType>> {
  const found = new Map<string, { hasText: boolean; readonly stored: StoredColumn[] }>()
  for (const { from, columns } of parts)
    for (const { name, value, type } of columns) {
      const key = sqlName(name)
      const column = found.get(key) ?? { hasText: false, stored: [] }
      found.set(key, column)
      if (type === null) column.hasText = true
      else column.stored.push({ from, value, type })
    }
  const texts = new Map(
    [...found].flatMap(([key, { hasText }]) =>
      hasText ? [[key, (isEmailName(key, emailColumn) ? undefined : facts.get(key)) ?? ONLY_TEXT]] : [],
    ),
  )
  const types = new Map<string, ColumnType>()
  for (const [key, { stored }] of found) {
    const known = texts.get(key)
    if (stored.length > 0) {
      const text = known === undefined ? [] : [typeOf(await asUsed(session, key, known, options))]
      const type = await commonType(session, stored, text)
      types.set(key, { isStored: true, of: () => type })
    } else if (known !== undefined) {
      const alone = await asUsed(session, key, known, options)
      const isOrdered = options.ordered.has(key) || options.ordered.has(ANY_COLUMN)
      types.set(key, typeFor(key, alone, isOrdered))
    }
  }
  return types
}

/** Of a column that is text in any case. */
const ONLY_TEXT: ColumnFacts = Object.freeze({ hasValues: true, types: [] })

function typeFor(key: string, facts: ColumnFacts, isOrdered: boolean): ColumnType {
  return {
    isStored: false,
    of: ({ areNumbers, areWide, texts }) => {
      if (facts.hasValues && (texts === null || texts.has(key))) return 'VARCHAR'
      if (areWide && facts.hasValues && facts.types.includes(NUMBER)) return NUMBER
      return isOrdered || areNumbers ? numberTypeOf(facts) : typeOf(facts)
    },
  }
}

/** A text that stands for a place in the order of a column keeps that place. */
async function asUsed(
  session: Session,
  key: string,
  facts: ColumnFacts,
  { orderedTexts, spelled }: OrderedColumns,
): Promise<ColumnFacts> {
  const places = orderedTexts.flatMap(({ names, texts }) => (names.includes(key) ? texts : []))
  const types = places.length === 0 ? facts.types : await typesOfPlaces(session, places, facts.types)
  // It would be written as 1.0 where the file has 1.
  const isSpelled = spelled.has(key) || spelled.has(ANY_COLUMN)
  return { ...facts, types: isSpelled ? types.filter((type) => type !== NUMBER) : types }
}

interface StoredColumn {
  readonly from: string
  readonly value: string
  readonly type: string
}

/**
 * The type of a column that Parquet files hold, and others as texts of a type. Where they do not agree, it is the narrowest that keeps
 * every value, such as BIGINT for INTEGER and BIGINT; texts, where there is none.
 */
async function commonType(
  session: Session,
  stored: readonly StoredColumn[],
  texts: readonly string[],
): Promise<string> {
  const types = new Set([...stored.map(({ type }) => type), ...texts])
  types.delete(NO_TYPE)
  if (types.size > 1) for (const type of await withoutValues(session, stored)) types.delete(type)
  const [only = NO_TYPE] = types
  if (types.size <= 1) return only
  const wider = widerType([...types])
  if (wider === null) return 'VARCHAR'
  const isKept =
    wider.isSure || (texts.every((type) => type === NO_TYPE) && (await areKept(session, stored, wider.type)))
  return isKept ? wider.type : 'VARCHAR'
}

/** Whether all stored values stay the same as values of another type. */
async function areKept(session: Session, stored: readonly StoredColumn[], wider: string): Promise<boolean> {
  for (const { from, value, type } of stored) {
    const back = `TRY_CAST(TRY_CAST(${value} AS ${wider}) AS ${type})`
    const [row] = await session.run(`SELECT bool_and(${back} IS NOT DISTINCT FROM ${value}) FROM ${from}`)
    if (row?.[0] === false) return false
  }
  return true
}

/** Types of Parquet that stand for no value at all in any file. */
async function withoutValues(session: Session, stored: readonly StoredColumn[]): Promise<string[]> {
  const counts = new Map<string, number>()
  for (const { from, value, type } of stored) {
    const [row] = await session.run(`SELECT count(${value}) FROM ${from}`)
    counts.set(type, (counts.get(type) ?? 0) + Number(row?.[0]))
  }
  return [...counts].flatMap(([type, count]) => (count === 0 ? [type] : []))
}
