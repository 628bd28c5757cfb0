import { RollcallError } from '../../../base/rollcall-error.ts'
import type { Order } from './query-flow.ts'
import { ofTheText } from './errors.ts'
import type { Session } from './session.ts'
import { identifier, literal } from './sql.ts'

/** A column of texts that the query compares with a text. */
export interface Comparison {
  readonly column: string
  readonly operator: Order
  readonly text: string
}

const NUMBER = /^\s*[-+]?\d+(?:[.,]\d+)?\s*$/
const ISO_DATE = /^\d{4}-\d{1,2}-\d{1,2}(?:[ T][\d:.,+Z -]*)?$/
const OTHER_DATE = /^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./]\d{1,2}[./]\d{1,2})(?: [\d:., ]*)?$/

/** Forms of dates in the order in which they are tried. */
const DATE_FORMS = ['%d.%m.%Y', '%d/%m/%Y', '%m/%d/%Y', '%d-%m-%Y', '%m-%d-%Y', '%Y/%m/%d'].flatMap(
  (date) => [date, `${date} %H:%M`, `${date} %H:%M:%S`],
)

/**
 * Refuses a query that wants numbers or dates in their order from a column of texts whose letters have another one: which rows match
 * would depend on how other rows are written. Error: `query_failed`.
 */
export async function checkOrder(session: Session, comparison: Comparison): Promise<void> {
  if (!hasPlace(comparison.text)) return
  if (await holds(session, comparison.column, `bool_or(${isWrong(comparison)})`))
    throw await refusal(session, comparison)
}

/** Whether a text is a number or a date, which have another order than letters have. */
function hasPlace(text: string): boolean {
  return NUMBER.test(text) || ISO_DATE.test(text) || OTHER_DATE.test(text)
}

const asNumber = (value: string) => {
  const number = `TRY_CAST(${value} AS DOUBLE)`
  return `CASE WHEN isfinite(${number}) THEN ${number} END`
}

/** SQL for whether a value `v` has no place in the order that the query means, or another one by its letters. */
function isWrong({ operator, text }: Comparison): string {
  const wanted = literal(text)
  // An empty text comes first, and so is never found among what is larger.
  const isBlankFound = operator.startsWith('<') ? "v = ''" : 'false'
  if (NUMBER.test(text) && !text.includes(',')) {
    const byNumber = `coalesce(${asNumber('v')} ${operator} ${asNumber(wanted)}, false)`
    return `v <> '' AND ${asNumber('v')} IS NULL OR (v ${operator} ${wanted}) <> ${byNumber}`
  }
  const form = /^\d{4}-\d\d-\d\d(?:$|([ T]))/.exec(text)
  if (form === null) return "v <> ''"
  const isAlike = `regexp_full_match(v, '(?s)\\d{4}-\\d\\d-\\d\\d(?:[${form[1] ?? ' T'}].*)?')`
  return `v <> '' AND NOT ${isAlike} OR ${isBlankFound}`
}

/** Whether a test of all values `v` of a column is true. */
async function holds(session: Session, column: string, test: string): Promise<boolean> {
  const [row] = await session.run(`SELECT ${test} FROM (${valuesSql(column)}) WHERE v IS NOT NULL`)
  return row?.[0] === true
}

/** SQL for all values of a column as texts `v`. */
export function valuesSql(column: string): string {
  return `SELECT CAST(${identifier(column)} AS VARCHAR) AS v FROM input`
}

/** A column as SQL; where a file has no names, they may be addresses. */
export function nameOfColumn(column: string): string {
  return ofTheText(identifier(column))
}

async function refusal(session: Session, comparison: Comparison): Promise<RollcallError> {
  const { operator, text } = comparison
  const name = nameOfColumn(comparison.column)
  const asked = `${operator} ${literal(text)}`
  const [kind, why, better] = NUMBER.test(text)
    ? ['number', 'plain numbers', await numberSql(session, comparison, name)]
    : ['date', 'dates like 2024-01-31', await dateSql(session, comparison, name)]
  const detail = `The query is refused. Column ${name} is text: not all its values are ${why}, or the query also uses it as text. So ${name} ${asked} would compare text, not ${kind}s. Write ${better} instead; rows without a ${kind} then do not match. To compare as text, write CAST(${name} AS VARCHAR) ${asked}.`
  return new RollcallError('query_failed', { detail })
}

async function numberSql(
  session: Session,
  { column, operator, text }: Comparison,
  name: string,
): Promise<string> {
  const value = await numberValue(session, column, name)
  return `${value} ${operator} ${text.trim().replace(',', '.')}`
}

async function dateSql(
  session: Session,
  { column, operator, text }: Comparison,
  name: string,
): Promise<string> {
  const [read, other] = await dateValue(session, column, name)
  const type = ISO_DATE.test(text) && text.length > 10 ? 'TIMESTAMP' : 'DATE'
  const better = `${read} ${operator} ${type} ${literal(ISO_DATE.test(text) ? text : (isoOf(text) ?? '2024-01-31'))}`
  return other === undefined ? better : `${better} (or '${other}', if its dates have that form)`
}

/** "31/12/2023" in the form of ISO; null for what is no date, or may be read as two. */
function isoOf(text: string): string | null {
  const [, first = '', separator, second = '', year = ''] =
    /^\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4})\s*$/.exec(text) ?? []
  const isDayFirst = separator === '.' || Number(first) > 12
  if (separator === undefined || (!isDayFirst && Number(second) <= 12)) return null
  const [day, month] = isDayFirst ? [first, second] : [second, first]
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return new Date(`${iso}T00:00:00Z`).toJSON()?.startsWith(iso) ? iso : null
}

/** A pattern of numbers with a decimal comma. */
export const COMMA_NUMBER = String.raw`[-+]?\d+,\d+`

/** SQL for the numbers of a column. Where some have a decimal comma, a bare conversion would make NULL of them. */
export async function numberValue(session: Session, column: string, name: string): Promise<string> {
  const hasComma = await holds(session, column, `bool_or(regexp_full_match(v, '${COMMA_NUMBER}'))`)
  return `TRY_CAST(${hasComma ? `replace(${name}, ',', '.')` : name} AS DOUBLE)`
}

/** SQL for the dates of a column, and another form that all of them have as well. */
export async function dateValue(
  session: Session,
  column: string,
  name: string,
): Promise<[sql: string, otherForm?: string | undefined]> {
  const forms: string[] = []
  for (const form of DATE_FORMS) {
    const isOther = `bool_or(v <> '' AND try_strptime(v, '${form}') IS NULL)`
    if (!(await holds(session, column, isOther))) forms.push(form)
  }
  const [form, other] = forms
  if (form === undefined) return [`TRY_CAST(${name} AS TIMESTAMP)`]
  return [`try_strptime(${name}, '${form}')`, other]
}
