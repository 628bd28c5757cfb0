import { RollcallError } from '../../base/rollcall-error.ts'
import { sqlName } from './columns-named.ts'
import type { Order, OrderedTexts } from './compared-texts.ts'
import { ofTheText } from './errors.ts'
import type { Part } from './input-parts.ts'
import type { Session } from './session.ts'
import { identifier, literal } from './sql.ts'

/** A column that the query compares with a text that looks like a number or a date. */
interface Comparison {
  readonly key: string
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
 * would depend on how other rows are written. Columns of texts have no entry in `types` but VARCHAR. Error: `query_failed`.
 */
export async function checkOrder(
  session: Session,
  parts: readonly Part[],
  types: ReadonlyMap<string, string>,
  orderedTexts: readonly OrderedTexts[],
): Promise<void> {
  const comparisons = orderedTexts.flatMap(({ names, operator, texts }) =>
    names
      .filter((key) => types.get(key) === 'VARCHAR')
      .flatMap((key) => texts.filter(hasPlace).map((text) => ({ key, operator, text }))),
  )
  for (const comparison of comparisons)
    if (await holds(session, parts, comparison.key, `bool_or(${isWrong(comparison)})`))
      throw await refusal(session, parts, comparison)
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

/** Whether a test of all values `v` of a column is true for one of the parts. */
async function holds(session: Session, parts: readonly Part[], key: string, test: string): Promise<boolean> {
  for (const { from, columns } of parts) {
    const column = columns.find(({ name }) => sqlName(name) === key)
    if (column === undefined) continue
    const values = `SELECT CAST(${column.value} AS VARCHAR) AS v FROM ${from}`
    const [row] = await session.run(`SELECT ${test} FROM (${values}) WHERE v IS NOT NULL`)
    if (row?.[0] === true) return true
  }
  return false
}

async function refusal(
  session: Session,
  parts: readonly Part[],
  comparison: Comparison,
): Promise<RollcallError> {
  const { operator, text } = comparison
  const column = parts.flatMap(({ columns }) => columns).find(({ name }) => sqlName(name) === comparison.key)
  // Where a file has no names, they may be addresses.
  const name = ofTheText(identifier(column?.name ?? comparison.key))
  const asked = `${operator} ${literal(text)}`
  const [kind, why, better] = NUMBER.test(text)
    ? ['number', 'plain numbers', await numberSql(session, parts, comparison, name)]
    : ['date', 'dates like 2024-01-31', await dateSql(session, parts, comparison, name)]
  const detail = `The query is refused. Column ${name} is text: not all of its values are ${why}, or the query also uses it as text. So ${name} ${asked} would compare letters, not ${kind}s. Write ${better} instead; rows without a ${kind} then do not match. To compare letters, write CAST(${name} AS VARCHAR) ${asked}.`
  return new RollcallError('query_failed', { detail })
}

/** Where some numbers have a decimal comma, a bare conversion would make NULL of them. */
async function numberSql(
  session: Session,
  parts: readonly Part[],
  { key, operator, text }: Comparison,
  name: string,
): Promise<string> {
  const hasComma = await holds(session, parts, key, `bool_or(${isCommaNumber('v')})`)
  const value = hasComma ? `replace(${name}, ',', '.')` : name
  return `TRY_CAST(${value} AS DOUBLE) ${operator} ${text.trim().replace(',', '.')}`
}

async function dateSql(
  session: Session,
  parts: readonly Part[],
  { key, operator, text }: Comparison,
  name: string,
): Promise<string> {
  const [form, other] = await dateForms(session, parts, key)
  const read = form === undefined ? `TRY_CAST(${name} AS TIMESTAMP)` : `try_strptime(${name}, '${form}')`
  const type = ISO_DATE.test(text) && text.length > 10 ? 'TIMESTAMP' : 'DATE'
  const better = `${read} ${operator} ${type} ${literal(ISO_DATE.test(text) ? text : '2024-01-31')}`
  return other === undefined ? better : `${better} (or with '${other}', if its dates are written so)`
}

/** The forms that all values have. */
async function dateForms(session: Session, parts: readonly Part[], key: string): Promise<string[]> {
  const forms: string[] = []
  for (const form of DATE_FORMS) {
    const isOther = `bool_or(v <> '' AND try_strptime(v, '${form}') IS NULL)`
    if (!(await holds(session, parts, key, isOther))) forms.push(form)
  }
  return forms
}

/** SQL for whether a text is a number with a decimal comma. */
function isCommaNumber(value: string): string {
  return String.raw`regexp_full_match(${value}, '[-+]?\d+,\d+')`
}
