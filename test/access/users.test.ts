import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listActivity } from '../../src/access/activity.ts'
import { verifyPassword } from '../../src/access/passwords.ts'
import { createSession, findSession, listSessions } from '../../src/access/sessions.ts'
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  listUsers,
  setPassword,
  signInName,
  updateUser,
} from '../../src/access/users.ts'
import type { User } from '../../src/access/object-kinds.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { addUser, emptyPeople, openPeople, PASSWORD } from './people.ts'
import type { People } from './people.ts'

let people: People

beforeAll(async () => {
  people = await openPeople()
})

beforeEach(async () => {
  await emptyPeople(people)
})

afterAll(async () => {
  await people.close()
})

const input = { email: 'Ada@Example.com', name: 'Ada', policies: ['analyst'], options: [], password: null }
const everything = { limit: 100, cursor: null, search: null }

async function signedIn(user: User): Promise<string> {
  const of = { userId: user.id, originIp: null, userAgent: null }
  return (await createSession(people.db, defaultLimits, of)).token
}

async function actionsOn(id: string): Promise<string[]> {
  const { items } = await listActivity(people.db, { objectId: id }, { limit: 100, cursor: null })
  return items.map((entry) => entry.action).toReversed()
}

describe('a new user', () => {
  test('has the address in lower case, and no password in any answer', async () => {
    const user = await createUser(people.local, { ...input, email: ' Ada@Example.COM ', password: PASSWORD })
    expect(user).toMatchObject({
      email: 'ada@example.com',
      name: 'Ada',
      policies: ['analyst'],
      options: [],
      hasPassword: true,
      mustChangePassword: true,
      disabledAt: null,
      version: 1,
    })
    expect(await getUser(people.db, user.id)).toEqual(user)
    expect(JSON.stringify(user)).not.toMatch(/argon2|horse/)
    expect(await actionsOn(user.id)).toEqual(['user.created'])
  })

  test('may come without a password, and then nobody signs in', async () => {
    const user = await createUser(people.local, input)
    expect(user).toMatchObject({ hasPassword: false, mustChangePassword: false })
  })

  test.each([
    [{ email: 'nobody' }, 'the e-mail address is not valid.'],
    [{ email: 'a\0b@example.com' }, 'the e-mail address is not valid.'],
    [{ email: `${'x'.repeat(65)}@example.com` }, 'the e-mail address is not valid.'],
    [{ name: ' ' }, 'the name is empty.'],
    [{ name: 'Ada\u0007' }, 'the name holds a control character.'],
    [{ name: 'Ada\ud800' }, 'the name holds a control character.'],
    [{ name: 'x'.repeat(256) }, 'the name has 256 characters; the limit (nameCharsMax) is 255.'],
    [{ policies: [] }, 'choose at least one policy.'],
    [{ policies: ['analist'] }, expect.stringContaining('no such policy. Did you mean "analyst"?') as string],
    [
      { options: ['restrict_pii_acces'] },
      expect.stringContaining('no such option. Did you mean "restrict_pii_access"?') as string,
    ],
    [{ options: ['toString'] }, expect.stringContaining('no such option.') as string],
    [
      { policies: ['analyst', 'datagrid_operator'], options: ['restrict_pii_access'] },
      'option "Restrict PII access" cannot be combined with "Datagrid Operator".',
    ],
    [
      { policies: ['datagrid_operator_read_only'], options: ['allow_limited_pii_access'] },
      'option "Allow limited PII access" cannot be combined with "Datagrid Operator (read-only)".',
    ],
    [{ password: 'short' }, 'the password takes 12 to 200 characters.'],
    [{ email: 'abcde@example.com', password: 'ABCDE@example.com' }, 'the password is the e-mail address.'],
  ])('is refused with a reason: %#', async (wrong, detail) => {
    await expect(createUser(people.local, { ...input, ...wrong })).rejects.toMatchObject({
      code: 'request_invalid',
      data: { detail },
    })
    expect((await listUsers(people.db, everything)).items).toEqual([])
  })

  test('cannot have the address of another, in whatever case', async () => {
    await createUser(people.local, input)
    await expect(createUser(people.local, { ...input, email: 'ADA@EXAMPLE.COM' })).rejects.toMatchObject({
      code: 'name_taken',
    })
    const two = [1, 2].map(async () => createUser(people.local, { ...input, email: 'bob@example.com' }))
    const results = await Promise.allSettled(two)
    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })
})

test.each([
  ['ada@example.com', 'ada@example.com'],
  [' ADA@Example.com\n', 'ada@example.com'],
  ['admin@localhost', 'admin@localhost'],
  ['Admin@LOCALHOST', 'admin@localhost'],
  ['admin@intranet', null],
  ['@localhost', null],
  ['a b@localhost', null],
  ['admin@@localhost', null],
  ['admin@localhost@localhost', null],
  ['admin@evil.localhost', 'admin@evil.localhost'],
  ['', null],
])('what one signs in with: %j', (text, expected) => {
  expect(signInName(text)).toBe(expected)
})

describe('a list of users', () => {
  test('comes in pages that hold everybody once', async () => {
    const made: User[] = []
    for (const _ of Array.from({ length: 5 })) made.push(await addUser(people.local, { password: null }))
    const found: User[] = []
    let cursor: string | null = null
    do {
      const page: { items: readonly User[]; nextCursor: string | null } = await listUsers(people.db, {
        limit: 2,
        cursor,
        search: null,
      })
      found.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(found.map((user) => user.email).toSorted()).toEqual(made.map((user) => user.email).toSorted())
  })

  test.each([
    ['ADA', ['ada@example.com']],
    ['lovelace', ['ada@example.com']],
    ['100%', ['100%@example.org']],
    ['_', ['under_score@example.org']],
    ['\\', []],
    ["'; drop table app_user; --", []],
    ['a\0da', ['ada@example.com']],
    ['  ', ['100%@example.org', 'ada@example.com', 'under_score@example.org']],
  ])('finds %j in names and addresses', async (search, expected) => {
    await createUser(people.local, { ...input, email: 'ada@example.com', name: 'Countess of Lovelace' })
    await createUser(people.local, { ...input, email: '100%@example.org', name: 'Percent' })
    await createUser(people.local, { ...input, email: 'under_score@example.org', name: 'Under' })
    const { items } = await listUsers(people.db, { ...everything, search })
    expect(items.map((user) => user.email).toSorted()).toEqual(expected)
  })
})

describe('a change', () => {
  test('counts from the next request of the user on, and is recorded with what changed', async () => {
    const user = await addUser(people.local)
    const token = await signedIn(user)
    const changed = await updateUser(people.local, user.id, {
      policies: ['marketer', 'marketer'],
      options: ['restrict_downloads'],
      version: 1,
    })
    expect(changed).toMatchObject({ policies: ['marketer'], name: user.name, email: user.email, version: 2 })
    const { principal } = (await findSession(people.db, defaultLimits, token)) ?? {}
    expect(principal).toMatchObject({ policies: ['marketer'], options: ['restrict_downloads'] })
    const { items } = await listActivity(people.db, { action: 'user.updated', objectId: user.id }, PAGE)
    expect(items[0]?.detail).toEqual({
      policies: { from: ['analyst'], to: ['marketer'] },
      options: { from: [], to: ['restrict_downloads'] },
    })
  })

  test('of what somebody else saved meanwhile is refused, and nothing of theirs is overwritten', async () => {
    const user = await addUser(people.local)
    await updateUser(people.local, user.id, { name: 'Theirs', version: 1 })
    await expect(updateUser(people.local, user.id, { name: 'Mine', version: 1 })).rejects.toMatchObject({
      code: 'changed_meanwhile',
    })
    expect(await getUser(people.db, user.id)).toMatchObject({ name: 'Theirs', version: 2 })
  })

  test('by two at once reaches one of them only', async () => {
    const user = await addUser(people.local)
    const both = ['One', 'Two'].map(async (name) => updateUser(people.local, user.id, { name, version: 1 }))
    const results = await Promise.allSettled(both)
    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect((await getUser(people.db, user.id)).version).toBe(2)
  })

  test('that changes nothing leaves no trace', async () => {
    const user = await addUser(people.local)
    const same = await updateUser(people.local, user.id, {
      name: user.name,
      policies: user.policies,
      version: 1,
    })
    expect(same).toEqual(user)
    expect(await actionsOn(user.id)).toEqual(['user.created'])
  })

  test('to the address of another is refused', async () => {
    const [one, two] = [await addUser(people.local), await addUser(people.local)]
    await expect(updateUser(people.local, one.id, { email: two.email, version: 1 })).rejects.toMatchObject({
      code: 'name_taken',
    })
  })

  test('may not leave a restriction beside an administrator, wherever the other half came from', async () => {
    const user = await addUser(people.local, { options: ['restrict_pii_access'] })
    await expect(
      updateUser(people.local, user.id, { policies: ['datagrid_operator'], version: 1 }),
    ).rejects.toMatchObject({ code: 'request_invalid' })
  })

  test.each([
    ['read', async (id: string) => getUser(people.db, id)],
    ['updated', async (id: string) => updateUser(people.local, id, { name: 'x', version: 1 })],
    ['disabled', async (id: string) => disableUser(people.local, id)],
    ['enabled', async (id: string) => enableUser(people.local, id)],
    ['deleted', async (id: string) => deleteUser(people.local, id)],
    ['given a password', async (id: string) => setPassword(people.local, id, PASSWORD)],
  ])('nobody who is not there can be %s', async (_, work) => {
    await expect(work('us_0')).rejects.toMatchObject({ code: 'not_found' })
  })
})

const PAGE = { limit: 100, cursor: null }

describe('a user who is disabled', () => {
  test('is out at once, stays out when enabled again, and can come back then', async () => {
    const user = await addUser(people.local)
    const token = await signedIn(user)
    const disabled = await disableUser(people.local, user.id)
    expect(disabled.disabledAt).not.toBeNull()
    expect(await findSession(people.db, defaultLimits, token)).toBeNull()
    const enabled = await enableUser(people.local, user.id)
    expect(enabled.disabledAt).toBeNull()
    expect(await findSession(people.db, defaultLimits, token)).toBeNull()
    expect(await findSession(people.db, defaultLimits, await signedIn(enabled))).not.toBeNull()
  })

  test('is so once, whoever asks again', async () => {
    const user = await addUser(people.local)
    const first = await disableUser(people.local, user.id)
    expect(await disableUser(people.local, user.id)).toEqual(first)
    await enableUser(people.local, user.id)
    await enableUser(people.local, user.id)
    expect(await actionsOn(user.id)).toEqual(['user.created', 'user.disabled', 'user.enabled'])
  })
})

test('a deleted user is out at once, and what they did stays on record', async () => {
  const user = await addUser(people.local)
  const token = await signedIn(user)
  await deleteUser(people.local, user.id)
  expect(await findSession(people.db, defaultLimits, token)).toBeNull()
  await expect(getUser(people.db, user.id)).rejects.toMatchObject({ code: 'not_found' })
  expect(await actionsOn(user.id)).toEqual(['user.created', 'user.deleted'])
})

describe('a new password from an administrator', () => {
  test('ends all sessions, and must be changed', async () => {
    const user = await addUser(people.local)
    await signedIn(user)
    await setPassword(people.local, user.id, 'another long password')
    expect(await listSessions(people.db, defaultLimits, user.id)).toEqual([])
    expect(await getUser(people.db, user.id)).toMatchObject({ mustChangePassword: true })
    const row = await people.db.selectFrom('app_user').select('password_hash').executeTakeFirstOrThrow()
    expect((await verifyPassword('another long password', row.password_hash)).ok).toBe(true)
    expect(await actionsOn(user.id)).toEqual(['user.created', 'user.password_set'])
  })

  test('is held to the rule for passwords', async () => {
    const user = await addUser(people.local, { email: 'long.address@example.com' })
    for (const password of ['short', 'long.address@example.com']) {
      await expect(setPassword(people.local, user.id, password)).rejects.toMatchObject({
        code: 'request_invalid',
      })
    }
  })
})

test('a change within the transaction of the caller is undone with it', async () => {
  const made: User[] = []
  const outer = people.db.transaction().execute(async (tx) => {
    made.push(await addUser({ ...people.local, store: { db: tx } }))
    throw new Error('changed my mind')
  })
  await expect(outer).rejects.toThrow('changed my mind')
  expect(await listUsers(people.db, everything)).toMatchObject({ items: [] })
  expect(await actionsOn(made[0]?.id ?? '')).toEqual([])
})
