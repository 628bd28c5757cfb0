import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createApiKey,
  revokeApiKey,
  revokeFormerToken,
  rotateApiKey,
  updateApiKey,
} from '../../src/access/api-keys.ts'
import { checkedGrants, requireMayManage, storedGrants } from '../../src/access/grants.ts'
import {
  may,
  maySeeDestination,
  maySendTo,
  optionNames,
  options as allOptions,
  permissions,
  policyNames,
} from '../../src/access/permissions.ts'
import type { OptionName, PolicyName, Principal } from '../../src/access/permissions.ts'
import { createSealer } from '../../src/access/seal.ts'
import { unblockSignIn } from '../../src/access/sign-in.ts'
import { deleteUser, disableUser, enableUser, setPassword, updateUser } from '../../src/access/users.ts'
import { addUser, as, openPeople } from './people.ts'
import type { People } from './people.ts'

/** Who may act on whom: nobody acts on a person or a key with rights that they lack. */

let people: People

beforeAll(async () => {
  people = await openPeople()
  // There is always one who is left, so that the last one's special case is no part of this.
  await addUser(people.local, { policies: ['datagrid_administrator'] })
})

afterAll(async () => {
  await people.close()
})

const ADMINISTERS: OptionName[] = ['allow_user_administration', 'allow_api_key_administration']

/** In words, all that somebody can do, see and send to. */
function powersOf(granted: Pick<Principal, 'policies' | 'options'>): Set<string> {
  const powers = new Set<string>(permissions.filter((permission) => may(granted, permission)))
  for (const adminOnly of [true, false])
    for (const limitedPii of [true, false]) {
      const kind = { adminOnly, limitedPii }
      if (maySeeDestination(granted, kind)) powers.add(`see ${JSON.stringify(kind)}`)
      if (maySendTo(granted, kind)) powers.add(`send to ${JSON.stringify(kind)}`)
    }
  if (granted.policies.includes('datagrid_administrator')) powers.add('be the administrator')
  return powers
}

function mayManage(actor: Principal, target: { policies: readonly string[]; options: readonly string[] }) {
  try {
    requireMayManage(actor, target)
    return true
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'access_denied') throw error
    return false
  }
}

/** Every set of some options. */
const optionSets = Array.from({ length: 2 ** optionNames.length }, (_, bits) =>
  optionNames.filter((__, index) => (bits >> index) % 2 === 1),
)

test('whatever policy and options two people have, one manages the other only with all of their rights', () => {
  const everyone = policyNames.flatMap((policy) =>
    optionSets.map((options) => {
      const principal: Principal = {
        kind: 'user',
        id: 'us_x',
        name: 'Somebody',
        policies: [policy],
        options,
        sessionId: null,
      }
      return { principal, powers: powersOf(principal) }
    }),
  )
  let refused = 0
  for (const actor of everyone)
    for (const target of everyone) {
      const isAdministrator = actor.powers.has('be the administrator')
      const expected = isAdministrator || target.powers.isSubsetOf(actor.powers)
      const got = mayManage(actor.principal, target.principal)
      if (got !== expected)
        throw new Error(
          `${JSON.stringify(actor.principal)} manages ${JSON.stringify(target.principal)}: ${String(got)}`,
        )
      if (!got) refused += 1
    }
  expect(refused).toBeGreaterThan(1_000)
})

test('rights that only a newer version knows are managed by an administrator alone', () => {
  const operator = as(people.local, ['datagrid_operator'], ADMINISTERS).actor.principal
  for (const target of [
    { policies: ['a_newer_one'], options: [] },
    { policies: ['marketer'], options: ['a_newer_one'] },
  ])
    expect([mayManage(operator, target), mayManage(people.local.actor.principal, target)]).toEqual([
      false,
      true,
    ])
})

test('an option that only a newer version knows takes every right away', () => {
  const granted = storedGrants({ policies: ['marketer'], options: ['a_newer_one'] })
  expect(granted).toEqual({ policies: [], options: [] })
})

test('there is no user and no key without a policy', () => {
  expect(() => checkedGrants({ policies: [], options: [] })).toThrow('at least one policy')
})

test('an option for business users alone goes with their policies, and not with an administrator or operator', () => {
  const option = optionNames.find((name) => allOptions[name].onlyForBusinessUsers)
  const given = { policies: ['analyst'], options: [option ?? ''] }
  expect(checkedGrants(given)).toEqual(given)
  expect(() => checkedGrants({ ...given, policies: ['datagrid_operator'] })).toThrow(
    'cannot be combined with',
  )
})

describe.each(policyNames)('what %s does, while administering users and keys,', (mine) => {
  test.each(policyNames)('to %s: every act or none', async (theirs) => {
    const access = as(people.local, [mine], ADMINISTERS)
    const isLet = powersOf({ policies: [theirs], options: [] }).isSubsetOf(
      powersOf({ policies: [mine], options: ADMINISTERS }),
    )
    const sealer = createSealer(randomBytes(32))
    const user = () => addUser(people.local, { policies: [theirs], password: null })
    const key = async (policy: PolicyName = theirs) => {
      const name = `key ${crypto.randomUUID()}`
      const { apiKey } = await createApiKey(people.local, {
        name,
        policies: [policy],
        options: [],
        expiresAt: null,
      })
      return apiKey
    }
    const { id } = await user()
    const { id: deleted } = await user()
    const { id: revoked } = await key()
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      unblock: () => unblockSignIn({ ...access, sealer }, id),
      rename: () => updateUser(access, id, { name: 'Renamed', version: 1 }),
      'set the password of': () => setPassword(access, id, 'another long password'),
      disable: () => disableUser(access, id),
      enable: () => enableUser(access, id),
      delete: () => deleteUser(access, deleted),
      'rename a key of': async () => updateApiKey(access, (await key()).id, { name: id, version: 1 }),
      'rotate a key of': () => rotateApiKey(access, revoked),
      'revoke the former token of a key of': () => revokeFormerToken(access, revoked),
      'revoke a key of': () => revokeApiKey(access, revoked),
    }
    for (const [act, work] of Object.entries(acts)) {
      const code = await work().then(
        () => null,
        (error: unknown) => (error as { code?: unknown }).code,
      )
      expect(code, `${mine} would ${act} ${theirs}`).toBe(isLet ? null : 'access_denied')
    }
  })
})
