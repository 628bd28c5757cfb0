import { randomBytes } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openVault } from '../../src/access/credentials.ts'
import { createSealer } from '../../src/access/seal.ts'
import type { Tokens, TokenVault } from '../../src/pinterest/types.ts'
import { createPool } from '../../src/store/pool.ts'
import type { Tables } from '../../src/store/schema.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

const sealer = createSealer(randomBytes(32))
const env = {
  PINTEREST_APP_ID: '1234',
  PINTEREST_APP_SECRET: 'app-secret',
  PINTEREST_REFRESH_TOKEN: 'pinr_first',
}

let database: TestDatabase
let store: { db: Kysely<Tables> }
let admin: Client

beforeAll(async () => {
  database = await createTestDatabase()
  const pool = createPool({ connectionString: database.url }, 'url')
  store = { db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }) }
  admin = new Client({ connectionString: database.url })
  await admin.connect()
})

beforeEach(async () => {
  await admin.query('delete from credential')
})

afterAll(async () => {
  await store.db.destroy()
  await admin.end()
  await database.drop()
})

const open = (given: Record<string, string> = env, key = sealer): Promise<TokenVault> =>
  openVault({ db: inWorkspace(store.db, PRODUCTION), sealer: key, env: given, name: 'default' })

const renewed = (current: Tokens): Tokens => ({
  ...current,
  refreshToken: 'pinr_second',
  accessToken: 'pina_1',
})

test('new tokens are stored even when the database drops the connection that waited for them', async () => {
  const vault = await open()
  const tokens = await vault.renew(async (current) => {
    await admin.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    return renewed(current)
  })
  expect(tokens.refreshToken).toBe('pinr_second')
  expect(await (await open()).read()).toEqual(tokens)
})

test('tokens that somebody stored meanwhile are not overwritten then', async () => {
  const vault = await open()
  const theirs: Tokens[] = []
  await vault.renew(async (current) => {
    await admin.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    theirs.push(
      await (await open()).renew(async (mine) => ({ ...renewed(mine), accessToken: 'pina_theirs' })),
    )
    return renewed(current)
  })
  expect([await vault.read()]).toEqual(theirs)
})

test('opening and reading do not wait for a renewal that takes long', async () => {
  const vault = await open()
  await vault.renew(async (current) => {
    expect((await (await open()).read()).refreshToken).toBe('pinr_first')
    return renewed(current)
  })
})

test('a wrong key opens nothing and overwrites nothing, whatever the environment says', async () => {
  const vault = await open()
  const tokens = await vault.renew(async (current) => renewed(current))
  const otherKey = createSealer(randomBytes(32))
  for (const given of [env, { ...env, PINTEREST_REFRESH_TOKEN: 'pinr_new' }]) {
    await expect(open(given, otherKey)).rejects.toMatchObject({ code: 'secret_key_wrong' })
  }
  await expect((await open({}, otherKey)).read()).rejects.toMatchObject({ code: 'secret_key_wrong' })
  expect(await vault.read()).toEqual(tokens)
})
