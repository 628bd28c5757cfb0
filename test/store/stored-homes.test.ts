import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate, migrations } from '../../src/store/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { CHECKOUT } from '../support/processes.ts'
import { dumpSchema } from '../support/schema-dump.ts'
import { answersOf } from './homes/answers.ts'
import { keptVersions, loadHome, readHome } from './homes/stored-home.ts'
import { connect, migrateTo, migrateUntil, migrationsUpTo } from './migrating.ts'

/**
 * Homes that earlier versions made, brought to the newest schema. When a migration changes what people have, let the version before it make
 * one (`node test/store/homes/make.ts`): all that follows is then tested with it too.
 */

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase({ migrated: false })
})

afterEach(async () => {
  await database.drop()
})

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** All that is there, by table, as digests. */
async function contents(client: Client): Promise<unknown> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const digests = tables.map(
    ({ name }) =>
      `select '${name}' as name, count(*), md5(string_agg(t::text, '' order by t::text)) from ${name} t`,
  )
  const { rows } = await client.query<object>(digests.join(' union all '))
  return { rows, schema: await dumpSchema(client) }
}

describe.each(keptVersions)('a home of version %s', (version) => {
  test('keeps all that people read of it, wherever its migration was killed on the way', async () => {
    const home = readHome(version)
    await migrateTo(database.url, version)
    await withClient(async (client) => loadHome(client, home))
    const before = await withClient(contents)
    let statements = 1
    while (!(await migrateUntil(database.url, statements, (name) => name > version))) {
      expect(await withClient(contents)).toEqual(before)
      statements += 1
    }
    expect(statements).toBeGreaterThan(Object.keys(migrations).filter((name) => name > version).length)
    expect(await withClient(dumpSchema)).toBe(await readFile(join(CHECKOUT, 'src/store/schema.sql'), 'utf8'))
    const db = connect(database.url)
    try {
      expect(await answersOf(db)).toEqual(home.answers)
    } finally {
      await db.destroy()
    }
  })

  test('is refused unharmed by that version once a newer one has migrated it', async () => {
    await migrateTo(database.url, version)
    await withClient(async (client) => loadHome(client, readHome(version)))
    const db = connect(database.url)
    try {
      await migrate(db)
      const before = await withClient(contents)
      await expect(migrate(db, { all: migrationsUpTo(version) })).rejects.toMatchObject({
        code: 'home_too_new',
      })
      expect(await withClient(contents)).toEqual(before)
    } finally {
      await db.destroy()
    }
  })
})
