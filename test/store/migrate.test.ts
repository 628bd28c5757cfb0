import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { CHECKOUT } from '../support/processes.ts'
import { dumpSchema } from '../support/schema-dump.ts'
import { attach, openUrl, testFolder } from './support.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
})

afterEach(async () => {
  await database.drop()
})

async function query<Row extends object>(text: string): Promise<Row[]> {
  return withClient(async (client) => (await client.query<Row>(text)).rows)
}

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const SCHEMA_FILE = join(CHECKOUT, 'src/store/schema.sql')

test('src/store/schema.sql is what the migrations make (ROLLCALL_WRITE_SCHEMA=1 writes it)', async () => {
  await (await openUrl(database.url)).close()
  const made = await withClient(dumpSchema)
  if (process.env['ROLLCALL_WRITE_SCHEMA'] === '1') await writeFile(SCHEMA_FILE, made)
  expect(await readFile(SCHEMA_FILE, 'utf8')).toBe(made)
})

test('the schema dump is SQL that makes the same schema', async () => {
  await query(await readFile(SCHEMA_FILE, 'utf8'))
  expect(await withClient(dumpSchema)).toBe(await readFile(SCHEMA_FILE, 'utf8'))
})

test('a migrated database is left as it is', async () => {
  await (await openUrl(database.url)).close()
  const before = await query('select * from kysely_migration')
  await (await openUrl(database.url)).close()
  expect(await query('select * from kysely_migration')).toEqual(before)
})

test('several processes that migrate at once all get the migrated database', async () => {
  const home = await testFolder('migrate')
  const options = { env: { DATABASE_URL: database.url } }
  const processes = [attach(home, options), attach(home, options)]
  const [, , ...answers] = await Promise.all([
    ...[openUrl(database.url), openUrl(database.url)].map(async (store) => (await store).close()),
    ...processes.map((process) => process.ask()),
  ])
  expect(answers).toEqual(['open', 'open'])
  expect(await processes[0]?.ask('sql select count(*)::int as n from workflow')).toBe('[{"n":0}]')
  await Promise.all(processes.map((process) => process.ask('close')))
})

test('a database that a newer version has migrated is refused, and not touched', async () => {
  await (await openUrl(database.url)).close()
  await query(`insert into kysely_migration values ('9999-later', now()::text)`)
  const before = await withClient(dumpSchema)
  await expect(openUrl(database.url)).rejects.toMatchObject({
    code: 'home_too_new',
    message: expect.stringContaining('9999-later') as string,
  })
  expect(await withClient(dumpSchema)).toBe(before)
})
