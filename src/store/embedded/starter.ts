import type { ChildProcess } from 'node:child_process'
import { open, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RollcallError } from '../../base/rollcall-error.ts'
import type { Home } from '../home.ts'
import { runningServer } from './lock-file.ts'
import type { RunningServer } from './lock-file.ts'
import type { ServerUser } from './server-user.ts'

/** A small durable server: `fsync` and `synchronous_commit` stay on, as PostgreSQL has them. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: '5432',
  unix_socket_permissions: '0700',
  shared_buffers: '32MB',
  max_connections: '100',
  max_wal_size: '256MB',
  jit: 'off',
  // In the data folder, where a start after a kill clears it; in /dev/shm a killed server leaves a megabyte for good.
  dynamic_shared_memory_type: 'mmap',
  // A killed client's queries and locks end within a second, even in mid-query.
  client_connection_check_interval: '1s',
  // Failing statements are not written to the log: they may quote what they carry. `log` is above errors.
  log_min_error_statement: 'panic',
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

export interface Starter {
  /** Starts the server when none runs, again when a start came to nothing. Gives the server that runs already. */
  readonly startIfNeeded: () => Promise<RunningServer | null>
  /** Ends the server that was started here, once no one is connected to it. */
  readonly giveUp: () => void
}

export function createStarter(options: {
  home: Home
  user: ServerUser
  postgres: string
  socketDir: string
  /** A start is under way. */
  onStart: () => void
}): Starter {
  const { home, user, postgres, socketDir, onStart } = options
  const logFile = logFileOf(home)
  let child: ChildProcess | null = null
  let hasEnded = false
  let failures = 0
  const start = async (): Promise<void> => {
    const log = await open(logFile, 'a', 0o600)
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const args = ['-D', home.postgresDir, '-k', inList(socketDir), ...settings]
    try {
      hasEnded = false
      child = user.spawn(postgres, args, ['ignore', log.fd, log.fd])
      child.on('error', () => (hasEnded = true))
      child.on('exit', () => (hasEnded = true))
      child.unref()
      onStart()
    } finally {
      await log.close()
    }
  }
  return {
    startIfNeeded: async () => {
      if (child !== null && !hasEnded) return null
      if (child !== null) await judgeFailure(home, (failures += 1))
      const running = await runningServer(home)
      if (running === null) await start()
      else child = null
      return running
    },
    giveUp: () => void child?.kill('SIGTERM'),
  }
}

/** The server takes a list of folders: a comma in the name of one would end it. */
function inList(path: string): string {
  return `"${path.replaceAll('"', '""')}"`
}

/** What passes when the process that is still ending has gone, or another one was quicker to start. */
const PASSING_REASON =
  /lock file ".*" (?:already exists|is empty)|pre-existing shared memory|starting up|shutting down/i
const FAILURES_MAX = 3
const PAUSE_MS = 100

async function judgeFailure(home: Home, failures: number): Promise<void> {
  const reason = await lastReason(logFileOf(home))
  if (reason.includes('No space left')) throw new RollcallError('disk_full', { detail: home.dir })
  if (failures >= FAILURES_MAX && !PASSING_REASON.test(reason)) throw notStarted(home, reason)
  await sleep(PAUSE_MS)
}

/** The error of a server that does not start. */
export function notStarted(home: Home, reason: string): RollcallError {
  const detail = `the embedded PostgreSQL in ${home.dir} does not start: ${reason}. See its log: ${logFileOf(home)}.`
  return new RollcallError('database_unavailable', { detail })
}

function logFileOf(home: Home): string {
  return join(home.dir, 'postgres.log')
}

async function lastReason(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '')
  const reasons = text
    .split('\n')
    .filter((line) => /FATAL|PANIC|error while loading|not found|setpriv:/.test(line))
  return reasons.at(-1)?.replace(/^.*?(?:FATAL|PANIC): */, '') ?? 'it ended immediately'
}

const LOG_BYTES_MAX = 4 * 2 ** 20

/** Empties a log that has grown long. The server appends, so this may be done while it runs. */
export async function boundLog(home: Home): Promise<void> {
  const found = await stat(logFileOf(home)).catch(() => null)
  if (found !== null && found.size > LOG_BYTES_MAX) await truncate(logFileOf(home))
}
