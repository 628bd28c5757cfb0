import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { migrate, migrations } from '../../src/store/migrate.ts'
import type { Tables } from '../../src/store/schema.ts'
import type { Store } from '../../src/store/store.ts'
import { openQueue } from '../../src/worker/queue.ts'
import type { JobQueue } from '../../src/worker/queue.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { connect } from './migrating.ts'
import { openHere, openUrl, rowsOf, testFolder } from './support.ts'

/** A newer version that has to change the tables while an older one works with them. */

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(() => database.drop())

/** The migrations of the next version. */
const next: Readonly<Record<string, Migration>> = {
  ...migrations,
  '9998-next': { up: async (db) => void (await sql`create table next (id text)`.execute(db)) },
  '9999-last': { up: async (db) => void (await sql`create table last (id text)`.execute(db)) },
}

const tablesOf = `select relname from pg_class where relname in ('next', 'last') order by relname`
const REFUSED = { code: 'older_version_running' }

async function serve({ connection }: Store): Promise<JobQueue> {
  return openQueue({ connection, limits: defaultLimits, onError: () => {} })
}

/** The database as another process opens it. */
function another({ url }: TestDatabase): Kysely<Tables> {
  const db = connect(url)
  onTestFinished(() => db.destroy())
  return db
}

test('under a running service it refuses, changes nothing and says what to do; once that has ended, it migrates', async () => {
  const older = await openUrl(database.url)
  const queue = await serve(older)
  const refused = migrate(another(database), { all: next, endMs: 0 })
  await expect(refused).rejects.toMatchObject({
    ...REFUSED,
    message: expect.stringMatching(
      /database as a service, .* Nothing was changed\. Stop `rollcall start`/,
    ) as string,
  })
  expect(await rowsOf(older, tablesOf)).toEqual([])
  await queue.close(1_000)
  await older.close()
  await migrate(another(database), { all: next, endMs: 60_000 })
  const newer = another(database)
  expect((await sql.raw(tablesOf).execute(newer)).rows).toEqual([{ relname: 'last' }, { relname: 'next' }])
})

test('under a run of the command line it refuses until that has ended', async () => {
  const older = await openUrl(database.url)
  const lock = await older.tryLock('customer list:cl_1')
  await expect(migrate(another(database), { all: next, endMs: 0 })).rejects.toMatchObject({
    ...REFUSED,
    message: expect.stringContaining('for a run') as string,
  })
  await lock?.release()
  await migrate(another(database), { all: next, endMs: 60_000 })
  expect(await rowsOf(older, tablesOf)).toHaveLength(2)
  await older.close()
})

test('it waits for a process that is just ending', async () => {
  const older = await openUrl(database.url)
  const lock = await older.tryLock('customer list:cl_1')
  const migrated = migrate(another(database), { all: next, endMs: 60_000 })
  await expect
    .poll(() =>
      rowsOf(
        older,
        `select 1 from pg_stat_activity where query like '%pg_stat_activity%'
      and datname = current_database() and state = 'idle in transaction'`,
      ),
    )
    .toHaveLength(1)
  await lock?.release()
  await migrated
  expect(await rowsOf(older, tablesOf)).toHaveLength(2)
  await older.close()
})

test('who only reads, and who works with another database, is in no way of it', async () => {
  const [reader, elsewhere] = [await openUrl(database.url), await createTestDatabase()]
  onTestFinished(elsewhere.drop)
  const other = await openUrl(elsewhere.url)
  const queue = await serve(other)
  await migrate(another(database), { all: next, endMs: 0 })
  expect(await rowsOf(reader, tablesOf)).toHaveLength(2)
  await queue.close(1_000)
  await other.close()
  await reader.close()
})

test('a service is in no way of a process that has nothing to change', async () => {
  const older = await openUrl(database.url)
  const queue = await serve(older)
  await expect(migrate(another(database), { endMs: 0 })).resolves.toBeUndefined()
  await queue.close(1_000)
  await older.close()
})

test('two processes of the newer version that begin at once both get the tables, although one of them works at once', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const { promise: began, resolve: begin } = Promise.withResolvers<void>()
  const slow = {
    ...next,
    '9999-last': {
      up: async (db: Kysely<unknown>) => {
        begin()
        await gate
        await next['9999-last']?.up(db)
      },
    },
  }
  const one = migrate(another(database), { all: slow, endMs: 0 })
  await began
  const two = migrate(another(database), { all: next, endMs: 0 })
  const watcher = await openUrl(database.url)
  await expect
    .poll(() =>
      rowsOf(
        watcher,
        `select 1 from pg_stat_activity where wait_event_type = 'Lock'
      and datname = current_database()`,
      ),
    )
    .toHaveLength(1)
  const queue = await serve(watcher)
  open()
  await Promise.all([one, two])
  expect(await rowsOf(watcher, tablesOf)).toHaveLength(2)
  await queue.close(1_000)
  await watcher.close()
})

test('the embedded database is refused just so, while another process works with it', async () => {
  const home = await testFolder('in use')
  const [older, newer] = [await openHere(home), await openHere(home)]
  const queue = await serve(older)
  await expect(migrate(newer.db, { all: next, endMs: 0 })).rejects.toMatchObject(REFUSED)
  expect(await rowsOf(older, tablesOf)).toEqual([])
  await queue.close(1_000)
  await older.close()
  await migrate(newer.db, { all: next, endMs: 60_000 })
  expect(await rowsOf(newer, tablesOf)).toHaveLength(2)
  await newer.close()
})
