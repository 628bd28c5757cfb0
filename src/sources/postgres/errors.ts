import { DatabaseError } from 'pg'
import type { Limits } from '../../base/limits.ts'
import { ADDRESS_FORM } from '../../base/postgres-address.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { placeIn } from '../place-in.ts'
import { MessageTooLong } from './bounded-messages.ts'

/** Meanings of codes whose messages may quote a value of a row, so that they are never shown. */
const MEANINGS: Readonly<Record<string, string>> = {
  '21000': 'a subquery that must return one row returned several',
  '22001': 'a text is too long for its type',
  '22003': 'a number is out of range for its type',
  '22007': 'a text is not a valid date or time',
  '22008': 'a date or time is out of range',
  '22011': 'a substring length is negative',
  '22012': 'division by zero',
  '22021': 'a text holds bytes that are not valid in its encoding',
  '22023': 'a value is not allowed as a parameter',
  '2201B': 'a regular expression is not valid',
  '22P02': 'a text cannot be read as the type it is cast to',
  '22P05': 'a text holds a character that UTF-8 or the database encoding does not have',
  P0001: 'a function in the database raised an error',
}

/** Classes of SQLSTATE whose messages speak of the database or the server only. */
const SHOWN_CLASSES = new Set(['53', '54', '55', '57', '58'])

/**
 * Classes whose messages speak of names in the query, when they tell where they stand. Without a place the name came up while the
 * query ran: a value of a row was taken for it, as by `value::regclass`.
 */
const PLACED_CLASSES = new Set(['0A', '2B', '34', '3D', '3F', '42'])
const NOT_PRIVILEGED = '42501'

const READ_ONLY = '25006'
const CANCELED = '57014'
const SYNTAX = '42601'

/** Where the query stands within the statement that was sent. */
export interface Wrapped {
  readonly query: string
  /** What stands before it. */
  readonly prefix: string
}

/**
 * `query_failed` for what the database said about a query. Its message is shown only when it cannot quote a row: not for errors about data
 * (classes 22 and 23 and those of functions), and not when it holds an `@`. What was thrown is not kept as cause, for the same reason.
 * `limit` bounds the time of the query.
 */
export function queryError(
  error: unknown,
  wrapped: Wrapped,
  limits: Limits,
  limit: 'queryTimeoutMs' | 'previewTimeoutMs',
): RollcallError {
  if (error instanceof MessageTooLong)
    return failed(
      'the database sent a message that is too long, such as an error that quotes a huge value. Return smaller values.',
    )
  if (!(error instanceof DatabaseError)) {
    const detail = 'the connection to the database was lost while the query ran.'
    return new RollcallError('query_failed', { detail }, { passing: true, cause: error })
  }
  const code = error.code ?? ''
  if (code === READ_ONLY) return failed('the query writes, but Rollcall opens the database read-only.')
  if (code === CANCELED) {
    return failed(
      `the query was stopped: it took longer than ${seconds(limits[limit])} (limit ${limit}), or it was cancelled in the database.`,
    )
  }
  // The place is in what was put around the query.
  if (code === SYNTAX && isBehind(error, wrapped))
    return failed('the query is incomplete: something is missing at its end (SQLSTATE 42601).')
  return failed(
    `${meaning(error, code)}${place(error.position, wrapped)} (SQLSTATE ${code}).`,
    isPassing(code),
  )
}

/**
 * Why a database cannot be used: `source_not_found` when there is none, `source_refused` when it does not let us in or not in the way
 * the address asks for. `where` is host and database without secrets.
 */
export function connectError(error: unknown, where: string): RollcallError {
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : ''
  if (/client password must be/.test(text)) return noPassword(where)
  if (code === '28P01') return refused(`the database at ${where} does not accept this user and password.`)
  if (code.startsWith('28')) {
    const hint = text.includes('no encryption') ? ' If it asks for encryption, add sslmode=verify-full.' : ''
    return refused(`the database at ${where} does not accept this user from this machine.${hint}`)
  }
  if (code === '42501') return refused(`this user may not connect to the database at ${where}.`)
  if (/does not support SSL/.test(text)) {
    return refused(
      `the database at ${where} offers no encryption, but its address asks for it. Rollcall treats sslmode=prefer and sslmode=require as sslmode=verify-full. To connect without encryption, use sslmode=disable.`,
    )
  }
  if (TLS.test(code)) {
    return refused(
      `the certificate of the database at ${where} cannot be verified (${code}). Name its CA file with sslrootcert, or use sslmode=no-verify to encrypt without verification.`,
    )
  }
  if (code === '3D000') return notFound(`there is no such database at ${where}.`)
  if (code === '53300' || code.startsWith('57P'))
    return notFound(`the database at ${where} accepts no connections at the moment (SQLSTATE ${code}).`, true)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return notFound(`the host of ${where} is unknown.`, code === 'EAI_AGAIN')
  // Of the path of a socket it must not be told what lies there.
  const isPath = where.startsWith('/') && code.startsWith('E')
  if (isPath || code === 'ECONNREFUSED' || code === 'ENOENT')
    return notFound(`no database answers at ${where}.`, true)
  return notFound(
    `the database at ${where} cannot be reached${code === '' ? ' in time, or not the way its address asks for' : ` (${code})`}.`,
    true,
  )
}

const TLS = /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH$|\w*SELF_SIGNED_CERT)/

/** The server asks for a password, and there is none. */
export function noPassword(where: string): RollcallError {
  return refused(
    `the database at ${where} needs a password, but its address has none. Write it as ${ADDRESS_FORM}.`,
  )
}

function notFound(detail: string, passing = false): RollcallError {
  return new RollcallError('source_not_found', { detail }, { passing })
}

function refused(detail: string): RollcallError {
  return new RollcallError('source_refused', { detail })
}

function meaning(error: DatabaseError, code: string): string {
  const kind = code.slice(0, 2)
  const isPlaced = PLACED_CLASSES.has(kind) && (error.position !== undefined || code === NOT_PRIVILEGED)
  const isShown = (SHOWN_CLASSES.has(kind) || isPlaced) && !error.message.includes('@')
  if (isShown) return error.message
  return (
    MEANINGS[code] ?? 'the database reports an error; its message is not shown because it may quote a row'
  )
}

function place(position: string | undefined, wrapped: Wrapped): string {
  return placeIn(wrapped.query, placeOf(position, wrapped))
}

function isBehind({ position }: DatabaseError, wrapped: Wrapped): boolean {
  return placeOf(position, wrapped) >= Array.from(wrapped.query).length
}

/** Position in the person's own query, which is all they know; NaN for none. PostgreSQL counts characters from 1. */
function placeOf(position: string | undefined, { prefix }: Wrapped): number {
  return Number(position ?? Number.NaN) - 1 - Array.from(prefix).length
}

function isPassing(code: string): boolean {
  // A protocol that is broken once is broken at every try.
  if (code === '08P01') return false
  return code.startsWith('08') || code.startsWith('53') || code.startsWith('57') || code.startsWith('40')
}

function codeOf(error: unknown): string {
  const { code, errors } = Object(error) as { code?: unknown; errors?: unknown }
  if (typeof code === 'string') return code
  // Node tries all addresses of a host and throws what each said.
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : ''
}

function failed(detail: string, passing = false): RollcallError {
  return new RollcallError('query_failed', { detail }, { passing })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toLocaleString('en-US')} s`
}
