import { RollcallError } from '../../base/rollcall-error.ts'
import { curlyQuoteProblem } from '../curly-quotes.ts'

/** Letters as PostgreSQL reads them: everything beyond ASCII is one. */
const LETTER = String.raw`A-Za-z_\u{80}-\u{10ffff}`
/** After a line end, a string goes on in the next quotes, and one with backslashes keeps them. */
const GOES_ON = String.raw`(?:[ \t\f\v]|--[^\n\r]*(?=[\n\r]))*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*`
const ESCAPED = String.raw`'(?:[^'\\]|\\[^]|'')*(?:'|$(?![^]))`

/**
 * One piece of SQL that is not to be looked into: a comment, a string (E'…' with backslashes, doubled quotes are two strings in a
 * row), a quoted name, or a dollar-quoted string. Block comments nest and are followed by hand.
 */
const OPAQUE = new RegExp(
  [
    String.raw`--[^\n\r]*`,
    `[eE]${ESCAPED}(?:${GOES_ON}${ESCAPED})*`,
    "'[^']*'?",
    '"[^"]*"?',
    String.raw`(\$(?:[${LETTER}][${LETTER}0-9]*)?\$)[^]*?(?:\1|$(?![^]))`,
  ].join('|'),
  'uy',
)

const READING = /^(?:select|with|values|table)\b/i

/**
 * The query without a trailing semicolon, ready to stand in parentheses (on lines of its own, since it may end in a comment).
 *
 * Throws `query_failed` for nothing, for several statements, for statements that do not read and for parentheses that do not
 * pair, so that the query cannot reach out of those it will stand in. The rest is for a clear message: what keeps a query from
 * writing is the read-only transaction, and what keeps it single is the extended protocol.
 */
export function singleQuery(sql: string): string {
  const { first, end, more, depth, parameter, unclosed } = outline(sql)
  // What is never closed would take in what is put around the query.
  if (unclosed !== null) throw refused(`${unclosed} is opened and never closed.`)
  if (first === null) throw refused('the query is empty.')
  const curly = curlyQuoteProblem(sql)
  if (curly !== null) throw refused(curly)
  if (parameter !== null)
    throw refused(`it has the parameter ${parameter}, which has no value. Write the value itself.`)
  if (more) throw refused('it has several statements. Write a single query.')
  if (!READING.test(sql.slice(first).replace(/^[(\s]+/, ''))) {
    throw refused(
      'Rollcall opens the database read-only. Begin the query with SELECT, WITH, VALUES or TABLE.',
    )
  }
  if (depth < 0) throw refused('a parenthesis is closed that was never opened.')
  if (depth > 0) throw refused('a parenthesis is opened and never closed.')
  return sql.slice(0, end)
}

interface Outline {
  /** Where the first word stands, comments left aside. */
  readonly first: number | null
  /** Where the first statement ends, its semicolon left out. */
  readonly end: number
  /** Something follows the semicolon. */
  readonly more: boolean
  /** The first parameter, such as `$1`. */
  readonly parameter: string | null
  /** A comment, string or quoted name that goes on to the end, in words. */
  readonly unclosed: string | null
  /** Parentheses that are still open at the end; negative as soon as one is closed that was never opened. */
  readonly depth: number
}

function outline(sql: string): Outline {
  let first: number | null = null
  let end: number | null = null
  let depth = 0
  let position = 0
  let parameter: string | null = null
  let unclosed: string | null = null
  while (position < sql.length) {
    const next = afterPiece(sql, position)
    parameter ??= /^\$\d+/.exec(sql.slice(position, position + PARAMETER_CHARS_MAX))?.[0] ?? null
    if (next === sql.length) unclosed = unclosedPiece(sql.slice(position))
    const sign = sql.charAt(position)
    const isComment = sql.startsWith('--', position) || sql.startsWith('/*', position)
    if (sign === '(' && depth >= 0) depth += 1
    if (sign === ')' && depth >= 0) depth -= 1
    if (sign === ';') end ??= position
    else if (!isComment && sign.trim() !== '') {
      if (end !== null && first !== null) return { first, end, more: true, depth, parameter, unclosed }
      first ??= position
      // Semicolons before the query end nothing.
      end = null
    }
    position = next
  }
  return {
    first,
    end: first === null || end === null ? sql.length : end,
    more: false,
    depth,
    parameter,
    unclosed,
  }
}

const PARAMETER_CHARS_MAX = 12

/** What this last piece of a query is, when it has no end of its own. */
function unclosedPiece(piece: string): string | null {
  if (piece.startsWith('/*')) return isClosedComment(piece) ? null : 'a comment'
  if (piece.startsWith('--')) return null
  const quote = /^[eE]?(['"])/.exec(piece)?.[1]
  if (quote !== undefined) {
    if (piece.endsWith(quote) && piece.length > 1) return null
    return quote === '"' ? 'a quoted name' : 'a string'
  }
  const dollar = new RegExp(`^\\$(?:[${LETTER}][${LETTER}0-9]*)?\\$`, 'u').exec(piece)?.[0]
  if (dollar === undefined || (piece.length >= 2 * dollar.length && piece.endsWith(dollar))) return null
  return 'a string'
}

function afterPiece(sql: string, position: number): number {
  if (sql.startsWith('/*', position)) return afterBlockComment(sql, position)
  OPAQUE.lastIndex = position
  if (OPAQUE.test(sql)) return OPAQUE.lastIndex
  // A whole word at once, so that the e of "table'…'" or the $ of a$b$ begins nothing.
  const word = new RegExp(`[${LETTER}0-9][${LETTER}0-9$]*`, 'uy')
  word.lastIndex = position
  return word.test(sql) ? word.lastIndex : position + 1
}

function afterBlockComment(sql: string, start: number): number {
  return endOfBlockComment(sql, start) ?? sql.length
}

function isClosedComment(piece: string): boolean {
  return endOfBlockComment(piece, 0) !== null
}

/** Null when it goes on to the end. */
function endOfBlockComment(sql: string, start: number): number | null {
  let depth = 1
  let position = start + 2
  while (position < sql.length) {
    if (sql.startsWith('/*', position)) {
      depth += 1
      position += 2
    } else if (sql.startsWith('*/', position)) {
      depth -= 1
      position += 2
      if (depth === 0) return position
    } else position += 1
  }
  return null
}

function refused(detail: string): RollcallError {
  return new RollcallError('query_failed', { detail })
}
