import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openVault } from '../../src/access/credentials.ts'
import { createSealer } from '../../src/access/seal.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Tokens, TokenVault } from '../../src/pinterest/types.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import type { WorkspaceDb } from '../../src/store/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'

const sealer = createSealer(randomBytes(32))
const seeded = {
  PINTEREST_APP_ID: '148',
  PINTEREST_APP_SECRET: 'app-secret-in-clear',
  PINTEREST_REFRESH_TOKEN: 'pinr.first-in-clear',
}

let folder: Awaited<ReturnType<typeof makeFolder>>
let database: TestDatabase
/** Two stores, as two processes have them. */
let stores: [Store, Store]

beforeAll(async () => {
  folder = await makeFolder('vault')
  database = await createTestDatabase()
  const home = await openHome({ ROLLCALL_HOME: folder.dir })
  const open = async (): Promise<Store> =>
    openStore({ home, env: { DATABASE_URL: database.url }, limits: defaultLimits })
  stores = [await open(), await open()]
})

beforeEach(async () => {
  await production().deleteFrom('credential').execute()
})

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await database.drop()
  await folder.remove()
})

function production(store = stores[0]): WorkspaceDb {
  return inWorkspace(store.db, PRODUCTION)
}

function vault(env: Record<string, string> = {}, store = stores[0]): Promise<TokenVault> {
  return openVault({ db: production(store), sealer, env, name: 'default' })
}

/** What Pinterest answers to a refresh: both tokens are new. */
function rotated(tokens: Tokens, name: string): Tokens {
  return {
    ...tokens,
    refreshToken: `pinr.${name}`,
    refreshExpiresAt: new Date('2030-02-03T04:05:06.789Z'),
    accessToken: `pina.${name}`,
    accessExpiresAt: new Date('2030-01-02T03:04:05.678Z'),
  }
}

test('the environment makes the credential at first use', async () => {
  const first = await vault({ ...seeded, PINTEREST_APP_ID: ' 148\n' })
  expect(first.name).toBe('default')
  expect(await first.read()).toEqual({
    appId: '148',
    appSecret: 'app-secret-in-clear',
    refreshToken: 'pinr.first-in-clear',
    refreshExpiresAt: null,
    accessToken: null,
    accessExpiresAt: null,
  })
})

test('from then on the environment is not needed', async () => {
  await vault(seeded)
  expect((await (await vault()).read()).refreshToken).toBe('pinr.first-in-clear')
})

test('what is rotated is kept and wins over the environment that made the credential', async () => {
  const first = await vault(seeded)
  const renewed = await first.renew(async (current) => rotated(current, 'second'))
  expect(renewed.refreshToken).toBe('pinr.second')
  const later = await vault(seeded, stores[1])
  expect(await later.read()).toEqual(renewed)
})

test('other values in the environment are a new authorization', async () => {
  await (await vault(seeded)).renew(async (current) => rotated(current, 'second'))
  const again = await vault({ ...seeded, PINTEREST_REFRESH_TOKEN: 'pinr.authorized-again' })
  expect(await again.read()).toMatchObject({ refreshToken: 'pinr.authorized-again', accessToken: null })
  await again.renew(async (current) => rotated(current, 'third'))
  const settled = await vault({ ...seeded, PINTEREST_REFRESH_TOKEN: 'pinr.authorized-again' })
  expect((await settled.read()).refreshToken).toBe('pinr.third')
})

test('a part of the three variables is refused, naming what is missing', async () => {
  await expect(vault({ PINTEREST_APP_ID: '148' })).rejects.toMatchObject({
    code: 'authorization_error',
    message: expect.stringContaining(
      'PINTEREST_APP_SECRET and PINTEREST_REFRESH_TOKEN are not set',
    ) as string,
  })
  await expect(vault({ ...seeded, PINTEREST_APP_SECRET: '' })).rejects.toMatchObject({
    message: expect.stringContaining('PINTEREST_APP_SECRET is not set') as string,
  })
})

test('no credential at all is an authorization error that says what to set', async () => {
  await expect(vault()).rejects.toMatchObject({
    code: 'authorization_error',
    message: expect.stringContaining('PINTEREST_APP_ID') as string,
  })
})

test('no secret lies in clear in the database', async () => {
  await (await vault(seeded)).renew(async (current) => rotated(current, 'second-in-clear'))
  const rows = JSON.stringify(await production().selectFrom('credential').selectAll().execute())
  expect(rows).not.toMatch(/in-clear/)
})

test('a sealed credential that is copied into another row does not open there', async () => {
  await vault(seeded)
  const db = production()
  const row = await db.selectFrom('credential').select(['sealed', 'seed_digest']).executeTakeFirstOrThrow()
  await db
    .insertInto('credential')
    .values({ ...row, id: 'cr_other', name: 'other', access_expires_at: null, refresh_expires_at: null })
    .execute()
  const other = await openVault({ db, sealer, env: {}, name: 'other' })
  await expect(other.read()).rejects.toMatchObject({ code: 'secret_key_wrong' })
})

test('two processes renew one after the other, and the second sees the tokens of the first', async () => {
  const one = await vault(seeded, stores[0])
  const two = await vault(seeded, stores[1])
  const seen: string[] = []
  let underWay = 0
  const exchange = async (current: Tokens): Promise<Tokens> => {
    underWay += 1
    expect(underWay).toBe(1)
    seen.push(current.refreshToken)
    // Long enough for the other to have come as far as the row.
    await stores[0].db.selectFrom('workflow').selectAll().execute()
    underWay -= 1
    return seen.length === 1 ? rotated(current, 'second') : current
  }
  const [a, b] = await Promise.all([one.renew(exchange), two.renew(exchange)])
  expect(seen).toEqual(['pinr.first-in-clear', 'pinr.second'])
  expect([a.refreshToken, b.refreshToken]).toEqual(['pinr.second', 'pinr.second'])
})

test('the new tokens are stored by the time renew resolves', async () => {
  const one = await vault(seeded, stores[0])
  const two = await vault(seeded, stores[1])
  await one.renew(async (current) => rotated(current, 'second'))
  expect((await two.read()).refreshToken).toBe('pinr.second')
})

test('a refused exchange leaves the tokens as they were, and the next may try', async () => {
  const one = await vault(seeded)
  await expect(one.renew(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
  expect((await one.read()).refreshToken).toBe('pinr.first-in-clear')
  expect((await one.renew(async (current) => rotated(current, 'second'))).refreshToken).toBe('pinr.second')
})

test('those who make the credential at once make one', async () => {
  await Promise.all([vault(seeded, stores[0]), vault(seeded, stores[1]), vault(seeded, stores[0])])
  expect(await production().selectFrom('credential').select('name').execute()).toEqual([{ name: 'default' }])
})
