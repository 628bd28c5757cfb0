import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { requireSessions } from '../../src/store/require-sessions.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTransactionPooler } from '../support/transaction-pooler.ts'
import type { PoolerOptions } from '../support/transaction-pooler.ts'
import { openUrl } from './support.ts'

test.each([1, 3])(
  'a pooler that lends %i sessions by the transaction is refused with the reason',
  async (sessions) => {
    const database = await createTestDatabase()
    const pooler = await startTransactionPooler(database.url, sessions)
    onTestFinished(async () => {
      await pooler.close()
      await database.drop()
    })
    // It does as a pooler does: a session goes from user to user.
    const user = new Client({ connectionString: pooler.url })
    await user.connect()
    expect((await user.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    await user.end()

    await expect(openUrl(pooler.url)).rejects.toMatchObject({ code: 'database_unavailable', passing: false })
    await expect(openUrl(pooler.url)).rejects.toThrow(/connection pooler .* session mode/)
    await (await openUrl(database.url)).close()
  },
)

test.each<[string, number, PoolerOptions]>([
  ['shares sessions, though it passes on what they are told', 3, { notify: 'all' }],
  ['lends its sessions in turn, so that no two meet in one', 3, { notify: 'all', takesTurns: true }],
  ['takes single statements only', 3, { refusesBegin: true }],
  [
    'gives each user a session, and passes on nothing that it is told',
    3,
    { staysLent: true, notify: 'none' },
  ],
])('a pooler that %s is refused', async (_, sessions, options) => {
  const database = await createTestDatabase()
  const pooler = await startTransactionPooler(database.url, sessions, options)
  onTestFinished(async () => {
    await pooler.close()
    await database.drop()
  })
  await expect(requireSessions({ connectionString: pooler.url }, 1000)).rejects.toThrow(
    /connection pooler .* session mode/,
  )
})

test('a pooler in session mode is as good as the database', async () => {
  const database = await createTestDatabase()
  const pooler = await startTransactionPooler(database.url, 3, { staysLent: true })
  onTestFinished(async () => {
    await pooler.close()
    await database.drop()
  })
  await expect(requireSessions({ connectionString: pooler.url })).resolves.toBeUndefined()
})

test('a database of another encoding is refused before anything is made in it', async () => {
  const database = await createTestDatabase({ migrated: false })
  const name = `latin_${new URL(database.url).pathname.slice(1)}`
  const admin = new Client({ connectionString: database.url })
  await admin.connect()
  await admin.query(`create database ${name} encoding 'LATIN1' template template0 locale 'C'`)
  onTestFinished(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
    await database.drop()
  })
  const url = database.url.replace(/\/\/\/\w+/, `///${name}`)
  await expect(openUrl(url)).rejects.toThrow(/encoding LATIN1.*UTF8/)
  const own = new Client({ connectionString: url })
  await own.connect()
  const { rows } = await own.query(`select tablename from pg_tables where schemaname = 'public'`)
  await own.end()
  expect(rows).toEqual([])
})
