import { Kysely, PostgresDialect } from 'kysely'
import type { ClientConfig } from 'pg'
import type { Limits } from '../base/limits.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import { unavailable } from './connection-errors.ts'
import type { DatabaseKind } from './connection-errors.ts'
import { attachServer } from './embedded/server.ts'
import type { Home } from './home.ts'
import { takeLock } from './lock.ts'
import type { Lock } from './lock.ts'
import { migrate } from './migrate.ts'
import { createPool } from './pool.ts'
import type { Tables } from './schema.ts'

export type { Lock } from './lock.ts'

export interface Store {
  readonly db: Kysely<Tables>
  /**
   * Takes the lock of this name, or null when another holds it. Waits up to `waitMs` (the limit `lockWaitMs`), since a
   * killed holder's connection takes a moment to end.
   */
  readonly tryLock: (name: string, options?: { readonly waitMs?: number }) => Promise<Lock | null>
  readonly close: () => Promise<void>
}

interface Opened {
  readonly kind: DatabaseKind
  readonly connection: ClientConfig
  readonly close: () => Promise<void>
}

/** Opens the database: DATABASE_URL, else the embedded server of the data folder. Error: `database_unavailable`. */
export async function openStore(options: {
  home: Home
  env: Readonly<Record<string, string | undefined>>
  limits: Limits
}): Promise<Store> {
  const { home, env, limits } = options
  const { kind, connection, close: detach } = await openConnection(home, env['DATABASE_URL'], limits)
  let db: Kysely<Tables> | null = null
  const close = async (): Promise<void> => {
    await db?.destroy()
    await detach()
  }
  try {
    db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(connection, kind) }) })
    await migrate(db)
  } catch (error) {
    await close()
    throw unavailable(error, kind)
  }
  return {
    db,
    close,
    tryLock: (name, { waitMs = limits.lockWaitMs } = {}) => takeLock(connection, kind, name, waitMs),
  }
}

async function openConnection(home: Home, url: string | undefined, limits: Limits): Promise<Opened> {
  const common = { application_name: 'rollcall' }
  if (url) {
    requireAddress(url)
    return { kind: 'url', connection: { ...common, connectionString: url }, close: async () => {} }
  }
  const server = await attachServer(home, limits)
  return { kind: 'embedded', connection: { ...common, ...server.connection }, close: server.close }
}

/** The parser takes any text for something, and its own messages may quote the address with its password. */
function requireAddress(url: string): void {
  if (/^postgres(?:ql)?:\/\//i.test(url) && URL.canParse(url)) return
  const detail = 'DATABASE_URL is not an address such as postgres://user@host/database.'
  throw new RollcallError('wrong_usage', { detail })
}
