import { once } from 'node:events'
import { sql } from 'kysely'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { openHome } from '../../src/store/home.ts'
import type { Home } from '../../src/store/home.ts'
import { lockTiming, NOTICE_THE_DEAD } from '../../src/store/keepalive.ts'
import { confirmed } from '../../src/store/lock.ts'
import { openStore } from '../../src/store/store.ts'
import type { Lock, Store } from '../../src/store/store.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { startHalfOpenProxy } from '../support/half-open-proxy.ts'
import type { HalfOpenProxy } from '../support/half-open-proxy.ts'

const quick = { checkMs: 20, lostAfterMs: 1_000, takeoverMs: 60_000 }
const unavailable = { code: 'database_unavailable', passing: true }

let database: TestDatabase
let folder: Awaited<ReturnType<typeof makeFolder>>
let home: Home
let near: Store
let proxy: HalfOpenProxy
let far: Store

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await makeFolder('lock')
  home = await openHome({ ROLLCALL_HOME: folder.dir })
  near = await openStore({ home, env: { DATABASE_URL: database.url }, limits: defaultLimits })
})

afterAll(async () => {
  await near.close()
  await database.drop()
  await folder.remove()
})

beforeEach(async () => {
  proxy = await startHalfOpenProxy(database.url)
  far = await openStore({
    home,
    env: { DATABASE_URL: proxy.url },
    limits: defaultLimits,
    lockTiming: quick,
  })
})

afterEach(async () => {
  await proxy.close()
  await far.close()
})

async function take(store: Store, name = 'list:1'): Promise<Lock> {
  const lock = await store.tryLock(name)
  if (lock === null) throw new Error(`${name} is taken`)
  return lock
}

async function rowsOf(db: Store['db'], statement: string): Promise<unknown[]> {
  return (await sql.raw(statement).execute(db)).rows
}

async function lockStatements(): Promise<number> {
  const [row] = await rowsOf(
    near.db,
    `select pid, query_start from pg_stat_activity where datname = current_database()
     and application_name = 'rollcall lock'`,
  )
  return Number((row as { query_start: Date }).query_start)
}

test('the holder stops before others take its lock, and long before the server gives it away', () => {
  const [idle = 0, interval = 0, count = 0, userTimeoutMs = 0] = Array.from(
    NOTICE_THE_DEAD.matchAll(/\d+/g),
    Number,
  )
  const serverMs = Math.min((idle + interval * count) * 1000, userTimeoutMs)
  expect(serverMs).toBe(30_000)
  expect(lockTiming.takeoverMs).toBe(defaultLimits.takeoverMs)
  expect(lockTiming.takeoverMs).toBeLessThan(serverMs)
  expect(lockTiming.lostAfterMs).toBeLessThanOrEqual(0.6 * lockTiming.takeoverMs)
  expect(lockTiming.checkMs * 3).toBeLessThanOrEqual(lockTiming.lostAfterMs)
})

describe('a connection that the network swallows', () => {
  test('loses the lock after the bound, and ends what waits on it and in the pool', async () => {
    const lock = await take(far)
    let isHalfOver = false
    setTimeout(() => (isHalfOver = true), quick.lostAfterMs / 2)
    proxy.swallow()
    const waiting = [sql`select 1`.execute(lock.db), sql`select 1`.execute(far.db)].map(async (statement) =>
      statement.catch((error: unknown) => error),
    )
    await once(lock.lost, 'abort')
    expect(isHalfOver).toBe(true)
    expect(lock.lost.reason).toMatchObject(unavailable)
    expect(await Promise.all(waiting)).toMatchObject([unavailable, unavailable])
    // For the server all is well, so no other gets the lock yet.
    expect(await near.tryLock('list:1', { waitMs: 0 })).toBeNull()
    await lock.release()
  })

  test('keeps the lock as long as the server answers, within a failed transaction too', async () => {
    const lock = await take(far)
    const first = await lockStatements()
    const failing = lock.db.transaction().execute(async (tx) => {
      await sql`select 1 / 0`.execute(tx).catch(() => null)
      await vi.waitUntil(() => lockStatements().then((at) => at > first + 1.2 * quick.lostAfterMs), {
        timeout: 60_000,
      })
      throw new Error('as planned')
    })
    await expect(failing).rejects.toThrow('as planned')
    expect(lock.lost.aborted).toBe(false)
    expect(await rowsOf(lock.db, 'select 2 as n')).toEqual([{ n: 2 }])
    await lock.release()
  })

  test('while it waits for a lock, ends the wait', async () => {
    const lock = await take(near)
    const waiting = far.tryLock('list:1', { waitMs: 60_000 })
    await vi.waitUntil(async () => (await rowsOf(near.db, lockSessions)).length === 2)
    proxy.swallow()
    await expect(waiting).rejects.toMatchObject(unavailable)
    await lock.release()
  })

  test('while it is let go, ends the farewell', async () => {
    const lock = await take(far)
    proxy.swallow()
    await lock.release()
    expect(await near.tryLock('list:1', { waitMs: 0 })).toBeNull()
  })
})

/** A holder whose connection for the lock hangs, while its process believes that all is well. */
async function silentHolder(takeoverMs: number): Promise<Lock> {
  const timing = { checkMs: 600_000, lostAfterMs: 1_200_000, takeoverMs }
  const store = await openStore({
    home,
    env: { DATABASE_URL: database.url },
    limits: defaultLimits,
    lockTiming: timing,
  })
  onTestFinished(() => store.close())
  const lock = await take(store, 'list:lease')
  onTestFinished(() => lock.release())
  return lock
}

describe('a lease', () => {
  test('that ran out loses the lock to the next, and with it every statement of its holder', async () => {
    await rowsOf(near.db, 'create table if not exists leased (n int)')
    const lock = await silentHolder(400)
    await rowsOf(lock.db, 'insert into leased values (1)')
    const next = await near.tryLock('list:lease', { waitMs: 60_000 })
    await vi.waitUntil(() => lock.lost.aborted, { timeout: 180_000 })
    await expect(rowsOf(lock.db, 'insert into leased values (2)')).rejects.toMatchObject(unavailable)
    await expect(lock.confirm()).rejects.toMatchObject(unavailable)
    expect(await rowsOf(near.db, 'select n from leased')).toEqual([{ n: 1 }])
    await next?.release()
  })

  test.each<[string, 'performance' | 'Date']>([
    ['by its own clock', 'performance'],
    ['by the clock of the wall, as where the machine slept', 'Date'],
  ])('is looked at again by a holder that was silent %s, before it goes on', async (_, clock) => {
    // The next question of its own would come in ten minutes.
    const lock = await silentHolder(600_000)
    // As the next holder does, who came in by another server.
    await rowsOf(near.db, `update lock_lease set fence = fence + 1 where name = 'list:lease'`)
    await lock.confirm()
    expect(lock.lost.aborted).toBe(false)
    const place = clock === 'Date' ? Date : performance
    const later = place.now() + 2 * 600_000
    const now = vi.spyOn(place, 'now').mockImplementation(() => later)
    onTestFinished(() => now.mockRestore())
    await expect(lock.confirm()).rejects.toMatchObject(unavailable)
    expect(lock.lost.aborted).toBe(true)
  })

  test('is not confirmed by an answer that was read late, since the process was stopped meanwhile', async () => {
    const lost = new AbortController()
    const ages = ['old', 'old', 'new']
    let asked = 0
    const watch = { isFresh: () => ages[asked] === 'new', askNow: async () => void (asked += 1) }
    await confirmed(lost.signal, watch)
    expect(asked).toBe(2)
    const askNow = async () => lost.abort(new Error('another took it'))
    await expect(confirmed(lost.signal, { isFresh: () => false, askNow })).rejects.toThrow('another took it')
  })

  test('outlives a server whose place another took, where locks are gone and their holders do not know', async () => {
    const lock = await silentHolder(600_000)
    await rowsOf(near.db, `update lock_lease set server = 'the one before' where name = 'list:lease'`)
    await rowsOf(near.db, `select pg_terminate_backend(pid) from lock_lease where name = 'list:lease'`)
    await vi.waitUntil(() => lock.lost.aborted, { timeout: 180_000 })
    expect(await near.tryLock('list:lease', { waitMs: 100 })).toBeNull()
    await rowsOf(near.db, `update lock_lease set expires_at = clock_timestamp() where name = 'list:lease'`)
    const next = await near.tryLock('list:lease', { waitMs: 10_000 })
    expect(next).not.toBeNull()
    await next?.release()
  })

  test('of a holder that is gone with its connection keeps no other waiting', async () => {
    const lock = await silentHolder(600_000)
    await rowsOf(near.db, `select pg_terminate_backend(pid) from lock_lease where name = 'list:lease'`)
    await vi.waitUntil(() => lock.lost.aborted, { timeout: 180_000 })
    const next = await near.tryLock('list:lease', { waitMs: 10_000 })
    expect(next).not.toBeNull()
    await next?.release()
  })
})

const lockSessions = `select pid from pg_stat_activity
  where datname = current_database() and application_name = 'rollcall lock'`

describe('statements on the connection of the lock', () => {
  beforeAll(async () => {
    await rowsOf(near.db, 'create table written (n int)')
  })

  beforeEach(async () => {
    await rowsOf(near.db, 'truncate written')
  })

  test('have no effect once another can have the lock, whatever else still works', async () => {
    const lock = await take(far)
    await rowsOf(lock.db, 'insert into written values (1)')
    proxy.swallow('rollcall lock')
    const late = rowsOf(lock.db, 'insert into written values (2)').catch((error: unknown) => error)
    await proxy.serverNoticed()
    const next = await take(near)
    expect(await rowsOf(far.db, 'select n from written')).toEqual([{ n: 1 }])
    expect(await late).toMatchObject(unavailable)
    await expect(rowsOf(lock.db, 'insert into written values (3)')).rejects.toMatchObject(unavailable)
    expect(await rowsOf(near.db, 'select n from written')).toEqual([{ n: 1 }])
    await next.release()
    await lock.release()
  })

  test('take turns: none slips into the transaction of another', async () => {
    const lock = await take(far)
    const step = Promise.withResolvers<void>()
    const transaction = lock.db.transaction().execute(async (tx) => {
      await rowsOf(tx, 'insert into written values (1)')
      await step.promise
      throw new Error('rolled back')
    })
    const other = rowsOf(lock.db, 'insert into written values (2)')
    await vi.waitUntil(async () => (await lockStatements()) > 0)
    step.resolve()
    await expect(transaction).rejects.toThrow('rolled back')
    await other
    expect(await rowsOf(near.db, 'select n from written')).toEqual([{ n: 2 }])
    await lock.release()
  })

  test('come to nothing after it was let go', async () => {
    const lock = await take(far)
    await lock.release()
    await expect(rowsOf(lock.db, 'insert into written values (1)')).rejects.toMatchObject(unavailable)
    expect(lock.lost.aborted).toBe(false)
  })
})
