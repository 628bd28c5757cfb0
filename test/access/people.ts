import { createHook } from 'node:async_hooks'
import { argon2Sync, randomBytes } from 'node:crypto'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { vi } from 'vitest'
import type { Access, Db } from '../../src/access/access.ts'
import { localActor } from '../../src/access/activity.ts'
import type { OptionName, PolicyName, Principal } from '../../src/access/permissions.ts'
import { createUser } from '../../src/access/users.ts'
import type { User } from '../../src/access/object-kinds.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { createPool } from '../../src/store/pool.ts'
import type { Tables } from '../../src/store/schema.ts'
import { createTestDatabase } from '../support/database.ts'

/** A database for tests of people and keys. */
export interface People {
  readonly db: Db
  /** As the command line, which may do everything. */
  readonly local: Access
  readonly close: () => Promise<void>
}

export const PASSWORD = 'correct horse battery'

export async function openPeople(): Promise<People> {
  const database = await createTestDatabase()
  const pool = createPool({ connectionString: database.url }, 'url')
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    db,
    local: { store: { db }, limits: defaultLimits, actor: localActor },
    close: async () => {
      await db.destroy()
      await database.drop()
    },
  }
}

/** Removes everything but the activity log, which nothing can be removed from. */
export async function emptyPeople({ db }: Pick<People, 'db'>): Promise<void> {
  await sql`truncate app_user, session, api_key, sign_in_failure`.execute(db)
}

export function withLimits(access: Access, limits: Partial<Limits>): Access {
  return { ...access, limits: { ...access.limits, ...limits } }
}

/** The same access for somebody else. */
export function as(access: Access, policies: PolicyName[], options: OptionName[] = [], id = 'us_x'): Access {
  const principal: Principal = { kind: 'user', id, name: 'Somebody', policies, options, sessionId: null }
  return { ...access, actor: { principal, originIp: '192.0.2.7', userAgent: 'browser' } }
}

let made = 0

export async function addUser(
  access: Access,
  given: { email?: string; policies?: PolicyName[]; options?: OptionName[]; password?: string | null } = {},
): Promise<User> {
  made += 1
  return createUser(access, {
    email: given.email ?? `user-${made}@example.com`,
    name: `User ${made}`,
    policies: given.policies ?? ['analyst'],
    options: given.options ?? [],
    password: given.password === undefined ? PASSWORD : given.password,
  })
}

/** Resolves when so many statements wait for a lock in this database. */
export async function untilBlocked({ db }: Pick<People, 'db'>, count: number): Promise<void> {
  const blocked = async (): Promise<number | undefined> => {
    const { rows } = await sql<{ blocked: number }>`
      select count(*)::integer as blocked from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
    `.execute(db)
    return rows[0]?.blocked
  }
  await vi.waitUntil(async () => (await blocked()) === count, { interval: 1, timeout: 180_000 })
}

/** A digest of the password as an older version could have made it, with 8 MiB and one pass. */
export function olderHash(password: string): string {
  const nonce = randomBytes(16)
  const given = { message: password, nonce, memory: 8192, passes: 1, parallelism: 1, tagLength: 32 }
  const [salt, tag] = [nonce, argon2Sync('argon2id', given)].map((bytes) =>
    bytes.toString('base64').replaceAll('=', ''),
  )
  return `$argon2id$v=19$m=8192,t=1,p=1$${salt}$${tag}`
}

/** How many passwords `work` hashes, which is what it costs. */
export async function digestsOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hook = createHook({
    init: (_, type) => {
      if (type === 'ARGON2REQUEST') count += 1
    },
  }).enable()
  await work().finally(() => hook.disable())
  return count
}
