import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { createRateLimiter } from '../../src/pinterest/rate-limiter.ts'
import type { RateLimiter } from '../../src/pinterest/types.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'

let folder: Awaited<ReturnType<typeof makeFolder>>
let database: TestDatabase
/** Two stores, as two processes have them. */
let stores: [Store, Store]
const never = new AbortController().signal

beforeAll(async () => {
  folder = await makeFolder('limiter')
  database = await createTestDatabase()
  const home = await openHome({ ROLLCALL_HOME: folder.dir })
  const open = async (): Promise<Store> =>
    openStore({ home, env: { DATABASE_URL: database.url }, limits: defaultLimits })
  stores = [await open(), await open()]
})

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await database.drop()
  await folder.remove()
})

function limiter(limits: Partial<Limits> = {}, store = stores[0]): RateLimiter {
  return createRateLimiter({ store, limits: { ...defaultLimits, ...limits } })
}

/** How long a call would have to wait, in milliseconds, without waiting for it. */
async function waitOf(work: (signal: AbortSignal) => Promise<void>, key: string): Promise<number> {
  const abort = new AbortController()
  const before = await slot(key)
  const taking = work(abort.signal)
  taking.catch(() => null)
  for (;;) {
    const after = await slot(key)
    if (after.next_at !== before.next_at) {
      abort.abort()
      await taking.catch(() => null)
      return after.ahead_ms
    }
  }
}

async function slot(key: string): Promise<{ next_at: string | null; ahead_ms: number }> {
  const { rows } = await sql<{ next_at: string; ahead_ms: number }>`
    select next_at::text, extract(epoch from next_at - clock_timestamp())::float8 * 1000 as ahead_ms
    from rate_slot where key = ${key}`.execute(stores[0].db)
  return rows[0] ?? { next_at: null, ahead_ms: 0 }
}

async function set(key: string, columns: string): Promise<void> {
  await sql`${sql.raw(`update rate_slot set ${columns}`)} where key = ${key}`.execute(stores[0].db)
}

test('two processes share one budget, and no minute would hold more calls than the limit', async () => {
  // 6000 a minute are 10 ms apart, so 40 calls of both together take 0.4 s.
  const limits = { writesPerMinute: 6_000 }
  const [one, two] = [limiter(limits, stores[0]), limiter(limits, stores[1])]
  const startedMs = performance.now()
  const times: number[] = []
  const take = async (from: RateLimiter): Promise<void> => {
    await from.take('shared', 'write', never)
    times.push(performance.now() - startedMs)
  }
  await Promise.all(Array.from({ length: 40 }, async (_, index) => take(index % 2 === 0 ? one : two)))
  expect(times).toHaveLength(40)
  expect(Math.max(...times)).toBeGreaterThanOrEqual(39 * 10)
})

test('calls are evenly spaced, a little under the limit', async () => {
  const one = limiter({ writesPerMinute: 60 })
  await one.take('spaced', 'write', never)
  const first = await slot('spaced:write')
  expect(first.ahead_ms).toBeGreaterThan(0)
  expect(first.ahead_ms).toBeLessThanOrEqual(60_000 / 60 / 0.97)
  const waits = [
    await waitOf((signal) => one.take('spaced', 'write', signal), 'spaced:write'),
    await waitOf((signal) => one.take('spaced', 'write', signal), 'spaced:write'),
  ]
  expect((waits[1] ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(900)
  expect(waits[1]).toBeLessThanOrEqual((3 * 60_000) / 60 / 0.97)
})

test('reads and writes, and different ad accounts, have budgets of their own', async () => {
  const one = limiter({ writesPerMinute: 1, readsPerMinute: 1 })
  await one.take('a', 'write', never)
  await one.take('a', 'read', never)
  await one.take('b', 'write', never)
  expect((await slot('a:write')).ahead_ms).toBeGreaterThan(50_000)
})

test('time that nobody used is not saved up', async () => {
  const one = limiter({ writesPerMinute: 60 })
  await one.take('idle', 'write', never)
  await set('idle:write', "next_at = clock_timestamp() - interval '10 minutes'")
  await one.take('idle', 'write', never)
  expect((await slot('idle:write')).ahead_ms).toBeGreaterThan(500)
})

test('a pause that Pinterest asks for holds everybody, for that kind of call alone', async () => {
  const [one, two] = [limiter({}, stores[0]), limiter({}, stores[1])]
  await one.hold('held', 'write', 30_000)
  const waitMs = await waitOf((signal) => two.take('held', 'write', signal), 'held:write')
  expect(waitMs).toBeGreaterThan(25_000)
  expect(waitMs).toBeLessThan(31_000)
  await two.take('held', 'read', never)
})

test('a short pause does not end a longer one', async () => {
  const one = limiter()
  await one.hold('longer', 'write', 60_000)
  await one.hold('longer', 'write', 1_000)
  const waitMs = await waitOf((signal) => one.take('longer', 'write', signal), 'longer:write')
  expect(waitMs).toBeGreaterThan(50_000)
})

test('after a pause the calls go on, evenly spaced', async () => {
  const one = limiter({ writesPerMinute: 60_000 })
  await one.hold('over', 'write', 50)
  const startedMs = performance.now()
  await one.take('over', 'write', never)
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(40)
  await one.take('over', 'write', never)
})

test('a long pause is kept, though no queue reaches that far', async () => {
  const one = limiter()
  await one.hold('long', 'write', 600_000)
  const first = await waitOf((signal) => one.take('long', 'write', signal), 'long:write')
  const second = await waitOf((signal) => one.take('long', 'write', signal), 'long:write')
  expect(first).toBeGreaterThan(590_000)
  expect(second).toBeGreaterThan(first)
})

test('a clock that was set back after a pause does not make it endless', async () => {
  const one = limiter()
  await one.take('clock', 'write', never)
  await set(
    'clock:write',
    `held_at = now() + interval '1 day', held_until = now() + interval '1 day 1 minute',
     next_at = now() + interval '1 day 1 minute'`,
  )
  await one.take('clock', 'write', never)
  expect((await slot('clock:write')).ahead_ms).toBeLessThan(1_000)
})

test('a slot far ahead comes from a clock that was set back, and is taken anew', async () => {
  const one = limiter()
  await one.take('far', 'write', never)
  await set('far:write', "next_at = now() + interval '1 year'")
  await one.take('far', 'write', never)
  expect((await slot('far:write')).ahead_ms).toBeLessThan(1_000)
})

test('who waits can be stopped', async () => {
  const one = limiter()
  await one.hold('stopped', 'write', 60_000)
  const abort = new AbortController()
  const taking = one.take('stopped', 'write', abort.signal)
  abort.abort(new Error('enough'))
  await expect(taking).rejects.toMatchObject({ name: 'AbortError' })
})
