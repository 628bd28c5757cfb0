import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { clientOf, PlainClient } from '../../base/postgres-client.ts'
import type { Connection } from '../../base/postgres-client.ts'
import { isRunning } from '../../base/processes.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Limits } from '../../base/limits.ts'
import { isConnectionLost, unavailable } from '../connection-errors.ts'
import type { Home } from '../home.ts'
import { findBinaries } from './binaries.ts'
import { ensureDataFolder } from './data-folder.ts'
import { runningServer } from './lock-file.ts'
import { demandPassword, passwordFileOf, readPassword, SUPERUSER } from './password.ts'
import { findServerUser } from './server-user.ts'
import type { ServerUser } from './server-user.ts'
import { ensureSocketDir } from './socket-dir.ts'
import { boundLog, createStarter, notStarted } from './starter.ts'
import type { Starter } from './starter.ts'

/**
 * The embedded PostgreSQL: a real server of its own process, on a Unix socket in the data folder. It belongs to
 * the processes that use it: the first starts it, others attach, the last one out stops it. Each holds a shared lock in
 * it while attached; who can take that lock alone knows that no one else is there. When a process is
 * killed its lock goes with its connection, and the server stays for the next one to find.
 */
export interface EmbeddedServer {
  readonly connection: Connection
  /** Detaches, and stops the server when no one else is attached. */
  readonly close: () => Promise<void>
}

const LOCK_NOT_HAD = '55P03'
const PASSWORD_REFUSED = '28P01'
const POLL_MS_MIN = 10
const POLL_MS_MAX = 100

/**
 * Attaches to the data folder's server, starting it when it does not run; then `onStart` is called, whose work fits into the wait.
 * Error: `database_unavailable`.
 */
export async function attachServer(
  home: Home,
  limits: Limits,
  onStart: () => void = () => undefined,
): Promise<EmbeddedServer> {
  const binaries = await findBinaries()
  const user = await findServerUser(home, binaries)
  await ensureDataFolder(home, binaries, user)
  const socketDir = await ensureSocketDir(home, user)
  await boundLog(home)
  const starter = createStarter({ home, user, postgres: binaries.postgres, socketDir, onStart })
  const deadlineMs = performance.now() + limits.databaseStartMs
  try {
    const { client, connection } = await attachUntil({ home, user, starter, socketDir, deadlineMs })
    return { connection, close: () => detach(home, connection, client) }
  } catch (error) {
    // No one could use it, so no one would stop it.
    starter.giveUp()
    throw error
  }
}

interface Attached {
  readonly client: Client
  readonly connection: Connection
}

async function attachUntil(options: {
  home: Home
  user: ServerUser
  starter: Starter
  socketDir: string
  deadlineMs: number
}): Promise<Attached> {
  const { home, user, starter, deadlineMs } = options
  let { socketDir } = options
  for (let pollMs = POLL_MS_MIN; ; pollMs = Math.min(POLL_MS_MAX, pollMs * 1.1)) {
    // Another process may give the server its password meanwhile.
    const connection = connectionTo(socketDir, await readPassword(home))
    const attached = await tryAttach(home, connection, deadlineMs)
    if (attached?.wasAsked === true) return { client: attached.client, connection }
    if (attached !== null) return secured(home, user, { ...attached, connection }, deadlineMs)
    if (performance.now() > deadlineMs) throw notStarted(home, 'it did not answer in time')
    const running = await starter.startIfNeeded()
    // Who started it may have another folder for temporary files.
    if (running !== null && running.socketDir !== null) ({ socketDir } = running)
    await sleep(pollMs)
  }
}

/** Of a data folder that a version without passwords made. */
async function secured(
  home: Home,
  user: ServerUser,
  { client, connection }: Attached,
  deadlineMs: number,
): Promise<Attached> {
  const asks = async (): Promise<boolean> => {
    const known = connectionTo(String(connection.host), await readPassword(home))
    const probe = clientOf(known, { connectionTimeoutMillis: leftUntil(deadlineMs) })
    const wasAsked = noteAsked(probe)
    await probe.connect()
    await probe.end()
    return wasAsked()
  }
  try {
    await demandPassword({ home, user, client, asks, waitMs: leftUntil(deadlineMs) })
  } catch (error) {
    await client.end().catch(() => {})
    throw unavailable(error, 'embedded')
  }
  return { client, connection: connectionTo(String(connection.host), await readPassword(home)) }
}

function connectionTo(socketDir: string, password: string | null): Connection {
  const place = { host: socketDir, port: 5432, user: SUPERUSER, database: 'postgres', ssl: false }
  // Without one the driver would look for one elsewhere.
  return { ...place, password: password ?? 'none', Client: PlainClient }
}

function leftUntil(deadlineMs: number): number {
  return Math.max(1, Math.ceil(deadlineMs - performance.now()))
}

/** Whether the server asks for a password, once `client` is connected. */
function noteAsked(client: Client): () => boolean {
  let wasAsked = false
  client.connection.once('authenticationSASL', () => (wasAsked = true))
  return () => wasAsked
}

/** A connection that holds the shared lock; null when the server is not there, not ready, or just ending. */
async function tryAttach(
  home: Home,
  connection: Connection,
  deadlineMs: number,
): Promise<{ readonly client: Client; readonly wasAsked: boolean } | null> {
  const client = clientOf(connection, {
    application_name: 'rollcall attached',
    connectionTimeoutMillis: leftUntil(deadlineMs),
    lock_timeout: leftUntil(deadlineMs),
  })
  const wasAsked = noteAsked(client)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared(7205, 1)')
    return { client, wasAsked: wasAsked() }
  } catch (error) {
    await client.end().catch(() => {})
    const { code } = error as { code?: string }
    if (isConnectionLost(error) || code === LOCK_NOT_HAD) return null
    if (code === PASSWORD_REFUSED) throw passwordRefused(home)
    throw unavailable(error, 'embedded')
  }
}

function passwordRefused({ postgresDir }: Home): RollcallError {
  const file = passwordFileOf(postgresDir)
  const detail = `the embedded PostgreSQL rejects the password in ${file}. Restore this file from the same backup as its folder.`
  return new RollcallError('database_unavailable', { detail })
}

const DETACH_MS_MAX = 5_000

async function detach(home: Home, connection: Connection, attached: Client): Promise<void> {
  if (await stopIfAlone(home, attached)) return
  // The lock went when the server lost its connections in a crash. It may be back, with no one to stop it.
  const deadlineMs = performance.now() + DETACH_MS_MAX
  while (performance.now() < deadlineMs && (await runningServer(home)) !== null) {
    const again = await tryAttach(home, connection, deadlineMs).catch(() => null)
    if (again !== null && (await stopIfAlone(home, again.client))) return
    await sleep(POLL_MS_MAX)
  }
}

/** Gives the lock back, and stops the server when no one else holds it. False when the connection is broken. */
async function stopIfAlone(home: Home, client: Client): Promise<boolean> {
  try {
    const { rows } = await client.query<{ alone: boolean }>(
      'select pg_advisory_unlock_shared(7205, 1), pg_try_advisory_lock(7205, 1) as alone',
    )
    if (rows[0]?.alone === true) await stopServer(home)
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** A shutdown that was asked for while the server recovers from a crash within it was seen to hang for good. */
const FAST_STOP_MS_MAX = 5_000
/** PostgreSQL itself kills what does not end after 5 seconds. */
const IMMEDIATE_STOP_MS_MAX = 10_000
const STOP_POLL_MS = 5

/**
 * A fast shutdown: clients are cut off, all is written. Who attaches meanwhile is cut off too, and starts it anew. When
 * it takes too long, an immediate one: nothing is lost, but the next start recovers from the log.
 */
async function stopServer(home: Home): Promise<void> {
  const server = await runningServer(home)
  if (server === null) return
  if (await endsAfter('SIGINT', server.pid, FAST_STOP_MS_MAX)) return
  await endsAfter('SIGQUIT', server.pid, IMMEDIATE_STOP_MS_MAX)
}

async function endsAfter(signal: NodeJS.Signals, pid: number, waitMs: number): Promise<boolean> {
  process.kill(pid, signal)
  const deadlineMs = performance.now() + waitMs
  while (await isRunning(pid)) {
    if (performance.now() > deadlineMs) return false
    await sleep(STOP_POLL_MS)
  }
  return true
}
