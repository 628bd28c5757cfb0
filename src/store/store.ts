import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import { Client, Pool, TypeOverrides } from 'pg'
import type { ClientConfig } from 'pg'
import type { Limits } from '../base/limits.ts'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { attachServer } from './embedded/server.ts'
import type { Home } from './home.ts'
import { migrate } from './migrate.ts'
import type { Tables } from './schema.ts'

/** A lock that one process of all holds. It dies with the process. */
export interface Lock {
  readonly release: () => Promise<void>
  /** Aborts when the connection that holds the lock breaks: somebody else may have it now. */
  readonly lost: AbortSignal
}

export interface Store {
  readonly db: Kysely<Tables>
  /**
   * Takes the lock of this name, or null when another holds it. Waits up to `waitMs` (the limit `lockWaitMs`), since a
   * killed holder's connection takes a moment to end.
   */
  readonly tryLock: (name: string, options?: { readonly waitMs?: number }) => Promise<Lock | null>
  readonly close: () => Promise<void>
}

const POOL_MAX = 8
const BIGINT_OID = 20
const LOCK_POLL_MS = 25

/** Opens the database: DATABASE_URL, else the embedded server of the data folder. Error: `database_unavailable`. */
export async function openStore(options: {
  home: Home
  env: Readonly<Record<string, string | undefined>>
  limits: Limits
}): Promise<Store> {
  const url = options.env['DATABASE_URL']
  const server = url ? null : await attachServer(options.home, options.limits)
  const connection = { ...(server?.connection ?? { connectionString: url }), application_name: 'rollcall' }
  const pool = createPool(connection)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const close = async (): Promise<void> => {
    await db.destroy()
    await server?.close()
  }
  try {
    await migrate(db)
  } catch (error) {
    await close()
    throw isRollcallError(error) ? error : unavailable(error)
  }
  return {
    db,
    close,
    tryLock: (name, { waitMs = options.limits.lockWaitMs } = {}) => tryLock(connection, name, waitMs),
  }
}

function createPool(connection: ClientConfig): Pool {
  const types = new TypeOverrides()
  // Our counts are far below 2^53.
  types.setTypeParser(BIGINT_OID, Number)
  const pool = new Pool({ ...connection, max: POOL_MAX, types })
  // A connection that breaks while idle is replaced at the next query.
  pool.on('error', () => {})
  return pool
}

/** Why a database cannot be used, in words without its address, which may hold a password. */
function unavailable(error: unknown): RollcallError {
  const { code, message } = error as { code?: string; message?: string }
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing answers at the host and port of DATABASE_URL',
    ENOTFOUND: 'the host of DATABASE_URL is not known',
    ETIMEDOUT: 'the host of DATABASE_URL does not answer',
    '28P01': 'it does not accept the password of DATABASE_URL',
    '28000': 'it does not accept the user of DATABASE_URL',
    '3D000': 'the database named in DATABASE_URL does not exist',
    '42501': 'the user of DATABASE_URL may not make tables',
  }
  if (code === '53100') return new RollcallError('disk_full', { detail: 'the database' }, { cause: error })
  const detail = reasons[code ?? ''] ?? (code === undefined ? (message ?? 'unknown reason') : `error ${code}`)
  return new RollcallError('database_unavailable', { detail }, { cause: error, passing: true })
}

async function tryLock(connection: ClientConfig, name: string, waitMs: number): Promise<Lock | null> {
  const lost = new AbortController()
  const client = new Client({ ...connection, application_name: 'rollcall lock', keepAlive: true })
  const lose = (): void => {
    const detail = 'the connection that holds the lock of this list broke'
    lost.abort(new RollcallError('database_unavailable', { detail }))
  }
  client.on('error', lose)
  try {
    await client.connect()
  } catch (error) {
    throw unavailable(error)
  }
  client.on('end', lose)
  const deadlineMs = performance.now() + waitMs
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
      [name],
    )
    if (rows[0]?.taken === true) break
    if (performance.now() >= deadlineMs) {
      await client.end()
      return null
    }
    await sleep(LOCK_POLL_MS)
  }
  return {
    lost: lost.signal,
    release: async () => {
      client.off('end', lose)
      await client.end().catch(() => {})
    },
  }
}
