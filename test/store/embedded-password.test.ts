import { readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Client, escapeLiteral } from 'pg'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import type { SourceAccess } from '../../src/sources/access.ts'
import { passwordFileOf } from '../../src/store/embedded/password.ts'
import type { Store } from '../../src/store/store.ts'
import { createSourceDatabase, createTestDatabase } from '../support/database.ts'
import { openHere, openUrl, rowsOf, serverPid, serversOf, sharedHome, testFolder } from './support.ts'

const shared = sharedHome('password')

function filesOf(home: string) {
  const data = join(home, 'postgres')
  return { password: passwordFileOf(data), rules: join(data, 'pg_hba.conf'), socketDir: join(home, 'run') }
}

/** Whether the server of the data folder lets this in. */
async function letsIn(home: string, password?: string, user = 'rollcall'): Promise<boolean> {
  const place = { host: filesOf(home).socketDir, port: 5432, database: 'postgres' }
  const client = new Client({ ...place, user, password: password ?? '' })
  client.on('error', () => {})
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  )
}

async function open(home: string): Promise<Store> {
  const store = await openHere(home)
  onTestFinished(() => store.close())
  return store
}

test('the embedded server asks everybody for the password, which this user alone may read', async () => {
  const store = await open(shared.dir)
  const password = await readFile(filesOf(shared.dir).password, 'utf8')
  expect((await stat(filesOf(shared.dir).password)).mode & 0o777).toBe(0o600)
  expect(password.length).toBeGreaterThan(40)
  expect(await letsIn(shared.dir, password)).toBe(true)
  expect(await letsIn(shared.dir)).toBe(false)
  expect(await letsIn(shared.dir, 'guessed')).toBe(false)
  expect(await letsIn(shared.dir, undefined, 'postgres')).toBe(false)
  const settings = await rowsOf(store, 'select type, auth_method from pg_hba_file_rules')
  expect(settings).toEqual([{ type: 'local', auth_method: 'scram-sha-256' }])
})

/** A data folder as a version made it that trusted every local user, stopped where the move to a password was killed. */
async function trusting(home: string, moved: readonly ('file' | 'role' | 'rules')[]): Promise<void> {
  const { password, rules } = filesOf(home)
  const known = await readFile(password, 'utf8')
  const store = await openHere(home)
  await writeFile(rules, 'local all all trust\n')
  const role = moved.includes('role') ? escapeLiteral(known) : 'null'
  await rowsOf(store, `alter role rollcall password ${role}`)
  if (!moved.includes('file')) await rm(password)
  await store.close()
  if (moved.includes('rules')) await writeFile(rules, 'local all all scram-sha-256\n')
}

describe('a data folder whose server trusted every local user', () => {
  test.each([
    ['is moved to a password', []],
    ['of a move that was killed once the file was there', ['file']],
    ['of a move that was killed once the server knew the password', ['file', 'role']],
    ['of a move that was killed once the rules were there', ['file', 'role', 'rules']],
  ] as const)('%s, and opens', async (_, moved) => {
    const home = await testFolder('trusting')
    await (await openHere(home)).close()
    await trusting(home, moved)
    const store = await open(home)
    await rowsOf(store, 'select 1')
    expect(await letsIn(home)).toBe(false)
    expect(await letsIn(home, await readFile(filesOf(home).password, 'utf8'))).toBe(true)
    expect((await stat(filesOf(home).password)).mode & 0o777).toBe(0o600)
  })

  test('and runs, is moved by several processes at once', async () => {
    const home = await testFolder('trusting')
    await (await openHere(home)).close()
    await trusting(home, [])
    const stores = await Promise.all([openHere(home), openHere(home), openHere(home)])
    expect(await letsIn(home)).toBe(false)
    await Promise.all(stores.map((store) => rowsOf(store, 'select 1')))
    await Promise.all(stores.map((store) => store.close()))
    expect(serversOf(home)).toEqual([])
  })
})

test('a password file of another backup is named, and the server does not stay', async () => {
  const home = await testFolder('other')
  await (await openHere(home)).close()
  await writeFile(filesOf(home).password, 'another')
  await expect(openHere(home)).rejects.toMatchObject({ code: 'database_unavailable' })
  await expect(openHere(home)).rejects.toThrow(/rollcall\.password/)
  await vi.waitUntil(() => serversOf(home).length === 0, { timeout: 180_000 })
})

/** What reading from an address says. */
async function reading(url: string, known: Omit<SourceAccess, 'mayRead'>): Promise<string> {
  const access = { ...known, mayRead: null }
  const options = { cwd: '/', query: 'SELECT rolname AS email FROM pg_authid', emailColumn: 'email' }
  const signal = AbortSignal.timeout(30_000)
  try {
    const { rows } = await openSource({ ...options, from: [url], limits: defaultLimits, signal, access })
    if (rows.kind === 'stream') for await (const chunk of rows.read(signal)) return `read ${chunk.length}`
    return 'read'
  } catch (error) {
    if (isRollcallError(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

/** A port that leads to a socket, as a tunnel does. */
async function forwardTo(path: string): Promise<number> {
  const server = createServer((near) => {
    const far = connect(path)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe("Rollcall's own embedded database is no data source", () => {
  test('without the password, by the address of another host', async () => {
    const store = await open(shared.dir)
    const access = { own: store.own, environment: false }
    const { socketDir } = filesOf(shared.dir)
    const address = `postgres://anything@db.example.com/postgres?host=${socketDir}`
    expect(await reading(address, access)).toMatch(/^source_not_found: .*host twice/)
    const plain = `postgres://rollcall@/postgres?host=${socketDir}`
    expect(await reading(plain, access)).toMatch(
      /^source_refused: .*needs a password, but its address has none\. Write it as postgres:\/\/user:password@/,
    )
  })

  test('with the password, by any way there is', async () => {
    const store = await open(shared.dir)
    const access = { own: store.own, environment: false }
    const { socketDir } = filesOf(shared.dir)
    const password = await readFile(filesOf(shared.dir).password, 'utf8')
    const folder = join(await testFolder('l'), 's')
    await symlink(socketDir, folder)
    const port = await forwardTo(join(socketDir, '.s.PGSQL.5432'))
    const user = `rollcall:${password}`
    for (const address of [
      `postgres://${user}@/postgres?host=${socketDir}`,
      `postgres://${user}@${encodeURIComponent(socketDir)}/postgres`,
      `postgres://${user}@/postgres?host=${folder}`,
      `postgres://${user}@/template1?host=${folder}`,
      `postgres://${user}@127.0.0.1:${port}/postgres`,
      `postgres://${user}@[::ffff:127.0.0.1]:${port}/postgres`,
      `postgres://${user}@localhost:${port}/template1`,
    ])
      expect(await reading(address, access), address.replace(password, '…')).toMatch(
        /^source_refused: .*Rollcall('s own| itself)/,
      )
    expect(await serverPid(shared.dir)).toBeGreaterThan(0)
  })

  test('nor by variables and files that only the person at the command line may use', async () => {
    const store = await open(shared.dir)
    const password = await readFile(filesOf(shared.dir).password, 'utf8')
    vi.stubEnv('PGHOST', filesOf(shared.dir).socketDir)
    vi.stubEnv('PGUSER', 'rollcall')
    vi.stubEnv('PGPASSWORD', password)
    onTestFinished(() => void vi.unstubAllEnvs())
    const address = 'postgres:///postgres'
    expect(await reading(address, { own: store.own, environment: true })).toMatch(/^source_refused: .*itself/)
    expect(await reading(address, { own: store.own, environment: false })).toMatch(/^source_not_found: /)
  })
})

describe('the database of DATABASE_URL is no data source', () => {
  test('for whatever user, nor is another one of its server for a user as strong as Rollcall', async () => {
    const database = await createTestDatabase()
    const source = await createSourceDatabase()
    const store = await openUrl(database.url)
    onTestFinished(async () => {
      await store.close()
      await database.drop()
      await source.drop()
    })
    const access = { own: store.own, environment: false }
    const readerInOurs = source.url.replace(/\/\/\/\w+/, `///${new URL(database.url).pathname.slice(1)}`)
    expect(await reading(database.url, access)).toMatch(/^source_refused: .*belongs to Rollcall itself/)
    expect(await reading(readerInOurs, access)).toMatch(/^source_refused: .*belongs to Rollcall itself/)
    expect(await reading(source.admin, access)).toMatch(/^source_refused: .*separate, read-only user/)
    expect(await reading(source.url, access)).toMatch(/^read \d+$/)
  })
})
