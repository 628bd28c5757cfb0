import type { ChildProcess } from 'node:child_process'
import { open, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import type { Limits } from '../../base/limits.ts'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import { findBinaries } from './binaries.ts'
import { ensureDataFolder, ensureSocketDir, isAlive, serverPid, SUPERUSER } from './data-folder.ts'
import { findServerUser } from './server-user.ts'
import type { ServerUser } from './server-user.ts'

/**
 * The embedded PostgreSQL: a real server of its own process, on a Unix socket in the data folder. It belongs to
 * whoever uses it: the first process starts it, others attach, the last one out stops it. Each holds a shared lock in
 * it while attached; who can take that lock alone knows that nobody else is there. When a process is
 * killed its lock goes with its connection, and the server stays for the next one to find.
 */
export interface EmbeddedServer {
  readonly connection: ClientConfig
  /** Detaches, and stops the server when nobody else is attached. */
  readonly close: () => Promise<void>
}

const POLL_MS = 10
const LOG_BYTES_MAX = 4 * 2 ** 20
const IN_USE = 'pg_advisory_lock_shared(7205, 1)'

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  shared_buffers: '32MB',
  max_connections: '100',
  max_wal_size: '256MB',
  jit: 'off',
  // A killed client's queries and locks end within a second, even in mid-query.
  client_connection_check_interval: '1s',
  // Failing statements are not written to the log: they may quote what they carry.
  log_min_error_statement: 'panic',
  log_min_messages: 'warning',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/** Attaches to the data folder's server, starting it when it does not run. Error: `database_unavailable`. */
export async function attachServer(home: Home, limits: Limits): Promise<EmbeddedServer> {
  const binaries = await findBinaries()
  const user = await findServerUser(home, binaries)
  await ensureDataFolder(home, binaries, user)
  const socketDir = await ensureSocketDir(home, user)
  const connection: ClientConfig = { host: socketDir, port: 5432, user: SUPERUSER, database: 'postgres' }
  const starter = createStarter(home, user, binaries.postgres, socketDir)
  const deadlineMs = performance.now() + limits.databaseStartMs
  for (;;) {
    const client = await tryAttach(connection)
    if (client !== null) return { connection, close: () => detach(home, client) }
    if (performance.now() > deadlineMs) throw await notStarted(home, 'it did not answer in time')
    await starter.startIfNeeded()
    await sleep(POLL_MS)
  }
}

/** A connection that holds the shared lock; null when the server is not there, not ready, or just ending. */
async function tryAttach(connection: ClientConfig): Promise<Client | null> {
  const client = new Client({ ...connection, application_name: 'rollcall attached' })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`select ${IN_USE}`)
    return client
  } catch (error) {
    await client.end().catch(() => {})
    if (isPassing(error)) return null
    throw error
  }
}

const PASSING_CODES = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
])

function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return PASSING_CODES.has(code ?? '') || /terminated unexpectedly|Connection terminated/.test(message ?? '')
}

/** Starts the server when none runs, again when a start came to nothing. */
function createStarter(home: Home, user: ServerUser, postgres: string, socketDir: string) {
  const logFile = join(home.dir, 'postgres.log')
  let child: ChildProcess | null = null
  let hasEnded = false
  let failures = 0
  const start = async (): Promise<void> => {
    await boundLog(logFile)
    const log = await open(logFile, 'a', 0o600)
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    try {
      hasEnded = false
      child = user.spawn(
        postgres,
        ['-D', home.postgresDir, '-k', socketDir, ...settings],
        ['ignore', log.fd, log.fd],
      )
      child.on('error', () => (hasEnded = true))
      child.on('exit', () => (hasEnded = true))
      child.unref()
    } finally {
      await log.close()
    }
  }
  return {
    startIfNeeded: async (): Promise<void> => {
      if (child !== null && !hasEnded) return
      if (child !== null) await judgeFailure(home, logFile, (failures += 1))
      if ((await serverPid(home)) === null) await start()
      else child = null
    },
  }
}

/** What passes when the process that is still ending has gone, or another one was quicker to start. */
const PASSING_REASON = /lock file|shared memory|starting up|shutting down|already running/i
const FAILURES_MAX = 3

async function judgeFailure(home: Home, logFile: string, failures: number): Promise<void> {
  const reason = await lastReason(logFile)
  if (/No space left/i.test(reason)) throw new RollcallError('disk_full', { detail: home.dir })
  if (failures < FAILURES_MAX || PASSING_REASON.test(reason)) return sleep(10 * POLL_MS)
  throw await notStarted(home, reason)
}

async function notStarted(home: Home, reason: string): Promise<RollcallError> {
  const detail = `the embedded PostgreSQL in ${home.dir} does not start: ${reason}. Its log is ${join(home.dir, 'postgres.log')}.`
  return new RollcallError('database_unavailable', { detail })
}

async function lastReason(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '')
  const reasons = text.split('\n').filter((line) => /FATAL|PANIC|error while loading|not found/.test(line))
  return reasons.at(-1)?.replace(/^.*?(?:FATAL|PANIC): */, '') ?? 'it ended at once'
}

async function boundLog(logFile: string): Promise<void> {
  const found = await stat(logFile).catch(() => null)
  if (found !== null && found.size > LOG_BYTES_MAX) await truncate(logFile)
}

async function detach(home: Home, client: Client): Promise<void> {
  try {
    const { rows } = await client.query<{ alone: boolean }>(
      'select pg_advisory_unlock_shared(7205, 1), pg_try_advisory_lock(7205, 1) as alone',
    )
    if (rows[0]?.alone === true) await stopServer(home)
  } catch {
    // The server is gone already, so there is nothing to stop.
  } finally {
    await client.end().catch(() => {})
  }
}

const STOP_WAIT_MS = 10_000

/** A fast shutdown: clients are cut off, all is written. Who attaches meanwhile is cut off too, and starts it anew. */
async function stopServer(home: Home): Promise<void> {
  const pid = await serverPid(home)
  if (pid === null) return
  process.kill(pid, 'SIGINT')
  const deadlineMs = performance.now() + STOP_WAIT_MS
  while (isAlive(pid) && performance.now() < deadlineMs) await sleep(POLL_MS / 2)
}
