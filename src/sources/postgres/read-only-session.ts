import { Socket } from 'node:net'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import type { Limits } from '../../base/limits.ts'
import {
  AddressProblem,
  readAddress,
  requireOpenFiles,
  shownServer,
  shownText,
} from '../../base/postgres-address.ts'
import type { PostgresAddress } from '../../base/postgres-address.ts'
import { PlainClient } from '../../base/postgres-client.ts'
import { isRollcallError, RollcallError } from '../../base/rollcall-error.ts'
import { boundMessages } from './bounded-messages.ts'
import { connectError, noPassword } from './errors.ts'
import type { SourceAccess } from '../access.ts'
import { refuseOwnDatabase } from './own-database.ts'

const CANCEL_TIMEOUT_MS = 3_000

/** A connection within a read-only transaction, which is undone at its end. */
export interface Session {
  readonly client: Client
  /** Host, port and database, without user, password and options. */
  readonly where: string
  /** Says goodbye when nothing runs any more; after `abandon`, waits until that is done. */
  close(): Promise<void>
  /** Cancels what runs in the database and drops the connection. Also done when the signal aborts. */
  abandon(): Promise<void>
}

interface Connection {
  readonly client: Client
  readonly socket: Socket
}

export interface SessionOptions {
  readonly url: string
  readonly access: SourceAccess
  readonly limits: Limits
  readonly signal: AbortSignal
}

/**
 * Connects and begins a read-only transaction whose statements may run for `limits.queryTimeoutMs`. Errors: `source_not_found`,
 * `source_refused`.
 */
export async function openSession({ url, access, limits, signal }: SessionOptions): Promise<Session> {
  signal.throwIfAborted()
  const connect = await connectorOf(url, access)
  signal.throwIfAborted()
  const connection = makeConnection(connect, limits.sourceConnectMs)
  const { client } = connection
  const where = whereOf(client)
  let abandoned: Promise<void> | undefined
  const abandon = () => (abandoned ??= drop(connect, connection))
  const onAbort = () => void abandon()
  signal.addEventListener('abort', onAbort, { once: true })
  const close = async () => {
    signal.removeEventListener('abort', onAbort)
    await (abandoned ?? undo(client))
  }
  try {
    await client.connect()
    await refuseOwnDatabase(client, access.own)
    await client.query('BEGIN TRANSACTION READ ONLY')
    await client.query(`SET LOCAL statement_timeout = ${limits.queryTimeoutMs}`)
    // As queries are read here before they are sent.
    await client.query('SET LOCAL standard_conforming_strings = on')
    signal.throwIfAborted()
    return { client, where, close, abandon }
  } catch (error) {
    void abandon()
    await close()
    if (signal.aborted) throw signal.reason
    throw isRollcallError(error) ? error : connectError(error, where)
  }
}

/**
 * Ends the transaction as if it had never been: functions such as `lo_create` change something although it is read-only. A broken
 * connection has ended it already.
 */
async function undo(client: Client): Promise<void> {
  await client.query('ROLLBACK').catch(() => {})
  await client.end()
}

/** The database is asked to stop, since a query that sorts for an hour would not notice that no one listens. Best effort. */
async function drop(connect: Connector, { client, socket }: Connection): Promise<void> {
  const { processID } = client as Client & { readonly processID?: number | null }
  socket.destroy()
  if (typeof processID !== 'number') return
  const other = makeConnection(connect, CANCEL_TIMEOUT_MS)
  try {
    await other.client.connect()
    await other.client.query('SELECT pg_cancel_backend($1)', [processID])
    await other.client.end()
  } catch {
    other.socket.destroy()
  }
}

type Connector = (settings: ClientConfig) => Client

/** Reads the address once, for this connection and the one that may have to cancel what runs on it. */
async function connectorOf(url: string, { environment, mayRead }: SourceAccess): Promise<Connector> {
  const { config, shown } = await addressOf(url, mayRead)
  if (environment) return (settings) => new Client({ ...config, ...settings })
  // Nor the password file of the user that the service runs as.
  const password = config.password ?? (() => Promise.reject(noPassword(shownText(shown))))
  return (settings) => new PlainClient({ ...config, password, ...settings })
}

async function addressOf(url: string, mayRead: SourceAccess['mayRead']): Promise<PostgresAddress> {
  try {
    if (mayRead !== null) await requireOpenFiles(url, mayRead)
    return readAddress(url)
  } catch (error) {
    if (!(error instanceof AddressProblem)) throw error
    throw new RollcallError('source_not_found', { detail: `the postgres:// address ${error.message}.` })
  }
}

function makeConnection(connect: Connector, timeoutMs: number): Connection {
  const socket = new Socket()
  const client = connect({
    application_name: 'rollcall',
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
    stream: () => socket,
  })
  boundMessages(client)
  // Without a listener a connection that breaks would end the process; the query that waits for it learns of it anyway.
  client.on('error', () => {})
  return { client, socket }
}

function whereOf({ host, port, database }: Client): string {
  return shownText({ host: shownServer(host, port), database: database ?? '' })
}
