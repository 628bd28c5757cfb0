import { Kysely, PostgresDialect, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { createRateLimiter } from '../../src/pinterest/rate-limiter.ts'
import type { RateLimiter } from '../../src/pinterest/types.ts'
import { createPool } from '../../src/store/pool.ts'
import type { Tables } from '../../src/store/schema.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

const HOUR_MS = 3_600_000
const never = new AbortController().signal

let database: TestDatabase
let db: Kysely<Tables>

beforeAll(async () => {
  database = await createTestDatabase()
  const pool = createPool({ connectionString: database.url }, 'url')
  db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
})

afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const limiter = (writesPerMinute: number): RateLimiter =>
  createRateLimiter({ store: { db }, limits: { ...defaultLimits, writesPerMinute } })

interface Slot {
  /** Milliseconds until the next free slot, by the database's clock. */
  readonly nextMs: number
  /** Until the end of the pause. */
  readonly heldMs: number
}

async function slotOf(key: string): Promise<Slot> {
  const { rows } = await sql<Slot>`
    select extract(epoch from next_at - clock_timestamp())::float8 * 1000 as "nextMs",
      extract(epoch from coalesce(held_until, '-infinity') - clock_timestamp())::float8 * 1000 as "heldMs"
    from rate_slot where key = ${`${key}:write`}
  `.execute(db)
  return rows[0] ?? { nextMs: 0, heldMs: 0 }
}

/** Resolves when the slots are taken up to this far ahead. */
async function takenUpTo(key: string, aheadMs: number): Promise<void> {
  while ((await slotOf(key)).nextMs < aheadMs);
}

test('calls of a small budget queue for many minutes, and are not taken for a clock that was set back', async () => {
  const abort = new AbortController()
  const slow = limiter(1)
  const calls = Array.from({ length: 8 }, () => slow.take('small', 'write', abort.signal).catch(() => null))
  await takenUpTo('small', 7.9 * 61_855)
  expect((await slotOf('small')).nextMs).toBeLessThanOrEqual(8 * 61_856)
  abort.abort()
  await Promise.all(calls)
})

test('a pause also holds those who had their slot already', async () => {
  const quick = limiter(300)
  await quick.take('pause', 'write', never)
  const waiting = quick.take('pause', 'write', never)
  await takenUpTo('pause', 210)
  await quick.hold('pause', 'write', 600)
  await waiting
  expect((await slotOf('pause')).heldMs).toBeLessThanOrEqual(2)
})

test('a clock that is set back during a pause with a queue behind it stops nobody', async () => {
  const abort = new AbortController()
  const quick = limiter(400)
  await quick.hold('back', 'write', 18 * HOUR_MS)
  const calls = [0, 1].map(() => quick.take('back', 'write', abort.signal).catch(() => null))
  await takenUpTo('back', 18 * HOUR_MS - 60_000)
  await sql`
    update rate_slot set next_at = next_at + interval '1 day', held_at = held_at + interval '1 day',
      held_until = held_until + interval '1 day'
    where key = 'back:write'
  `.execute(db)
  await quick.take('back', 'write', never)
  await quick.hold('back', 'write', 100)
  await quick.take('back', 'write', never)
  expect((await slotOf('back')).nextMs).toBeLessThan(60_000)
  abort.abort()
  await Promise.all(calls)
})

test('a mad pause is cut to a day', async () => {
  await limiter(400).hold('mad', 'write', Number.MAX_SAFE_INTEGER)
  expect((await slotOf('mad')).heldMs).toBeLessThanOrEqual(24 * HOUR_MS)
})
