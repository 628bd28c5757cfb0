import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { clientOf } from '../base/postgres-client.ts'
import type { Connection } from '../base/postgres-client.ts'
import { RollcallError } from '../base/rollcall-error.ts'

/**
 * Looks whether DATABASE_URL leads to sessions of one's own in a database that takes all text. A pooler that lends one session to
 * several users would leave locks behind on sessions that no one ends, and tell events to no one.
 */

const CONNECT_MS_MAX = 30_000
/** Far longer than a server takes. */
const ANSWER_MS_MAX = 10_000

const POOLED =
  'DATABASE_URL leads through a connection pooler that shares sessions, such as PgBouncer in transaction mode. Rollcall needs its own sessions for locks and events. Connect directly to PostgreSQL, or use session mode'

/** Waits `hearMsMax` for what one session tells the other. Error: `database_unavailable` with the reason. */
export async function requireSessions(connection: Connection, hearMsMax = ANSWER_MS_MAX): Promise<void> {
  const [one, other] = [makeClient(connection), makeClient(connection)]
  try {
    await Promise.all([one.connect(), other.connect()])
    await requireUtf8(one)
    if (!(await haveOwnSessions(one, other)) || !(await hears(one, other, hearMsMax))) {
      throw new RollcallError('database_unavailable', { detail: POOLED })
    }
  } finally {
    await Promise.all([one, other].map((client) => client.end().catch(() => {})))
  }
}

function makeClient(connection: Connection): Client {
  const client = clientOf(connection, {
    application_name: 'rollcall check',
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: ANSWER_MS_MAX,
  })
  client.on('error', () => {})
  return client
}

async function requireUtf8(client: Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    `select current_setting('server_encoding') as encoding`,
  )
  const encoding = rows[0]?.encoding ?? ''
  if (encoding === 'UTF8') return
  const detail = `the database of DATABASE_URL has the encoding ${encoding}. Rollcall needs UTF8: create a new one with CREATE DATABASE rollcall ENCODING 'UTF8' TEMPLATE template0`
  throw new RollcallError('database_unavailable', { detail })
}

/**
 * Whether a session stays with its user: while the other one is in the middle of a transaction, it must be neither the one that was
 * used before, nor make it another one.
 */
async function haveOwnSessions(one: Client, other: Client): Promise<boolean> {
  const before = await sessionOf(one)
  try {
    await other.query('begin')
    return (await sessionOf(other)) !== before && (await sessionOf(one)) === before
  } catch (error) {
    // A pooler that takes single statements only refuses to begin.
    if ((error as { code?: string }).code?.startsWith('08') === true) return false
    throw error
  } finally {
    await other.query('rollback').catch(() => {})
  }
}

async function sessionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid ?? 0
}

/** Whether one is told what the other says. */
async function hears(one: Client, other: Client, waitMs: number): Promise<boolean> {
  const channel = `rollcall_${randomBytes(6).toString('hex')}`
  const { promise: heard, resolve } = Promise.withResolvers<boolean>()
  one.on('notification', (message) => {
    if (message.channel === channel) resolve(true)
  })
  const timer = setTimeout(() => resolve(false), waitMs)
  try {
    await one.query(`listen ${channel}`)
    await other.query('select pg_notify($1, $2)', [channel, ''])
    // What was said before is told with the next answer at the latest.
    await one.query('select 1')
    return await heard
  } finally {
    clearTimeout(timer)
  }
}
