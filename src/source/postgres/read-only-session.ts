import { Socket } from 'node:net'
import { Client } from 'pg'
import type { Limits } from '../../base/limits.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import { connectError } from './database-errors.ts'
import { shownAddress } from './shown-address.ts'

const CANCEL_TIMEOUT_MS = 3_000

/** A connection within a read-only transaction. */
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

/** Connects and begins a read-only transaction whose statements may run for `limits.queryTimeoutMs`. */
export async function openSession(url: string, limits: Limits, signal: AbortSignal): Promise<Session> {
  signal.throwIfAborted()
  const connection = makeConnection(url, limits.sourceConnectMs)
  const { client } = connection
  const where = whereOf(client)
  let abandoned: Promise<void> | undefined
  const abandon = () => (abandoned ??= drop(url, connection))
  const onAbort = () => void abandon()
  signal.addEventListener('abort', onAbort, { once: true })
  const close = async () => {
    signal.removeEventListener('abort', onAbort)
    await (abandoned ?? client.end())
  }
  try {
    await client.connect()
    await client.query('BEGIN TRANSACTION READ ONLY')
    await client.query(`SET LOCAL statement_timeout = ${limits.queryTimeoutMs}`)
    // As queries are read here before they are sent.
    await client.query('SET LOCAL standard_conforming_strings = on')
    signal.throwIfAborted()
    return { client, where, close, abandon }
  } catch (error) {
    void abandon()
    await close()
    throw signal.aborted ? signal.reason : connectError(error, where)
  }
}

/** The database is asked to stop, since a query that sorts for an hour would not notice that nobody listens. Best effort. */
async function drop(url: string, { client, socket }: Connection): Promise<void> {
  const { processID } = client as Client & { readonly processID?: number | null }
  socket.destroy()
  if (typeof processID !== 'number') return
  const other = makeConnection(url, CANCEL_TIMEOUT_MS)
  try {
    await other.client.connect()
    await other.client.query('SELECT pg_cancel_backend($1)', [processID])
    await other.client.end()
  } catch {
    other.socket.destroy()
  }
}

function makeConnection(url: string, timeoutMs: number): Connection {
  const socket = new Socket()
  const client = makeClient(url, socket, timeoutMs)
  // Without a listener a connection that breaks would end the process; the query that waits for it learns of it anyway.
  client.on('error', () => {})
  return { client, socket }
}

function makeClient(url: string, socket: Socket, timeoutMs: number): Client {
  try {
    return new Client({
      connectionString: url,
      application_name: 'rollcall',
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
      stream: () => socket,
    })
  } catch {
    // The parser's message may quote the address with its password.
    throw new RollcallError('source_not_found', {
      detail:
        'the postgres:// address cannot be read. Its form is postgres://user:password@host:port/database.',
    })
  }
}

function whereOf({ host, port, database }: Client): string {
  const server = host.startsWith('/') ? host : `${host}:${port}`
  return shownAddress(server, database ?? '')
}
