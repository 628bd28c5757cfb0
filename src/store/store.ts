import { Kysely, PostgresDialect } from 'kysely'
import type { ClientConfig } from 'pg'
import { AddressProblem, readAddress } from '../base/postgres-address.ts'
import type { Connection } from '../base/postgres-client.ts'
import type { OwnDatabase } from '../base/own-database.ts'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { unavailable } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'
import { keepRunning } from './embedded/keep-running.ts'
import { attachServer } from './embedded/server.ts'
import { listen } from './events.ts'
import type { ListenOptions } from './events.ts'
import type { Home } from './home.ts'
import { lockTimingOf } from './keepalive.ts'
import type { LockTiming } from './keepalive.ts'
import { takeLock } from './lock.ts'
import type { Lock } from './lock.ts'
import { migrate } from './migrate.ts'
import { ownDatabaseOf } from './own-database.ts'
import { createPool } from './pool.ts'
import { requireSessions } from './require-sessions.ts'
import type { Tables } from './schema.ts'

export type { Lock } from './lock.ts'

export interface Store {
  readonly db: Kysely<Tables>
  /** Other machines may use this database too, so whatever a workflow needs to go on must lie in it. */
  readonly isShared: boolean
  /**
   * Takes the lock of this name, or null when another holds it. Waits up to `waitMs` (the limit `lockWaitMs`), since a
   * killed holder's connection takes a moment to end.
   */
  readonly tryLock: (name: string, options?: { readonly waitMs?: number }) => Promise<Lock | null>
  /**
   * Tells live events, from when it resolves until the signal or `close` ends it. Each call takes a connection of its own: a
   * process listens once. Error: `database_unavailable`.
   */
  readonly listen: (options: ListenOptions) => Promise<void>
  /** How to connect, for what keeps connections of its own, such as the queue. */
  readonly connection: Connection
  /** What tells this database from data sources. */
  readonly own: OwnDatabase
  /** For what runs on and on: starts the embedded server again when it has gone. The returned function ends that. */
  readonly keepRunning: (onProblem: (error: RollcallError) => void) => () => Promise<void>
  readonly close: () => Promise<void>
}

interface Opened {
  readonly kind: DatabaseKind
  readonly connection: Connection
  readonly close: () => Promise<void>
}

/**
 * Opens the database: DATABASE_URL, else the embedded server of the data folder. Errors: `database_unavailable`, and those of `migrate`.
 */
export async function openStore(options: {
  home: Home
  env: Readonly<Record<string, string | undefined>>
  limits: Limits
  lockTiming?: LockTiming
  /** Called while the embedded server is being started, which takes a moment. */
  onStart?: (() => void) | undefined
}): Promise<Store> {
  const { home, limits, lockTiming = lockTimingOf(limits.takeoverMs) } = options
  const { kind, connection, close: detach } = await openConnection(options)
  const pool = createPool(connection, kind)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const closing = new AbortController()
  const listening: Promise<void>[] = []
  const close = async (): Promise<void> => {
    closing.abort()
    await Promise.all(listening)
    await db.destroy()
    await detach()
  }
  let own: OwnDatabase
  try {
    // Before anything is locked there.
    if (kind === 'url') await requireSessions(connection)
    await migrate(db, { endMs: limits.lockWaitMs })
    own = await ownDatabaseOf(db, kind)
  } catch (error) {
    await close()
    throw unavailable(error, kind)
  }
  return {
    db,
    isShared: kind === 'url',
    close,
    tryLock: (name, { waitMs = limits.lockWaitMs } = {}) =>
      takeLock({ connection, kind, db, timing: lockTiming, onSilence: pool.hangUp }, name, waitMs),
    listen: async (told) => {
      const signal = AbortSignal.any([told.signal, closing.signal])
      const { ended } = await listen({ connection, kind }, { ...told, signal })
      listening.push(ended)
    },
    connection,
    own,
    // Someone else's server is someone else's to start; the pool finds it again.
    keepRunning: (onProblem) =>
      kind === 'embedded' ? keepRunning({ home, limits, db, onProblem }) : async () => {},
  }
}

async function openConnection({
  home,
  env,
  limits,
  onStart,
}: Parameters<typeof openStore>[0]): Promise<Opened> {
  const url = env['DATABASE_URL']
  const common = { application_name: 'rollcall' }
  if (url) {
    return { kind: 'url', connection: { ...common, ...addressOf(url) }, close: async () => {} }
  }
  const server = await attachServer(home, limits, onStart)
  return { kind: 'embedded', connection: { ...common, ...server.connection }, close: server.close }
}

/** What it does not say is taken from the driver's `PG*` variables. Error: `wrong_usage`, which quotes nothing of the address. */
function addressOf(url: string): ClientConfig {
  try {
    return readAddress(url).config
  } catch (error) {
    if (!(error instanceof AddressProblem)) throw error
    throw new RollcallError('wrong_usage', { detail: `DATABASE_URL ${error.message}.` })
  }
}
