import { RollcallError } from '../../base/rollcall-error.ts'

/**
 * One piece of SQL that is not to be looked into: a comment, a string (E'…' with backslashes, doubled quotes are two strings in a
 * row), a quoted name, or a dollar-quoted string. Block comments nest and are followed by hand.
 */
const OPAQUE =
  /--[^\n\r]*|\b[eE]'(?:[^'\\]|\\[^]|'')*'?|'[^']*'?|"[^"]*"?|(\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)[^]*?(?:\1|$(?![^]))/uy

const READING = /^(?:select|with|values|table)\b/i

/**
 * The query without a trailing semicolon, ready to stand in parentheses (on lines of its own, since it may end in a comment).
 *
 * Throws `query_failed` for nothing, for several statements and for statements that do not read. This is for a clear message:
 * what keeps a query from writing is the read-only transaction, and what keeps it single is the extended protocol.
 */
export function singleQuery(sql: string): string {
  const { first, end, more } = outline(sql)
  if (first === null) throw refused('the query is empty.')
  if (more) throw refused('there are several statements. Give one query.')
  if (!READING.test(sql.slice(first).replace(/^[(\s]+/, ''))) {
    throw refused(
      'only reading is possible: the query must begin with SELECT, WITH, VALUES or TABLE. The database is opened read-only.',
    )
  }
  return sql.slice(0, end)
}

interface Outline {
  /** Where the first word stands, comments left aside. */
  readonly first: number | null
  /** Where the first statement ends, its semicolon left out. */
  readonly end: number
  /** Something follows the semicolon. */
  readonly more: boolean
}

function outline(sql: string): Outline {
  let first: number | null = null
  let end: number | null = null
  let position = 0
  while (position < sql.length) {
    const next = afterPiece(sql, position)
    const sign = sql.charAt(position)
    const isComment = sql.startsWith('--', position) || sql.startsWith('/*', position)
    if (sign === ';') end ??= position
    else if (!isComment && sign.trim() !== '') {
      if (end !== null && first !== null) return { first, end, more: true }
      first ??= position
      // Semicolons before the query end nothing.
      end = null
    }
    position = next
  }
  return { first, end: first === null || end === null ? sql.length : end, more: false }
}

function afterPiece(sql: string, position: number): number {
  if (sql.startsWith('/*', position)) return afterBlockComment(sql, position)
  OPAQUE.lastIndex = position
  if (OPAQUE.test(sql)) return OPAQUE.lastIndex
  // A whole word at once, so that the e of "table'…'" or the $ of a$b$ begins nothing.
  const word = /[\p{L}\p{N}_][\p{L}\p{N}_$]*/uy
  word.lastIndex = position
  return word.test(sql) ? word.lastIndex : position + 1
}

function afterBlockComment(sql: string, start: number): number {
  let depth = 1
  let position = start + 2
  while (position < sql.length && depth > 0) {
    if (sql.startsWith('/*', position)) {
      depth += 1
      position += 2
    } else if (sql.startsWith('*/', position)) {
      depth -= 1
      position += 2
    } else position += 1
  }
  return position
}

function refused(detail: string): RollcallError {
  return new RollcallError('query_failed', { detail })
}
