import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import { openHome } from '../../src/store/home.ts'
import type { Home } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'

let database: TestDatabase
let folder: Awaited<ReturnType<typeof makeFolder>>
let home: Home
let store: Store
let admin: Client

const open = (url: string): Promise<Store> =>
  openStore({ home, env: { DATABASE_URL: url }, limits: defaultLimits })

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await makeFolder('connection')
  home = await openHome({ ROLLCALL_HOME: folder.dir })
  store = await open(database.url)
  admin = new Client({ connectionString: database.url })
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await store.close()
  await database.drop()
  await folder.remove()
})

/** Ends the connections of this name of our database from the server's side. */
async function cutOff(applicationName: string): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and application_name = $1`,
    [applicationName],
  )
}

async function failureOf(work: Promise<unknown>): Promise<RollcallError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRollcallError(error)) throw new Error(`not an error of the catalogue: ${String(error)}`)
  return error
}

test('counts come as numbers', async () => {
  const { rows } = await sql<{ n: number }>`select count(*) as n, 2::bigint ^ 1 as m from credential`.execute(
    store.db,
  )
  expect(rows[0]?.n).toBe(0)
})

test('a connection that breaks is told as such, ends nothing else, and is replaced', async () => {
  // Within a transaction, between two statements: nobody waits for the connection at that moment.
  const broken = store.db.transaction().execute(async (tx) => {
    await sql`select 1`.execute(tx)
    await cutOff('rollcall')
    await sql`select 2`.execute(tx)
  })
  expect(await failureOf(broken)).toMatchObject({ code: 'database_unavailable', passing: true })
  const { rows } = await sql<{ n: number }>`select 3::bigint as n`.execute(store.db)
  expect(rows).toEqual([{ n: 3 }])
})

test('an error of a statement stays what it is', async () => {
  await expect(sql`select * from nothing`.execute(store.db)).rejects.toMatchObject({ code: '42P01' })
})

test('one holds a lock, others of other names are free, and it goes with its connection', async () => {
  const lock = await store.tryLock('list:1')
  const other = await store.tryLock('list:2', { waitMs: 0 })
  expect(other).not.toBeNull()
  expect(await store.tryLock('list:1', { waitMs: 0 })).toBeNull()
  expect(lock?.lost.aborted).toBe(false)
  await lock?.release()
  await lock?.release()
  expect(lock?.lost.aborted).toBe(false)
  const again = await store.tryLock('list:1', { waitMs: 0 })
  expect(again).not.toBeNull()
  const lost = new Promise((resolve) => again?.lost.addEventListener('abort', resolve))
  await cutOff('rollcall lock')
  await lost
  expect(again?.lost.reason).toMatchObject({ code: 'database_unavailable' })
  await again?.release()
  await other?.release()
})

test('who waits for a lock gets it as soon as it is free', async () => {
  const lock = await store.tryLock('list:3')
  const waiting = store.tryLock('list:3', { waitMs: 20_000 })
  await lock?.release()
  const taken = await waiting
  expect(taken).not.toBeNull()
  await taken?.release()
})

test.each([
  ['a closed port', 'postgres://me:sesame@127.0.0.1:1/x', /nothing answers/],
  ['an unknown host', 'postgres://me:sesame@nowhere.invalid/x', /host name of DATABASE_URL is unknown/],
])('DATABASE_URL of %s is told in plain words, without its password', async (_, url, words) => {
  const error = await failureOf(open(url))
  expect(error).toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(words) as string,
  })
  expect(JSON.stringify(error.report())).not.toMatch(/sesame/)
})

test('DATABASE_URL of a database that is not there, or of a server that is none', async () => {
  const missing = await failureOf(open(database.url.replace(/test_\w+/, 'missing')))
  expect(missing.message).toMatch(/does not exist/)
  const stranger = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
  const { port } = stranger.address() as AddressInfo
  expect((await failureOf(open(`postgres://me:sesame@127.0.0.1:${port}/x`))).code).toBe(
    'database_unavailable',
  )
  await new Promise((resolve) => stranger.close(resolve))
})

test.each(['localhost/x', 'mysql://me:sesame@localhost/x', 'postgres://user:sesame@[/x', ' '])(
  'DATABASE_URL "%s" is wrong usage',
  async (url) => {
    const error = await failureOf(open(url))
    expect(error.code).toBe('wrong_usage')
    expect(JSON.stringify(error.report())).not.toMatch(/sesame/)
  },
)
