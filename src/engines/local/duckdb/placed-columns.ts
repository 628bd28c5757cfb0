import { RollcallError } from '../../../base/rollcall-error.ts'
import { COMMA_NUMBER, dateValue, nameOfColumn, numberValue, valuesSql } from './ordered-texts.ts'
import type { Session } from './session.ts'

/** Texts beside numbers or dates, without those that are alike, for each of these: with more of them, letters are meant. */
const OTHERS_MAX = 10

const OF_NUMBERS = String.raw`(regexp_full_match(v, '(?s)\s*${COMMA_NUMBER}|[-+]?\d{1,3}(?:[,.]\d{3})+(?:[,.]\d+)?\s*') OR coalesce(isfinite(TRY_CAST(v AS DOUBLE)), false))`
const OF_DATES = String.raw`regexp_full_match(v, '(?s)(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?:[ T].*)?')`
/** Texts whose letters have the order of their values. */
const PLAIN_NUMBER = String.raw`regexp_full_match(v, '\d+(?:\.\d+)?')`
const ISO_DATES = [' ', 'T'].map(
  (separator) => String.raw`regexp_full_match(v, '(?s)\d{4}-\d\d-\d\d(?:${separator}.*)?')`,
)

/**
 * Refuses a query that chooses rows by the order of a column of texts, where numbers or dates are among them and texts have another
 * order: one value such as `n/a` would change which rows are chosen. Error: `query_failed`.
 */
export async function checkPlaces(session: Session, column: string): Promise<void> {
  const before = "strlen(split_part(v, '.', 1))"
  const facts = [
    `count(*) FILTER (${OF_NUMBERS})`,
    `count(*) FILTER (${OF_DATES})`,
    `approx_count_distinct(v) FILTER (NOT ${OF_NUMBERS} AND NOT ${OF_DATES})`,
    `bool_and(${PLAIN_NUMBER}) AND min(${before}) = max(${before})`,
    ISO_DATES.map((isIso) => `bool_and(${isIso})`).join(' OR '),
  ]
  const [row = []] = await session.run(
    `SELECT ${facts.join(', ')} FROM (${valuesSql(column)}) WHERE v IS NOT NULL`,
  )
  const [numbers = 0, dates = 0, others = 0] = row.map(Number)
  const places = numbers + dates
  const isInOrder = row[3] === true || row[4] === true
  if (places === 0 || isInOrder || others > OTHERS_MAX * places) return
  throw await refusal(session, column, numbers >= dates)
}

async function refusal(session: Session, column: string, areNumbers: boolean): Promise<RollcallError> {
  const name = nameOfColumn(column)
  const [kind, why, order] = areNumbers
    ? ['number', 'plain numbers', 'text, where 9 comes after 10']
    : ['date', 'dates like 2024-01-31', 'text, not by date']
  const [better, other] = areNumbers
    ? [await numberValue(session, column, name)]
    : await dateValue(session, column, name)
  const ofOther = other === undefined ? '' : ` (or '${other}', if its dates have that form)`
  const detail = `The query is refused. Column ${name} is text: not all its values are ${why}, or the query also uses it as text. So the query would sort it as ${order}. Write ${better}${ofOther} instead of ${name}; values that are not ${kind}s then count as empty. To sort as text, write CAST(${name} AS VARCHAR).`
  return new RollcallError('query_failed', { detail })
}
