import { RollcallError } from '../../../../base/rollcall-error.ts'
import { findingTests } from '../column-types.ts'
import { ofTheText } from '../errors.ts'
import type { InputColumn } from '../input-view.ts'
import type { Session } from '../session.ts'
import { identifier, literal } from '../sql.ts'
import { sqlOf } from './bound-types.ts'
import type { BoundType } from './bound-types.ts'
import type { Findings, ReadText } from './findings.ts'
import { sourcesOf } from './origins.ts'
import type { Origin } from './origins.ts'

/** Why a query is refused with the types that its columns have, and the columns that may be texts instead. */
export interface Refusal {
  readonly error: RollcallError
  readonly asTexts: readonly InputColumn[]
}

/** What is wrong with a query by what it does with texts, whatever its rows hold; null for nothing. */
export async function refusalOf(
  session: Session,
  findings: Findings,
  columns: readonly InputColumn[],
): Promise<Refusal | null> {
  const columnsOf = (...origins: readonly Origin[]) =>
    [...sourcesOf(origins)].flatMap((place) => columns[place] ?? [])
  const asTexts = (...origins: readonly Origin[]) =>
    columnsOf(...origins).filter(({ isSpelled, type }) => isSpelled && type !== 'VARCHAR')
  const text = await wrongText(session, findings.readTexts, columns)
  if (text !== null)
    return { error: refused(ofText(text, columnsOf(text.beside))), asTexts: asTexts(text.beside) }
  const [read] = findings.read
  if (read !== undefined)
    return {
      error: refused(ofRead(columnsOf(read.from), read.type)),
      asTexts: asTexts(read.from, read.beside),
    }
  if (findings.written.length > 0) return { error: refused(OF_WRITTEN), asTexts: [] }
  const [unlike] = findings.unlike
  if (unlike !== undefined) return { error: refused(OF_UNLIKE), asTexts: asTexts(unlike) }
  const [rewritten] = findings.rewritten
  if (rewritten !== undefined)
    return { error: refused(ofRewritten(columnsOf(rewritten))), asTexts: asTexts(rewritten) }
  const [computed] = findings.computed
  if (computed !== undefined) return { error: refused(OF_COMPUTED), asTexts: [] }
  if (findings.rounded.some(({ sides }) => sides.length === 0)) return { error: roundedError(), asTexts: [] }
  return null
}

/** The first text of the query that is not written as the type is as which the engine would read it. */
async function wrongText(
  session: Session,
  texts: readonly ReadText[],
  columns: readonly InputColumn[],
): Promise<ReadText | null> {
  if (texts.length === 0) return null
  const tests = texts.map((read) => {
    const type = sqlOf(read.type)
    if (type === null) return 'false'
    const { isWritten, hasPlace } = findingTests(type, literal(read.text))
    // What is computed has a value and no spelling, and so has Parquet.
    const { sources, columns: places } = read.beside
    const hasNoSpelling =
      sources.size > 0 && [...places].every((place) => columns[place]?.isSpelled === false)
    return read.isPlace || hasNoSpelling ? `(${isWritten} OR ${hasPlace})` : isWritten
  })
  const [row = []] = await session.run(`SELECT ${tests.join(', ')}`)
  return texts.find((_, index) => row[index] !== true) ?? null
}

function ofText({ text, type }: ReadText, beside: readonly InputColumn[]): string {
  const name = nameOf(beside)
  return `The text ${ofTheText(literal(text))} would be read as ${wordOf(type)}, but it does not have that form. To compare numbers, write the number without quotation marks and convert text with ${numbersOf(name)}. To compare texts, write CAST(${name} AS VARCHAR) and put the text in quotation marks.`
}

function ofRead(sources: readonly InputColumn[], type: BoundType): string {
  const texts = sources.filter((column) => column.type === 'VARCHAR')
  const [only] = sources
  if (texts.length === 0 && only !== undefined)
    return `Column ${nameOf(sources)} has the type ${only.type} and would be read as ${wordOf(type)}. Write CAST(${nameOf(sources)} AS ${wordOf(type)}) if you mean that.`
  const name = nameOf(texts)
  const why =
    texts[0]?.isOpen === true
      ? ': its values do not all have the same form (whole numbers, decimals, ISO dates, or true and false), or the query also uses it as text'
      : ''
  const what = texts.length === 1 ? `Column ${name} is text${why}. It` : 'A text'
  const orText =
    wordOf(type) === 'BOOLEAN' ? ` If it is a condition, write something like ${name} = 'yes'.` : ''
  return `${what} would be read as ${wordOf(type)}. Convert it, for example with ${numbersOf(name)}, or TRY_CAST(${name} AS DATE). For decimal commas, use TRY_CAST(replace(${name}, ',', '.') AS DOUBLE). To compare texts, write CAST(${name} AS VARCHAR) and put the text in quotation marks.${orText}`
}

function ofRewritten(sources: readonly InputColumn[]): string {
  const name = nameOf(sources)
  return `It uses ${sources.length === 1 ? `column ${name}` : 'a column'} both as text and as numbers or dates. As text, its values could differ from the file, such as 1.0 for 1. Write TRY_CAST(${name} AS DOUBLE) where you mean a number.`
}

const OF_WRITTEN =
  'It would compare a number, a date or a true/false value as text. To compare numbers, write TRY_CAST(column AS DOUBLE) for the text column, or TRY_CAST(column AS DECIMAL(38, 6)) for numbers of more than 15 digits. To compare texts, write CAST(column AS VARCHAR) for the other column, and put numbers in quotation marks.'

const OF_UNLIKE =
  'It compares columns whose values have different forms, such as 7 and 7.00. To compare numbers, write CAST(column AS DOUBLE) for both, or CAST(column AS DECIMAL(38, 6)) for numbers of more than 15 digits. To compare texts, write CAST(column AS VARCHAR) for both.'

const OF_COMPUTED =
  'It sorts computed text. As text, numbers and dates sort differently: 9 comes after 10. To sort by number or date, put TRY_CAST(… AS DOUBLE) or TRY_CAST(… AS DATE) around the text. To sort as text, put CAST(… AS VARCHAR) around it.'

/** Why a query is refused that would compare rounded numbers. */
export function roundedError(): RollcallError {
  return refused(
    'It would compare rounded numbers, because one side is FLOAT or DOUBLE: 9007199254740993 would equal 9007199254740992. To compare all digits, put TRY_CAST(… AS DECIMAL(38, 6)) around each side that is FLOAT, DOUBLE or text, and write numbers without an exponent. To compare rounded numbers, write CAST(… AS DOUBLE) around both sides.',
  )
}

function nameOf(columns: readonly InputColumn[]): string {
  const [only] = columns
  return only !== undefined && columns.length === 1 ? ofTheText(identifier(only.name)) : 'column'
}

/** DOUBLE rounds what has more digits. */
function numbersOf(name: string): string {
  return `TRY_CAST(${name} AS DOUBLE) (for more than 15 digits, TRY_CAST(${name} AS DECIMAL(38, 6)))`
}

function wordOf({ id }: BoundType): string {
  return String(id).replace('_LITERAL', '')
}

function refused(why: string): RollcallError {
  return new RollcallError('query_failed', { detail: `The query is refused. ${why}` })
}
