import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listActivity } from '../../src/access/activity.ts'
import { createSealer } from '../../src/access/seal.ts'
import { createSession, findSession, listSessions } from '../../src/access/sessions.ts'
import { changeOwnPassword, signIn, signInWithTicket, unblockSignIn } from '../../src/access/sign-in.ts'
import { createTickets } from '../../src/access/tickets.ts'
import type { Tickets } from '../../src/access/tickets.ts'
import { disableUser, getUser, setPassword, updateUser } from '../../src/access/users.ts'
import type { User } from '../../src/access/object-kinds.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { addUser, as, digestsOf, emptyPeople, olderHash, openPeople, PASSWORD } from './people.ts'
import type { People } from './people.ts'

const sealer = createSealer(randomBytes(32))
const limits = { ...defaultLimits, signInFailuresMax: 3 }
const FAILED = { code: 'sign_in_failed' }
const BLOCKED = { code: 'too_many_attempts' }

let people: People
let user: User

beforeAll(async () => {
  people = await openPeople()
})

beforeEach(async () => {
  await emptyPeople(people)
  user = await addUser(people.local, { email: 'ada@example.com' })
})

afterAll(async () => {
  await people.close()
})

async function enter(
  password = PASSWORD,
  email = 'ada@example.com',
  originIp = '192.0.2.7',
  mark: string | null = null,
) {
  const context = { store: people.local.store, limits, sealer }
  return signIn(context, { email, password, originIp, countedIp: originIp, userAgent: 'browser', mark })
}

/** The code of the error, or null when it worked. */
async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => (error as { code?: unknown }).code,
  )
}

describe('signing in', () => {
  test('opens a session', async () => {
    const { token, principal, mustChangePassword, email, expiresAt } = await enter()
    expect(await findSession(people.db, limits, token)).toEqual({
      principal,
      mustChangePassword,
      email,
      expiresAt,
    })
    expect(principal).toMatchObject({ kind: 'user', id: user.id, policies: ['analyst'] })
    expect(mustChangePassword).toBe(true)
    expect(await listSessions(people.db, limits, user.id)).toMatchObject([
      { id: principal.sessionId, originIp: '192.0.2.7', userAgent: 'browser' },
    ])
  })

  test('takes the address in any case, with spaces around it', async () => {
    expect((await enter(PASSWORD, ' ADA@Example.com ')).principal.id).toBe(user.id)
  })

  test('is recorded, without the token', async () => {
    const { token, principal } = await enter()
    const { items } = await listActivity(
      people.db,
      { objectId: principal.sessionId ?? '' },
      { limit: 9, cursor: null },
    )
    expect(items).toMatchObject([
      {
        action: 'session.created',
        principalId: user.id,
        sessionId: principal.sessionId,
        originIp: '192.0.2.7',
      },
    ])
    expect(JSON.stringify(items)).not.toContain(token.slice(4))
  })

  test('with a password that was hashed in an older way hashes it anew', async () => {
    const stored = async () => people.db.selectFrom('app_user').select('password_hash').executeTakeFirst()
    await people.db
      .updateTable('app_user')
      .set({ password_hash: olderHash(PASSWORD) })
      .execute()
    await enter()
    const fresh = await stored()
    expect(fresh?.password_hash).toContain('$m=19456,t=2,p=1$')
    await enter()
    expect(await stored()).toEqual(fresh)
    expect((await getUser(people.db, user.id)).version).toBe(1)
  })
})

describe('signing in fails', () => {
  const cases: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['with a wrong password', async () => enter('wrong password')],
    ['with no password', async () => enter('')],
    ['with an over-long password', async () => enter('x'.repeat(100_000))],
    ['as somebody unknown', async () => enter(PASSWORD, 'nobody@example.com')],
    ['as what is no address', async () => enter(PASSWORD, "' or 1=1; --\0")],
    ['as a user without a password', async () => enter(PASSWORD, 'new@example.com')],
    ['as a disabled user, with the right password', async () => enter(PASSWORD, 'gone@example.com')],
  ]

  beforeEach(async () => {
    await addUser(people.local, { email: 'new@example.com', password: null })
    await disableUser(people.local, (await addUser(people.local, { email: 'gone@example.com' })).id)
  })

  test.each(cases)('%s, with the same error after the same work', async (_, work) => {
    const failed = async (): Promise<void> => {
      await expect(work()).rejects.toMatchObject({
        ...FAILED,
        message: 'Sign-in failed: the e-mail address or the password is wrong.',
        data: {},
      })
    }
    expect(await digestsOf(failed)).toBe(1)
    expect(await people.db.selectFrom('session').selectAll().execute()).toEqual([])
  })

  test('and is counted, whoever it was for', async () => {
    for (const [, work] of cases) {
      await sql`truncate sign_in_failure`.execute(people.db)
      expect(await codeOf(work())).toBe(FAILED.code)
      const rows = await people.db.selectFrom('sign_in_failure').select('failures').execute()
      // For whom, and from where.
      expect(rows).toEqual([{ failures: 1 }, { failures: 1 }])
    }
  })
})

describe('too many wrong passwords', () => {
  test('keep the right one out too, until it is allowed again', async () => {
    for (const _ of Array.from({ length: 3 }))
      await expect(enter('wrong password')).rejects.toMatchObject(FAILED)
    await expect(enter()).rejects.toMatchObject(BLOCKED)
    await sql`update sign_in_failure set last_at = last_at - interval '1 day',
      blocked_until = blocked_until - interval '1 day'`.execute(people.db)
    expect((await enter()).principal.id).toBe(user.id)
  })

  test('sent at once are looked at no further than the limit', async () => {
    const guesses = Array.from({ length: 30 }, async (_, index) => codeOf(enter(`wrong password ${index}`)))
    const codes = await Promise.all(guesses)
    expect(codes.filter((code) => code === FAILED.code)).toHaveLength(limits.signInFailuresMax)
    expect(codes.filter((code) => code === BLOCKED.code)).toHaveLength(27)
  })

  test('are forgotten with the right one', async () => {
    for (const _ of Array.from({ length: 2 })) {
      await expect(enter('wrong password')).rejects.toMatchObject(FAILED)
      await expect(enter('wrong password')).rejects.toMatchObject(FAILED)
      await enter()
    }
    expect(await people.db.selectFrom('sign_in_failure').select('failures').execute()).toEqual([
      // Of the origin.
      { failures: 4 },
    ])
  })

  test('do not keep out somebody else', async () => {
    await addUser(people.local, { email: 'bob@example.com' })
    for (const _ of Array.from({ length: 4 })) await codeOf(enter('wrong password'))
    expect(await codeOf(enter(PASSWORD, 'bob@example.com'))).toBeNull()
  })

  test('can be forgiven by an administrator', async () => {
    for (const _ of Array.from({ length: 4 })) await codeOf(enter('wrong password'))
    await unblockSignIn({ ...people.local, sealer }, user.id)
    expect(await codeOf(enter())).toBeNull()
    const { items } = await listActivity(people.db, { objectId: user.id }, { limit: 1, cursor: null })
    expect(items).toMatchObject([{ action: 'user.sign_in_unblocked' }])
  })
})

const stranger = () => enter('wrong password', 'ada@example.com', '198.51.100.9')

describe('a browser that has signed a person in', () => {
  test('still does so while strangers have blocked the name, and their origin', async () => {
    const { mark } = await enter()
    for (const _ of Array.from({ length: 3 })) expect(await codeOf(stranger())).toBe(FAILED.code)
    expect(await codeOf(enter())).toBe(BLOCKED.code)
    const others = Array.from({ length: 13 }, (_, index) => `other${index}@example.com`)
    const codes: unknown[] = []
    for (const name of others) codes.push(await codeOf(enter('wrong password', name, '198.51.100.9')))
    expect(codes).toEqual([...Array<unknown>(12).fill(FAILED.code), BLOCKED.code])
    expect((await enter(PASSWORD, 'ada@example.com', '198.51.100.9', mark)).principal.id).toBe(user.id)
    // That frees no one else.
    expect(await codeOf(stranger())).toBe(BLOCKED.code)
  })

  test('is held to the limit itself', async () => {
    const { mark } = await enter()
    const wrong = () => enter('wrong password', 'ada@example.com', '192.0.2.7', mark)
    for (const _ of Array.from({ length: 3 })) expect(await codeOf(wrong())).toBe(FAILED.code)
    expect(await codeOf(enter(PASSWORD, 'ada@example.com', '192.0.2.7', mark))).toBe(BLOCKED.code)
    expect(await codeOf(enter())).toBeNull()
  })

  test('is known for that person alone, and its mark cannot be made up', async () => {
    await addUser(people.local, { email: 'bob@example.com' })
    const { mark } = await enter()
    for (const _ of Array.from({ length: 3 }))
      expect(await codeOf(enter('wrong password', 'bob@example.com', '192.0.2.9'))).toBe(FAILED.code)
    const [id = ''] = mark.split('.')
    for (const other of [mark, `${id}.${id}`, mark.slice(1), `${mark}x`, ''])
      expect(await codeOf(enter(PASSWORD, 'bob@example.com', '192.0.2.8', other))).toBe(BLOCKED.code)
  })

  test('changes the password there while strangers have blocked the name', async () => {
    const { mark, principal } = await enter()
    for (const _ of Array.from({ length: 3 })) await codeOf(stranger())
    const { actor } = as(people.local, ['analyst'], [], user.id)
    const own = { ...actor, principal: { ...actor.principal, sessionId: principal.sessionId } }
    await changeOwnPassword(
      { ...people.local, limits, sealer, actor: own },
      { currentPassword: PASSWORD, newPassword: NEW, countedIp: null, mark },
    )
    expect(await codeOf(enter(NEW, 'ada@example.com', '192.0.2.7', mark))).toBeNull()
  })
})

test('nobody who is disabled while their password is looked at gets a session', async () => {
  const entering = codeOf(enter())
  // It has begun, and takes longer than this.
  await disableUser(people.local, user.id)
  await entering
  expect(await listSessions(people.db, limits, user.id)).toEqual([])
})

const NEW = 'another long password'

async function change(currentPassword: string, newPassword: string, sessionId: string | null = null) {
  const { actor } = as(people.local, ['analyst'], [], user.id)
  const own = { ...actor, principal: { ...actor.principal, sessionId } }
  return changeOwnPassword(
    { ...people.local, limits, sealer, actor: own },
    { currentPassword, newPassword, countedIp: null, mark: null },
  )
}

describe('changing my own password', () => {
  test('takes the current one, ends every session and goes on in a new one', async () => {
    const [here, elsewhere] = [await enter(), await enter()]
    const fresh = await change(PASSWORD, NEW, here.principal.sessionId)
    expect(await findSession(people.db, limits, here.token)).toBeNull()
    expect(await findSession(people.db, limits, elsewhere.token)).toBeNull()
    expect(await findSession(people.db, limits, fresh.token)).toMatchObject({
      mustChangePassword: false,
      principal: { id: user.id },
    })
    expect(await codeOf(enter(PASSWORD))).toBe(FAILED.code)
    expect(await codeOf(enter(NEW))).toBeNull()
    const { items } = await listActivity(people.db, { objectId: user.id }, { limit: 1, cursor: null })
    expect(items).toMatchObject([{ action: 'user.password_changed', detail: {} }])
  })

  test.each([
    ['wrong password', NEW, 'the current password is wrong.'],
    [PASSWORD, 'short', 'the password takes 12 to 200 characters.'],
    [PASSWORD, 'ada@example.com', 'the password is the e-mail address.'],
    [PASSWORD, PASSWORD, 'the new password is the same as the current one.'],
  ])('is refused with a reason: %#', async (current, next, detail) => {
    await expect(change(current, next)).rejects.toMatchObject({ code: 'request_invalid', data: { detail } })
    expect(await codeOf(enter())).toBeNull()
  })

  test('is no way around the limit of wrong passwords', async () => {
    for (const _ of Array.from({ length: 3 })) {
      await expect(change('wrong password', NEW)).rejects.toMatchObject({ code: 'request_invalid' })
    }
    await expect(change(PASSWORD, NEW)).rejects.toMatchObject(BLOCKED)
    await expect(enter()).rejects.toMatchObject(BLOCKED)
  })

  test('loses against an administrator who sets one meanwhile', async () => {
    const changing = codeOf(change(PASSWORD, NEW))
    await setPassword(people.local, user.id, 'set by an administrator')
    const code = await changing
    // Either order is right, but the administrator's password is the one that counts in both.
    expect([null, 'changed_meanwhile', 'request_invalid']).toContain(code)
    expect(await codeOf(enter('set by an administrator'))).toBeNull()
  })

  test('is for users alone', async () => {
    await expect(
      changeOwnPassword(
        { ...people.local, limits, sealer },
        {
          currentPassword: PASSWORD,
          newPassword: NEW,
          countedIp: null,
          mark: null,
        },
      ),
    ).rejects.toMatchObject({ code: 'access_denied' })
  })
})

test('a user whose policies change is somebody else at their next request', async () => {
  const { token } = await enter()
  await updateUser(people.local, user.id, { policies: ['marketer'], version: 1 })
  expect((await findSession(people.db, limits, token))?.principal.policies).toEqual(['marketer'])
})

test('a session can also be opened without a password, by who has proven it otherwise', async () => {
  const of = { userId: user.id, originIp: null, userAgent: 'x'.repeat(5_000) }
  const { session } = await createSession(people.db, limits, of)
  expect(session.userAgent).toHaveLength(500)
})

async function bring(tickets: Tickets | null, ticket: string, originIp = '192.0.2.7') {
  const context = { store: people.local.store, limits, sealer, tickets }
  return signInWithTicket(context, {
    ticket,
    originIp,
    countedIp: originIp,
    userAgent: 'browser',
    mark: null,
  })
}

describe('a ticket', () => {
  test('signs in as its user, once, and the activity log says how', async () => {
    const tickets = createTickets()
    const [ticket, other] = [tickets.issue(user.id), tickets.issue(user.id)]
    const { token, principal } = await bring(tickets, ticket)
    expect((await findSession(people.db, limits, token))?.principal).toEqual(principal)
    expect(principal).toMatchObject({ id: user.id, policies: ['analyst'] })
    const { items } = await listActivity(people.db, {}, { limit: 1, cursor: null })
    expect(items[0]).toMatchObject({ action: 'session.created', detail: { with: 'ticket' } })
    expect(await codeOf(bring(tickets, ticket))).toBe('ticket_refused')
    expect(await codeOf(bring(tickets, other))).toBeNull()
  })

  test('is good in the process that issued it alone, and for nobody who is disabled', async () => {
    const tickets = createTickets()
    const ticket = tickets.issue(user.id)
    expect(await codeOf(bring(createTickets(), ticket))).toBe('ticket_refused')
    expect(await codeOf(bring(null, ticket))).toBe('ticket_refused')
    await disableUser(people.local, user.id)
    expect(await codeOf(bring(tickets, ticket))).toBe('ticket_refused')
  })

  test('that is wrong counts as a wrong password does, also when every try is another one', async () => {
    const tickets = createTickets()
    const codes: unknown[] = []
    for (let tries = 0; tries < 4; tries += 1) codes.push(await codeOf(bring(tickets, 'the same')))
    expect(codes).toEqual(['ticket_refused', 'ticket_refused', 'ticket_refused', 'too_many_attempts'])
    // Five times as many from one origin.
    for (let tries = 0; tries < 15; tries += 1)
      expect(await codeOf(bring(tickets, `another ${tries}`, '192.0.2.8'))).toBe('ticket_refused')
    expect(await codeOf(bring(tickets, tickets.issue(user.id), '192.0.2.8'))).toBe('too_many_attempts')
  })
})
