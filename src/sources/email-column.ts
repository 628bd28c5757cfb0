import { isDataName, maskAddresses } from '../members/mask-rows.ts'
import { foldName } from '../base/column-name.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'

const NAMES_SHOWN_MAX = 10
const NAME_CHARS_MAX = 40

export function isEmailName(name: string, wanted: string): boolean {
  return foldName(name) === foldName(wanted)
}

/** The one column called `wanted`, in any capitals, or null when there is none or more than one. */
export function emailIndexIn(columns: readonly string[], wanted: string): number | null {
  const found = indexesOf(columns, wanted)
  return found.length === 1 ? (found[0] ?? null) : null
}

/**
 * Index of the one column called `wanted`, in any capitals. `subject` names the source in the error, such as `customers.csv` or
 * `The query's result`.
 *
 * Throws `missing_email_column` that names the columns there are; never a name that may be an address.
 */
export function findEmailColumn(columns: readonly string[], wanted: string, subject: string): number {
  const found = indexesOf(columns, wanted)
  const [index] = found
  if (index !== undefined && found.length === 1) return index
  throw missingEmailColumn(
    wanted,
    `${subject} ${found.length > 1 ? several(found.length, wanted) : none(columns, wanted)}`,
  )
}

/**
 * The error itself, for sources that find out in their own way. `detail` is one or more sentences. An address that was given for the
 * name of a column, or that is the name of one, is masked: it goes to logs and to people who may not see addresses.
 */
export function missingEmailColumn(wanted: string, detail: string): RollcallError {
  return new RollcallError('missing_email_column', {
    detail: maskAddresses(detail),
    column: maskAddresses(wanted),
  })
}

function several(count: number, wanted: string): string {
  return `has ${count} columns named "${wanted}", so it is unclear which one holds the addresses. Rename or remove one of them.`
}

function none(columns: readonly string[], wanted: string): string {
  if (columns.some(isDataName)) {
    return `has no header line: its first line holds data. Add a header line with "${wanted}" above it.`
  }
  const near = columns.length === 1 ? null : nearColumn(columns, wanted)
  const hint = near === null ? '' : ` Did you mean "${near}"?`
  return `has no column "${wanted}". It has ${listed(columns)}.${hint}`
}

/** Whether the first line of a file holds data where names should be. */
export function isFirstRow(columns: readonly string[], wanted: string): boolean {
  return columns.some(isDataName) && !columns.some((name) => isEmailName(name, wanted))
}

function listed(columns: readonly string[]): string {
  const names = columns.filter((name) => name.trim() !== '')
  if (names.length === 0) return 'no named columns'
  const shown = names.slice(0, NAMES_SHOWN_MAX).map(short).join(', ')
  const more = names.length - NAMES_SHOWN_MAX
  return `${names.length === 1 ? 'only ' : ''}${shown}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`
}

/** A name in quotation marks, as it may stand in a message: in one line, cut, and no address. */
export function shownName(name: string): string {
  return short(maskAddresses(name))
}

function short(name: string): string {
  // eslint-disable-next-line no-control-regex -- a name goes to a terminal
  const clean = name.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  return `"${clean.length > NAME_CHARS_MAX ? `${clean.slice(0, NAME_CHARS_MAX)}…` : clean}"`
}

/** The column that was probably meant: the same letters, then one that speaks of e-mail, then a slip of the keys. */
function nearColumn(columns: readonly string[], wanted: string): string | null {
  const bare = columns.map((name) => letters(name))
  const same = bare.indexOf(letters(wanted))
  if (same >= 0) return columns[same] ?? null
  const holding = bare.findIndex((name) => name.includes(letters(wanted)) || name.includes('email'))
  if (holding >= 0) return columns[holding] ?? null
  return nearestName(
    wanted,
    columns.filter((name) => name !== '' && name.length <= NAME_CHARS_MAX),
  )
}

function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}

function indexesOf(columns: readonly string[], wanted: string): number[] {
  return columns.flatMap((name, index) => (isEmailName(name, wanted) ? [index] : []))
}
