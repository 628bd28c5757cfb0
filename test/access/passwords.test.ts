import { setImmediate as nextTurn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { hashPassword, requirePassword, verifyPassword } from '../../src/access/passwords.ts'
import { digestsOf, olderHash, PASSWORD } from './people.ts'

const YES = { ok: true, rehash: false }
const NO = { ok: false, rehash: false }

describe('hashing', () => {
  test('the digest names its parameters, and fits only its password', async () => {
    const stored = await hashPassword(PASSWORD)
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(await verifyPassword(PASSWORD, stored)).toEqual(YES)
    expect(await verifyPassword(`${PASSWORD} `, stored)).toEqual(NO)
    expect(await verifyPassword('', stored)).toEqual(NO)
  })

  test('the same password never has the same digest', async () => {
    expect(await hashPassword(PASSWORD)).not.toBe(await hashPassword(PASSWORD))
  })

  test('any password fits its own digest and no other', async () => {
    const password = fc.string({ unit: 'grapheme', maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(password, password, async (one, other) => {
        const stored = await hashPassword(one)
        expect(await verifyPassword(one, stored)).toEqual(YES)
        const isSame = one.normalize('NFKC') === other.normalize('NFKC')
        expect((await verifyPassword(other, stored)).ok).toBe(isSame)
      }),
      { numRuns: 8 },
    )
  })

  test('a character fits however the keyboard writes it', async () => {
    const stored = await hashPassword('caf\u00e9 caf\u00e9 caf\u00e9')
    expect(await verifyPassword('cafe\u0301 cafe\u0301 cafe\u0301', stored)).toEqual(YES)
  })

  test('one that was made with other parameters still fits, and asks to be hashed again', async () => {
    const weaker = olderHash(PASSWORD)
    expect(await verifyPassword(PASSWORD, weaker)).toEqual({ ok: true, rehash: true })
    expect(await verifyPassword('another password', weaker)).toEqual(NO)
  })

  test.each([
    '',
    'secret',
    '$2b$10$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=19456,t=2,p=1$$',
    '$argon2i$v=19$m=19456,t=2,p=1$cm9sbGNhbGwtc2FsdC0xNg$QUFBQUFBQUFBQUFBQUFBQQ',
    '$argon2id$v=19$m=999999999,t=2,p=1$cm9sbGNhbGwtc2FsdC0xNg$QUFBQUFBQUFBQUFBQUFBQQ',
  ])('nothing fits a damaged digest: %s', async (stored) => {
    expect(await verifyPassword(PASSWORD, stored)).toEqual(NO)
  })

  test('the event loop goes on meanwhile', async () => {
    let turns = 0
    const hashing = hashPassword(PASSWORD)
    while ((await Promise.race([hashing, nextTurn('a turn')])) === 'a turn') turns += 1
    expect(turns).toBeGreaterThan(10)
  })
})

describe('who is not there', () => {
  const stored = hashPassword(PASSWORD)

  test.each([
    ['a right password', async () => verifyPassword(PASSWORD, await stored)],
    ['a wrong password', async () => verifyPassword('wrong password', await stored)],
    ['an unknown user', async () => verifyPassword(PASSWORD, null)],
    ['a damaged digest', async () => verifyPassword(PASSWORD, 'damaged')],
    ['an over-long password', async () => verifyPassword('x'.repeat(100_000), await stored)],
    ['an over-long password of an unknown user', async () => verifyPassword('x'.repeat(100_000), null)],
  ])('%s takes one digest', async (_, verify) => {
    await stored
    expect(await digestsOf(verify)).toBe(1)
  })

  test('is never let in', async () => {
    expect(await verifyPassword('', null)).toEqual(NO)
    expect(await verifyPassword(PASSWORD, null)).toEqual(NO)
    expect(await verifyPassword('x'.repeat(100_000), null)).toEqual(NO)
  })
})

test('a flood is refused instead of filling the memory, and leaves no turn taken', async () => {
  const asked = Array.from({ length: 60 }, async () => verifyPassword(PASSWORD, null))
  const results = await Promise.allSettled(asked)
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(8)
  expect(refused[0]?.reason).toMatchObject({ code: 'too_many_attempts', passing: true })
  expect(await verifyPassword(PASSWORD, await hashPassword(PASSWORD))).toEqual(YES)
})

describe('which passwords are taken', () => {
  const user = { email: 'margaret.hamilton@example.com', name: 'Margaret Hamilton' }

  test.each([
    ['twelve chars', null],
    ['x'.repeat(199) + 'y', null],
    ['👩‍🚀🚀🌍🌕 to the moon', null],
    ['margaret.hamilton', null],
    ['eleven char', 'the password takes 12 to 200 characters.'],
    ['', 'the password takes 12 to 200 characters.'],
    ['x'.repeat(200) + 'y', 'the password takes 12 to 200 characters.'],
    ['x'.repeat(1_000_000) + 'y', 'the password takes 12 to 200 characters.'],
    ['🚀🌍🚀🌍🚀🌍', 'the password takes 12 to 200 characters.'],
    ['aaaaaaaaaaaa', 'the password repeats a single character.'],
    ['🚀'.repeat(12), 'the password repeats a single character.'],
    [' '.repeat(20), 'the password repeats a single character.'],
    ['Margaret.Hamilton@Example.com', 'the password is the e-mail address.'],
    [' margaret.hamilton@example.com', 'the password is the e-mail address.'],
    ['MARGARET HAMILTON', 'the password is the name.'],
  ])('%#', (password, problem) => {
    expect(problemWith(password)).toBe(problem)
  })

  test('what is refused is not quoted', () => {
    for (const password of ['eleven char', 'margaret hamilton', '############']) {
      expect(problemWith(password)).not.toContain(password)
    }
  })

  function problemWith(password: string): unknown {
    try {
      requirePassword(password, user)
      return null
    } catch (error) {
      if (!isRollcallError(error) || error.code !== 'request_invalid') throw error
      return error.data['detail']
    }
  }
})
