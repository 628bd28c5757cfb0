import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import {
  deleteUser,
  disableUser,
  enableUser,
  getUser,
  setPassword,
  updateUser,
} from '../../src/access/users.ts'
import type { User } from '../../src/access/object-kinds.ts'
import { addUser, as, emptyPeople, openPeople } from './people.ts'
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

describe('the last administrator who can sign in', () => {
  const LAST = { code: 'action_not_possible' }
  const administrator = { policies: ['datagrid_administrator'] as PolicyName[] }

  const ways: readonly [string, (id: string) => Promise<unknown>][] = [
    ['deleted', async (id) => deleteUser(people.local, id)],
    ['disabled', async (id) => disableUser(people.local, id)],
    [
      'made something else',
      async (id) => updateUser(people.local, id, { policies: ['datagrid_operator'], version: 1 }),
    ],
  ]

  test.each(ways)('cannot be %s', async (_, work) => {
    const last = await addUser(people.local, administrator)
    await addUser(people.local)
    await addUser(people.local, { ...administrator, password: null })
    await disableUser(people.local, (await addUser(people.local, administrator)).id)
    await expect(work(last.id)).rejects.toMatchObject(LAST)
    expect(await getUser(people.db, last.id)).toEqual(last)
  })

  test.each(ways)('can be %s when there is another', async (_, work) => {
    const one = await addUser(people.local, administrator)
    const other = await addUser(people.local, administrator)
    await work(one.id)
    await expect(work(other.id)).rejects.toMatchObject(LAST)
  })

  test.each(ways)('one of two who are %s at once stays', async (_, work) => {
    for (const round of [1, 2, 3, 4, 5]) {
      await emptyPeople(people)
      const two = [await addUser(people.local, administrator), await addUser(people.local, administrator)]
      const results = await Promise.allSettled(two.map(async ({ id }) => work(id)))
      const refused = results.filter((result) => result.status === 'rejected')
      expect([round, refused.map((result) => result.reason as unknown)]).toMatchObject([round, [LAST]])
    }
  })

  test('may change their name and options', async () => {
    const last = await addUser(people.local, administrator)
    const changed = await updateUser(people.local, last.id, {
      name: 'Renamed',
      options: ['allow_api_key_administration'],
      version: 1,
    })
    expect(changed.name).toBe('Renamed')
  })
})

describe('nobody gives or manages rights that they do not have', () => {
  const DENIED = { code: 'access_denied' }
  const administration: OptionName[] = ['allow_user_administration']

  test('an analyst who administers users makes analysts, and nothing more', async () => {
    const analyst = as(people.local, ['analyst'], administration)
    for (const policies of [['analyst'], ['analyst_read_only']] as PolicyName[][]) {
      expect(await addUser(analyst, { policies })).toMatchObject({ policies })
    }
    await addUser(analyst, { options: administration })
    for (const policy of ['marketer', 'datagrid_operator', 'datagrid_administrator'] as PolicyName[]) {
      await expect(addUser(analyst, { policies: [policy] })).rejects.toMatchObject(DENIED)
    }
    await expect(addUser(analyst, { options: ['allow_api_key_administration'] })).rejects.toMatchObject(
      DENIED,
    )
  })

  test('nor lifts a restriction of their own', async () => {
    const self = await addUser(people.local, { options: [...administration, 'restrict_pii_access'] })
    const restricted = as(people.local, ['analyst'], [...administration, 'restrict_pii_access'], self.id)
    await expect(
      updateUser(restricted, self.id, { options: administration, version: 1 }),
    ).rejects.toMatchObject(DENIED)
    expect(await updateUser(restricted, self.id, { name: 'Renamed', version: 1 })).toMatchObject({
      version: 2,
    })
  })

  test.each([
    ['change', async (id: string) => updateUser(operator(), id, { name: 'x', version: 1 })],
    ['demote', async (id: string) => updateUser(operator(), id, { policies: ['analyst'], version: 1 })],
    ['disable', async (id: string) => disableUser(operator(), id)],
    ['enable', async (id: string) => enableUser(operator(), id)],
    ['delete', async (id: string) => deleteUser(operator(), id)],
    ['take over', async (id: string) => setPassword(operator(), id, 'a password I know')],
  ])('an operator does not %s an administrator', async (_, work) => {
    const administrator = await addUser(people.local, { policies: ['datagrid_administrator'] })
    await addUser(people.local, { policies: ['datagrid_administrator'] })
    await expect(work(administrator.id)).rejects.toMatchObject(DENIED)
    expect(await getUser(people.db, administrator.id)).toEqual(administrator)
  })

  function operator() {
    return as(people.local, ['datagrid_operator'], administration)
  }

  test('an administrator gives anything', async () => {
    const administrator = as(people.local, ['datagrid_administrator'])
    const given = await addUser(administrator, {
      policies: ['datagrid_administrator'],
      options: ['allow_api_key_administration', 'allow_sandbox_administration'],
    })
    expect(given.options).toHaveLength(2)
  })
})

test('rights that only a newer version knows are not taken for others', async () => {
  const user = await addUser(people.local)
  const store = async (policies: string[], options: string[]): Promise<User> => {
    await people.db.updateTable('app_user').set({ policies, options }).where('id', '=', user.id).execute()
    return getUser(people.db, user.id)
  }
  expect(await store(['analyst', 'from_the_future'], [])).toMatchObject({
    policies: ['analyst'],
    options: [],
  })
  // It may restrict.
  expect(await store(['analyst'], ['allow_user_administration', 'from_the_future'])).toMatchObject({
    policies: [],
    options: [],
  })
})
