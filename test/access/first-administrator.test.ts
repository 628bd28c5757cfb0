import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { listActivity } from '../../src/access/activity.ts'
import { firstAdministrator } from '../../src/access/first-administrator.ts'
import type { FirstAdministrator } from '../../src/access/first-administrator.ts'
import { verifyPassword } from '../../src/access/passwords.ts'
import { may, permissions } from '../../src/access/permissions.ts'
import { listUsers } from '../../src/access/users.ts'
import { makeFolder } from '../support/folder.ts'
import { addUser, emptyPeople, openPeople, untilBlocked } from './people.ts'
import type { People } from './people.ts'

let people: People
let folder: Awaited<ReturnType<typeof makeFolder>>

beforeAll(async () => {
  people = await openPeople()
})

beforeEach(async () => {
  await emptyPeople(people)
  folder = await makeFolder('first-administrator')
})

afterEach(async () => {
  await folder.remove()
})

afterAll(async () => {
  await people.close()
})

async function start(env: Record<string, string> = {}, dir = folder.dir): Promise<FirstAdministrator | null> {
  return firstAdministrator({ store: people.local.store, home: { dir }, env })
}

async function users() {
  return (await listUsers(people.db, { limit: 100, cursor: null, search: null })).items
}

async function signsInWith(password: string): Promise<boolean> {
  const { password_hash } = await people.db
    .selectFrom('app_user')
    .select('password_hash')
    .executeTakeFirstOrThrow()
  return (await verifyPassword(password, password_hash)).ok
}

async function passwordIn(file: string): Promise<string> {
  return /password {2}(\S+)/.exec(await readFile(file, 'utf8'))?.[1] ?? ''
}

test('the first start makes an administrator who may do everything, with a one-time password in a file', async () => {
  const made = await start()
  const file = join(folder.dir, 'first-administrator.txt')
  expect(made).toMatchObject({ email: 'admin@localhost', passwordFile: file })
  const [user, ...others] = await users()
  expect(others).toEqual([])
  expect(user).toMatchObject({ email: 'admin@localhost', mustChangePassword: true, disabledAt: null })
  expect(permissions.filter((permission) => user === undefined || !may(user, permission))).toEqual([])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder.dir)).toEqual(['first-administrator.txt'])
  const password = await passwordIn(file)
  expect(password).toMatch(/^(?:[\da-z]{5}-){3}[\da-z]{5}$/)
  expect(await signsInWith(password)).toBe(true)
})

test('no later start makes another', async () => {
  await start()
  const text = await readFile(join(folder.dir, 'first-administrator.txt'), 'utf8')
  expect(await start({ ROLLCALL_ADMIN_EMAIL: 'other@example.com' })).toBeNull()
  expect(await users()).toHaveLength(1)
  expect(await readFile(join(folder.dir, 'first-administrator.txt'), 'utf8')).toBe(text)
})

test('nor does one on a database that has users', async () => {
  await addUser(people.local)
  expect(await start()).toBeNull()
  expect(await readdir(folder.dir)).toEqual([])
})

test('of many that start at once, on several machines, one makes it, and its file holds the right password', async () => {
  const elsewhere = await makeFolder('first-administrator')
  try {
    const dirs = [folder.dir, elsewhere.dir, folder.dir, elsewhere.dir, folder.dir, elsewhere.dir]
    const made = (await Promise.all(dirs.map(async (dir) => start({}, dir)))).filter((one) => one !== null)
    expect(made).toHaveLength(1)
    expect(await users()).toHaveLength(1)
    expect(await signsInWith(await passwordIn(made[0]?.passwordFile ?? ''))).toBe(true)
    const files = [...(await readdir(folder.dir)), ...(await readdir(elsewhere.dir))]
    expect(files).toEqual(['first-administrator.txt'])
  } finally {
    await elsewhere.remove()
  }
})

test('one that starts while another is at it waits for it, and makes nothing', async () => {
  const { second } = await people.db.transaction().execute(async (tx) => {
    await addUser({ ...people.local, store: { db: tx } })
    const starting = start()
    await untilBlocked(people, 1)
    return { second: starting }
  })
  expect(await second).toBeNull()
  expect(await users()).toHaveLength(1)
  expect(await readdir(folder.dir)).toEqual([])
})

test('the environment gives address and password, and then nothing is written', async () => {
  const env = { ROLLCALL_ADMIN_EMAIL: ' Ada@Example.com', ROLLCALL_ADMIN_PASSWORD: 'chosen by an operator' }
  expect(await start(env)).toMatchObject({ email: 'ada@example.com', passwordFile: null })
  expect(await users()).toMatchObject([{ email: 'ada@example.com', mustChangePassword: false }])
  expect(await readdir(folder.dir)).toEqual([])
  expect(await signsInWith('chosen by an operator')).toBe(true)
})

test.each([
  [{ ROLLCALL_ADMIN_EMAIL: 'nobody' }, 'ROLLCALL_ADMIN_EMAIL is not a valid e-mail address.'],
  [{ ROLLCALL_ADMIN_PASSWORD: 'short' }, 'ROLLCALL_ADMIN_PASSWORD: the password takes 12 to 200 characters.'],
  [
    { ROLLCALL_ADMIN_EMAIL: 'ada.l@example.com', ROLLCALL_ADMIN_PASSWORD: 'ada.l@example.com' },
    'ROLLCALL_ADMIN_PASSWORD: the password is the e-mail address.',
  ],
])('a wrong variable is named: %j', async (env, message) => {
  await expect(start(env)).rejects.toMatchObject({ code: 'wrong_usage', message })
  expect(await users()).toEqual([])
})

test('a file that cannot be written makes no user, so that nobody is locked out', async () => {
  const file = join(folder.dir, 'file')
  await writeFile(file, '')
  await expect(start({}, file)).rejects.toMatchObject({ code: 'home_not_writable' })
  await expect(start({}, join(folder.dir, 'nowhere'))).rejects.toMatchObject({ code: 'home_not_writable' })
  expect(await users()).toEqual([])
  expect(await start()).not.toBeNull()
})

test('a file that a start left which died before the user was there is replaced', async () => {
  await writeFile(join(folder.dir, 'first-administrator.txt'), '  password  from-before\n', { mode: 0o644 })
  const made = await start()
  const password = await passwordIn(made?.passwordFile ?? '')
  expect(password).not.toBe('from-before')
  expect(await signsInWith(password)).toBe(true)
  expect((await stat(made?.passwordFile ?? '')).mode & 0o777).toBe(0o600)
})

test('the activity log says that Rollcall itself made it, and holds no password', async () => {
  const made = await start()
  const { items } = await listActivity(people.db, { action: 'user.created' }, { limit: 1, cursor: null })
  expect(items[0]).toMatchObject({ principalKind: 'local', detail: { email: 'admin@localhost' } })
  expect(JSON.stringify(items)).not.toContain(await passwordIn(made?.passwordFile ?? ''))
  expect(JSON.stringify(made)).not.toContain(await passwordIn(made?.passwordFile ?? ''))
})
