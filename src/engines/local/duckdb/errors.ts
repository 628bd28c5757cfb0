import { isDataName, maskAddresses } from '../../../members/mask-rows.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'

/** The engine's type of an error, such as "Out of Memory": its client gives it as the beginning of the message alone. */
function typeOf(error: unknown): string {
  return error instanceof Error ? (/^([A-Z][A-Za-z -]+) Error: /.exec(error.message)?.[1] ?? '') : ''
}

/** Where the engine writes to a disk. No row is quoted there, so that the words of the system are its own. */
const OF_WRITING: ReadonlySet<string> = new Set(['IO', 'TransactionContext', 'FATAL'])

function isDiskFull(error: unknown): boolean {
  return OF_WRITING.has(typeOf(error)) && /No space left on device/.test(String(error))
}

/** What rows can cause, and what a file does that is gone, of which another reader says more. */
const OF_ROWS: ReadonlySet<string> = new Set(['Invalid Input', 'Conversion', 'IO'])

/** Whether a scan failed at what it was to read, so that reading record by record may go on. All else is no matter of the rows. */
export function isOfRows(error: unknown): boolean {
  return OF_ROWS.has(typeOf(error)) && !isDiskFull(error)
}

/** Kinds of message that speak of the query's own text and of names, never of the rows. */
const OF_THE_TEXT = /^(?:Parser|Binder|Catalog|Syntax|Permission) Error: (.*)/
const CHARS_MAX = 300
const HIDDEN = '(its text may quote rows and is not shown).'

/**
 * Whether an error comes, or may come, from the data that was read, rather than from the query's text or a value that cannot be
 * converted.
 */
export function mayBeOfBytes(error: unknown): boolean {
  return (
    error instanceof RollcallError &&
    error.code === 'query_failed' &&
    String(error.data['detail']).endsWith(HIDDEN)
  )
}

/**
 * An error of the row engine as one of the catalogue. Messages about values quote them, so that only their kind is shown.
 * `subject` says what was being read.
 */
export function queryFailed(error: unknown, subject: string): unknown {
  if (error instanceof RollcallError || !(error instanceof Error)) return error
  if (isDiskFull(error))
    return new RollcallError('disk_full', { detail: 'the folder for temporary files' }, { cause: error })
  return new RollcallError(
    'query_failed',
    { detail: `${subject}: ${reduced(error.message)}` },
    { cause: error },
  )
}

const AS_TEXT =
  "A column counts as text unless all its values have the same form: whole numbers, decimals, ISO dates, or true and false. It also counts as text if the query uses it as text. To use numbers or dates, convert it, for example with TRY_CAST(column AS DOUBLE). For decimal commas, use TRY_CAST(replace(column, ',', '.') AS DOUBLE). To use its text, write CAST(column AS VARCHAR) and put the text in quotation marks."

/** A title of one cell may be a name for all that a query tells, so that its file is read by it. */
const BELOW_A_TITLE = 'If a CSV file has text above its column names, delete those lines.'

function reduced(message: string): string {
  const [, reason] = OF_THE_TEXT.exec(message) ?? []
  if (reason !== undefined) return reasonOf(reason, message)
  if (message.startsWith('Out of Memory Error'))
    return 'it needed more memory than its limits allow (rowsMemoryBytesMax and queryMemoryBytesMax).'
  if (message.startsWith('Invalid Input Error: Could not parse string '))
    return 'a text does not match the format given to strptime. Use try_strptime to skip such texts.'
  return ofConversion(message) ?? ofValues(message)
}

/** The engine's words for names, and ours. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^Referenced column "(.*)" not found in FROM clause!/,
    `column "$1" not found in the files. ${BELOW_A_TITLE}`,
  ],
  [/^Values list "(.*)" does not have a column named "(.*)"/, 'column "$2" not found in "$1".'],
  [/^Referenced table "(.*)" not found!/, 'table "$1" not found.'],
]

/** Names that are meant instead stand on the second line. */
function reasonOf(reason: string, message: string): string {
  const shown = ofTheText(reason)
  if (OF_TYPES.test(reason)) return `${ofTypes(shown)} ${AS_TEXT}`
  const [pattern = /^/, ours = ''] = REASONS.find(([words]) => words.test(shown)) ?? []
  const [, candidates = ''] = /\n(?:Candidate (?:bindings|tables): |Did you mean )(.*)/.exec(message) ?? []
  const names = [...candidates.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
  const open = names.filter((name) => !isDataName(name)).slice(0, CANDIDATES_MAX)
  const meant = open.length === 0 ? '' : ` Did you mean ${open.map((name) => `"${name}"`).join(' or ')}?`
  return `${shown.replace(pattern, ours)}${meant}`
}

const CANDIDATES_MAX = 3

/** What the engine says when a type does not fit. */
export const OF_TYPES = /explicit (?:type )?casts?|Cannot deduce template type/

/** Its words for a list of values, and for a number, are those of its own parts. */
function ofTypes(reason: string): string {
  return reason
    .replace(' in COALESCE operator', '')
    .replaceAll('INTEGER_LITERAL', 'INTEGER')
    .replace(/(?:an explicit cast is required)$/, '$&.')
}

const TYPES = new Map([
  ['BOOL', 'BOOLEAN'],
  ['INT8', 'TINYINT'],
  ['INT16', 'SMALLINT'],
  ['INT32', 'INTEGER'],
  ['INT64', 'BIGINT'],
  ['INT128', 'HUGEINT'],
  ...[
    'BOOLEAN',
    'DATE',
    'DECIMAL',
    'DOUBLE',
    'FLOAT',
    'INTEGER',
    'INTERVAL',
    'TIME',
    'TIMESTAMP',
    'UUID',
  ].map((type) => [type, type] as const),
])

/** The value stands in the message, and may hold any words: what is said of it comes last. */
function ofConversion(message: string): string | null {
  if (!message.startsWith('Conversion Error: ')) return null
  const [, kind] = /^Conversion Error: invalid (date|timestamp|time) field format/.exec(message) ?? []
  const [, name] = /^[\s\S]*(?:"|') to ([A-Z]+\d*)/.exec(message) ?? []
  const type = kind?.toUpperCase() ?? TYPES.get(name ?? '')
  if (type === undefined) return null
  const [, column = ''] =
    /^[\s\S]* when casting from source column ([^\n"']{1,60})\n\nLINE \d+: [^\n]*\n *\^$/.exec(message) ?? []
  if (column === '' || isDataName(column)) return `a value cannot be read as ${type}. ${TRY} TRY_CAST.`
  return `a value of column "${column}" cannot be read as ${type}. ${TRY} TRY_CAST("${column}" AS ${type}).`
}

const TRY = 'To skip such values, use'

/** Errors whose words quote values, by what went wrong. */
function ofValues(message: string): string {
  const kind = /^[A-Z][A-Za-z -]+ Error/.exec(message)?.[0] ?? 'Error'
  return `${KINDS.get(kind) ?? kind} ${HIDDEN}`
}

const KINDS = new Map([
  ['Conversion Error', 'a value cannot be converted'],
  ['Invalid Input Error', 'a function does not accept one of its values'],
  ['Out of Range Error', 'a result is out of range'],
])

/** A message that may quote the query, which may hold an address. */
export function ofTheText(message: string): string {
  return maskAddresses(message).slice(0, CHARS_MAX)
}
