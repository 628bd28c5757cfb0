import { maskAddresses } from '../../audience/mask-rows.ts'
import { RollcallError } from '../../base/rollcall-error.ts'

/** Kinds of message that speak of the query's own text and of names, never of the rows. */
const OF_THE_TEXT = /^(?:Parser|Binder|Catalog|Syntax|Permission) Error: /
const CHARS_MAX = 300
const HIDDEN = '(its text may quote rows and is not shown).'

/** Whether an error is of what was read, or may be, rather than of the query's text or a value that cannot be converted. */
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
  const [line = ''] = error.message.split('\n')
  if (/No space left on device/i.test(error.message))
    return new RollcallError('disk_full', { detail: 'the folder for temporary files' }, { cause: error })
  return new RollcallError('query_failed', { detail: `${subject}: ${reduced(line)}` }, { cause: error })
}

const AS_TEXT =
  "A column is text when its values are not all written alike as whole numbers, decimals, ISO dates or true and false: convert it, for example with TRY_CAST(column AS DOUBLE), or with TRY_CAST(replace(column, ',', '.') AS DOUBLE) where it has decimal commas."

/** A title of one cell may be a name for all that a query tells, so that its file is read by it. */
const BELOW_A_TITLE = 'If a CSV file has other text above its column names, delete the lines above the names.'

/** The type of a conversion. Only the names of types are looked for, since the message quotes the value before it. */
const TARGET =
  /(?:to|into|in) (?:type )?(U?(?:TINY|SMALL|BIG|HUGE)?INT(?:\d+|EGER)?|FLOAT|DOUBLE|DECIMAL|BOOL(?:EAN)?|DATE|TIME(?:STAMP)?|INTERVAL|UUID|BLOB|STRING)\b/

function reduced(message: string): string {
  if (/^Binder Error: Referenced column .* not found/.test(message))
    return `${ofTheText(message)} ${BELOW_A_TITLE}`
  if (/^Binder Error: .*explicit (?:type )?casts?/.test(message)) return `${ofTheText(message)} ${AS_TEXT}`
  if (OF_THE_TEXT.test(message)) return ofTheText(message)
  if (message.startsWith('Out of Memory Error'))
    return 'it needed more memory than it may have (limits rowsMemoryBytesMax and queryMemoryBytesMax).'
  const target = TARGET.exec(message)?.[1]
  const kind = /^[A-Z][A-Za-z -]+ Error/.exec(message)?.[0] ?? 'Error'
  if (kind === 'Conversion Error' && target !== undefined)
    return `Conversion Error: a value cannot be read as ${target}.`
  return `${kind} ${HIDDEN}`
}

/** A message that may quote the query, which may hold an address. */
export function ofTheText(message: string): string {
  return maskAddresses(message).slice(0, CHARS_MAX)
}
