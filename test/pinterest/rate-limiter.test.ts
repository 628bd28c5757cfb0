import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { spacingMs } from '../../src/base/pace.ts'
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

/** The slot that a call reserves, without waiting for it. */
async function reserved(take: (signal: AbortSignal) => Promise<void>, key: string): Promise<Slot> {
  const abort = new AbortController()
  const before = await slot(key)
  const taking = take(abort.signal)
  taking.catch(() => null)
  for (;;) {
    const after = await slot(key)
    if (after.nextMs !== before.nextMs) {
      abort.abort()
      await taking.catch(() => null)
      return after
    }
  }
}

/** Times of the database, in milliseconds since 1970. */
interface Slot {
  readonly nextMs: number
  /** End of a pause. */
  readonly heldUntilMs: number
  readonly nowMs: number
}

function msOf(time: string) {
  return sql<number>`extract(epoch from ${sql.raw(time)})::float8 * 1000`
}

async function slot(key: string): Promise<Slot> {
  const { rows } = await sql<Slot>`
    select ${msOf('next_at')} as "nextMs", coalesce(${msOf('held_until')}, 0) as "heldUntilMs",
      ${msOf('clock_timestamp()')} as "nowMs"
    from rate_slot where key = ${key}`.execute(stores[0].db)
  return rows[0] ?? { nextMs: 0, heldUntilMs: 0, nowMs: 0 }
}

async function set(key: string, columns: string): Promise<void> {
  await sql`${sql.raw(`update rate_slot set ${columns}`)} where key = ${key}`.execute(stores[0].db)
}

test('two processes share one budget, and no minute would hold more calls than the limit', async () => {
  // 6000 a minute are 10 ms apart, so 40 calls of both together take 0.4 s.
  const limits = { writesPerMinute: 6_000 }
  const [one, two] = [limiter(limits, stores[0]), limiter(limits, stores[1])]
  await one.take('shared', 'write', never)
  const { nextMs: firstMs } = await slot('shared:write')
  const takers = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : two))
  await Promise.all(takers.map(async (from) => from.take('shared', 'write', never)))
  const { nextMs, nowMs } = await slot('shared:write')
  expect(nextMs - firstMs).toBeGreaterThanOrEqual(40 * 10)
  // The last of them waited until its slot had come.
  expect(nowMs).toBeGreaterThanOrEqual(nextMs - spacingMs(6_000) - CLOCK_MS)
})

/** Timers and clocks differ by so much. */
const CLOCK_MS = 2

test('calls are evenly spaced, a little under the limit', async () => {
  // So far apart that none of the slots is over before the next is reserved.
  const one = limiter({ writesPerMinute: 1 })
  await one.take('spaced', 'write', never)
  const first = await slot('spaced:write')
  expect(first.nextMs - first.nowMs).toBeLessThanOrEqual(spacingMs(1))
  const take = (signal: AbortSignal): Promise<void> => one.take('spaced', 'write', signal)
  const [second, third] = [await reserved(take, 'spaced:write'), await reserved(take, 'spaced:write')]
  expect(spacingMs(1)).toBeCloseTo(60_000 / 0.97, 6)
  expect(second.nextMs - first.nextMs).toBeCloseTo(spacingMs(1), 0)
  expect(third.nextMs - second.nextMs).toBeCloseTo(spacingMs(1), 0)
})

test('reads and writes, and different ad accounts, have budgets of their own', async () => {
  const one = limiter({ writesPerMinute: 1, readsPerMinute: 1 })
  await one.take('a', 'write', never)
  await one.take('a', 'read', never)
  await one.take('b', 'write', never)
  const { nextMs, nowMs } = await slot('a:write')
  expect(nextMs).toBeGreaterThan(nowMs)
})

test('time that nobody used is not saved up', async () => {
  const one = limiter({ writesPerMinute: 1 })
  await one.take('idle', 'write', never)
  await set('idle:write', "next_at = clock_timestamp() - interval '10 minutes'")
  const { nowMs } = await slot('idle:write')
  await one.take('idle', 'write', never)
  expect((await slot('idle:write')).nextMs).toBeGreaterThanOrEqual(nowMs + spacingMs(1))
})

test('a pause that Pinterest asks for holds everybody, for that kind of call alone', async () => {
  const [one, two] = [limiter({}, stores[0]), limiter({}, stores[1])]
  await one.hold('held', 'write', 60_000)
  const { nextMs, heldUntilMs } = await reserved((signal) => two.take('held', 'write', signal), 'held:write')
  expect(nextMs - heldUntilMs).toBeCloseTo(spacingMs(defaultLimits.writesPerMinute), 0)
  await two.take('held', 'read', never)
})

test('a short pause does not end a longer one', async () => {
  const one = limiter()
  await one.hold('longer', 'write', 600_000)
  const { heldUntilMs } = await slot('longer:write')
  await one.hold('longer', 'write', 1_000)
  const after = await reserved((signal) => one.take('longer', 'write', signal), 'longer:write')
  expect(after.heldUntilMs).toBe(heldUntilMs)
  expect(after.nextMs).toBeGreaterThan(heldUntilMs)
})

test('after a pause the calls go on, evenly spaced', async () => {
  const one = limiter({ writesPerMinute: 60_000 })
  await one.hold('over', 'write', 50)
  await one.take('over', 'write', never)
  const { nowMs, heldUntilMs } = await slot('over:write')
  expect(nowMs).toBeGreaterThanOrEqual(heldUntilMs - CLOCK_MS)
  await one.take('over', 'write', never)
})

test('who waits when a pause is asked for waits for its end too', async () => {
  const one = limiter({ writesPerMinute: 600 })
  await one.take('while', 'write', never)
  const taking = one.take('while', 'write', never)
  await one.hold('while', 'write', 300)
  await taking
  const { nowMs, heldUntilMs } = await slot('while:write')
  expect(nowMs).toBeGreaterThanOrEqual(heldUntilMs - CLOCK_MS)
})

test('a long pause is kept, though no queue reaches that far', async () => {
  const one = limiter()
  await one.hold('long', 'write', 600_000)
  const take = (signal: AbortSignal): Promise<void> => one.take('long', 'write', signal)
  const [first, second] = [await reserved(take, 'long:write'), await reserved(take, 'long:write')]
  expect(first.nextMs).toBeGreaterThan(first.heldUntilMs)
  expect(second.nextMs).toBeGreaterThan(first.nextMs)
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
  const { nextMs, nowMs } = await slot('clock:write')
  expect(nextMs - nowMs).toBeLessThan(1_000)
})

test('a slot far ahead comes from a clock that was set back, and is taken anew', async () => {
  const one = limiter()
  await one.take('far', 'write', never)
  await set('far:write', "next_at = now() + interval '1 year'")
  await one.take('far', 'write', never)
  const { nextMs, nowMs } = await slot('far:write')
  expect(nextMs - nowMs).toBeLessThan(1_000)
})

test('a clock that was set back after a pause does not hold who waits for a slot', async () => {
  const one = limiter({ writesPerMinute: 300 })
  await one.take('ahead', 'write', never)
  const taking = one.take('ahead', 'write', never)
  await set(
    'ahead:write',
    "held_at = now() + interval '1 day', held_until = now() + interval '1 day 1 minute'",
  )
  await taking
  const { nowMs, heldUntilMs } = await slot('ahead:write')
  expect(nowMs).toBeLessThan(heldUntilMs)
})

test('who is stopped already takes no slot', async () => {
  await expect(limiter().take('none', 'write', AbortSignal.abort())).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(await slot('none:write')).toMatchObject({ nextMs: 0 })
})

test('who waits can be stopped', async () => {
  const one = limiter()
  await one.hold('stopped', 'write', 60_000)
  const abort = new AbortController()
  const taking = one.take('stopped', 'write', abort.signal)
  abort.abort(new Error('enough'))
  await expect(taking).rejects.toMatchObject({ name: 'AbortError' })
})
