import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'

/** Which database an error is about, since what to do differs. */
export type DatabaseKind = 'embedded' | 'url'

const CODE_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at the host and port of DATABASE_URL',
  ENOTFOUND: 'the host name of DATABASE_URL is unknown',
  EAI_AGAIN: 'the host name of DATABASE_URL cannot be resolved at the moment',
  ETIMEDOUT: 'the host of DATABASE_URL does not answer',
  EHOSTUNREACH: 'the host of DATABASE_URL cannot be reached',
  '28P01': 'it rejects the password of DATABASE_URL',
  '28000': 'it rejects the user of DATABASE_URL',
  '3D000': 'the database named in DATABASE_URL does not exist',
  '42501': 'the user of DATABASE_URL may not create tables',
  '53300': 'all its connections are in use',
}

/** Classes and codes of errors that say nothing of the statement, but that the server or the way to it has gone. */
const LOST =
  /^(?:08...|57P0[1-3]|53300|E(?:CONNRESET|CONNREFUSED|PIPE|NOENT|TIMEDOUT|HOSTUNREACH|NOTFOUND|AI_AGAIN))$/
const LOST_TEXT = /Connection terminated|connection error|not queryable|timeout e?x/i

/** Whether an error says that the connection to the database is gone or was never there. */
export function isConnectionLost(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return code === undefined ? LOST_TEXT.test(message ?? '') : LOST.test(code)
}

/** Why a database cannot be used, in words without its address, which may hold a password. */
export function unavailable(error: unknown, kind: DatabaseKind): RollcallError {
  if (isRollcallError(error)) return error
  const { code } = error as { code?: string }
  if (code === '53100') return new RollcallError('disk_full', { detail: 'the database' }, { cause: error })
  return new RollcallError(
    'database_unavailable',
    { detail: reasonOf(error, kind) },
    { cause: error, passing: true },
  )
}

function reasonOf(error: unknown, kind: DatabaseKind): string {
  const { code, message = '' } = error as { code?: string; message?: string }
  if (kind === 'embedded') {
    return isConnectionLost(error)
      ? 'the embedded PostgreSQL stopped. The next run restarts it'
      : `the embedded PostgreSQL refuses (${code ?? 'unknown reason'})`
  }
  if (code !== undefined) return CODE_REASONS[code] ?? `error ${code}`
  if (/SSL|TLS/.test(message)) return 'the connection cannot be encrypted as DATABASE_URL asks'
  if (/timeout/.test(message)) return 'the host of DATABASE_URL does not answer'
  return isConnectionLost(error) ? 'its connection was lost' : 'DATABASE_URL cannot be used'
}

/** A lost connection as an error of the catalogue; anything else as it is. */
export function inPlainWords(error: unknown, kind: DatabaseKind): unknown {
  return isConnectionLost(error) ? unavailable(error, kind) : error
}
