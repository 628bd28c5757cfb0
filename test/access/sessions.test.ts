import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listActivity } from '../../src/access/activity.ts'
import {
  createSession,
  endSession,
  endSessions,
  findSession,
  listSessions,
  sweepSessions,
} from '../../src/access/sessions.ts'
import type { User } from '../../src/access/object-kinds.ts'
import { addUser, emptyPeople, openPeople } from './people.ts'
import type { People } from './people.ts'

const MINUTE_MS = 60_000
const limits = { sessionMs: 60 * MINUTE_MS, sessionIdleMs: 20 * MINUTE_MS }

let people: People
let user: User

beforeAll(async () => {
  people = await openPeople()
})

beforeEach(async () => {
  await emptyPeople(people)
  user = await addUser(people.local, { options: ['restrict_downloads'], password: null })
})

afterAll(async () => {
  await people.close()
})

async function signIn(of = user, within = limits) {
  return createSession(people.db, within, { userId: of.id, originIp: '192.0.2.7', userAgent: 'browser' })
}

/** Time passes for all sessions. */
async function later(ms: number): Promise<void> {
  const back = sql`${ms} * interval '1 ms'`
  await sql`update session set created_at = created_at - ${back}, seen_at = seen_at - ${back},
    expires_at = expires_at - ${back}`.execute(people.db)
}

/** How long ago the session was seen, once it is used so many ms after it was seen. */
async function seenAgoAfterUse(token: string, ms: number): Promise<number | undefined> {
  // Time stands still within a transaction.
  return people.db.transaction().execute(async (tx) => {
    await sql`update session set seen_at = now() - ${ms} * interval '1 ms'`.execute(tx)
    expect(await findSession(tx, limits, token)).not.toBeNull()
    const { rows } = await sql<{ ms: number }>`
      select extract(epoch from now() - seen_at)::float8 * 1000 as ms from session
    `.execute(tx)
    return rows[0]?.ms
  })
}

test('a token tells who is signed in', async () => {
  const { token, session } = await signIn()
  expect(await findSession(people.db, limits, token)).toEqual({
    principal: {
      kind: 'user',
      id: user.id,
      name: user.name,
      policies: ['analyst'],
      options: ['restrict_downloads'],
      sessionId: session.id,
    },
    email: user.email,
    mustChangePassword: false,
    expiresAt: session.expiresAt,
  })
})

test('a token has 256 random bits, and the database keeps only its SHA-256 digest', async () => {
  const [one, other] = [await signIn(), await signIn()]
  expect(one.token).toMatch(/^rcs_[\w-]{43}$/)
  expect(one.token).not.toBe(other.token)
  const { rows } = await sql`select * from session`.execute(people.db)
  for (const { token } of [one, other]) {
    expect(JSON.stringify(rows)).not.toContain(token.slice(4))
    expect(rows).toContainEqual(
      expect.objectContaining({ token_digest: createHash('sha256').update(token).digest('base64url') }),
    )
  }
})

test('no other token is one', async () => {
  const { token, session } = await signIn()
  const row = await people.db.selectFrom('session').select('token_digest').executeTakeFirstOrThrow()
  const wrong = [
    '',
    'x',
    token.slice(0, -1),
    `${token} `,
    token.toUpperCase(),
    row.token_digest,
    session.id,
    '\0',
  ]
  for (const text of wrong) expect(await findSession(people.db, limits, text)).toBeNull()
})

test('a session ends when its time is over, however busy it is', async () => {
  const { token } = await signIn()
  for (const _ of Array.from({ length: 5 })) {
    await later(11 * MINUTE_MS)
    expect(await findSession(people.db, limits, token)).not.toBeNull()
  }
  await later(6 * MINUTE_MS)
  expect(await findSession(people.db, limits, token)).toBeNull()
})

test('a session ends when it was idle for too long', async () => {
  const { token } = await signIn()
  await later(19 * MINUTE_MS)
  expect(await findSession(people.db, limits, token)).not.toBeNull()
  await later(20 * MINUTE_MS)
  expect(await findSession(people.db, limits, token)).toBeNull()
})

test('that it was used is written at most once a minute', async () => {
  const { token } = await signIn()
  expect(await seenAgoAfterUse(token, 59_999)).toBe(59_999)
  expect(await seenAgoAfterUse(token, MINUTE_MS)).toBe(0)
})

test('a use counts even when the limit for idling is as short as a minute', async () => {
  const short = { sessionMs: 60 * MINUTE_MS, sessionIdleMs: MINUTE_MS }
  const { token } = await signIn(user, short)
  for (const _ of Array.from({ length: 10 })) {
    await later(40_000)
    expect(await findSession(people.db, short, token)).not.toBeNull()
  }
})

test('a shorter limit for idling counts for sessions that are open already', async () => {
  const { token } = await signIn()
  await later(5 * MINUTE_MS)
  expect(await findSession(people.db, { ...limits, sessionIdleMs: 4 * MINUTE_MS }, token)).toBeNull()
})

test('a session of a disabled user is none, even one that was left open', async () => {
  const { token } = await signIn()
  await people.db.updateTable('app_user').set({ disabled_at: new Date() }).execute()
  expect(await findSession(people.db, limits, token)).toBeNull()
})

test('one session ends without the others, and by its own user', async () => {
  const other = await addUser(people.local, { password: null })
  const [one, two] = [await signIn(), await signIn()]
  await expect(endSession(people.local, { id: one.session.id, userId: other.id })).rejects.toMatchObject({
    code: 'not_found',
  })
  await endSession(people.local, { id: one.session.id, userId: user.id })
  expect(await findSession(people.db, limits, one.token)).toBeNull()
  expect(await findSession(people.db, limits, two.token)).not.toBeNull()
  await expect(endSession(people.local, { id: one.session.id, userId: user.id })).rejects.toMatchObject({
    code: 'not_found',
  })
  const { items } = await listActivity(people.db, { objectId: one.session.id }, { limit: 9, cursor: null })
  expect(items).toMatchObject([{ action: 'session.ended', objectName: user.name }])
})

test('all sessions of a user end, and no others', async () => {
  const other = await addUser(people.local, { password: null })
  const mine = [await signIn(), await signIn()]
  const theirs = await signIn(other)
  expect(await endSessions(people.db, user.id)).toBe(2)
  for (const { token } of mine) expect(await findSession(people.db, limits, token)).toBeNull()
  expect(await findSession(people.db, limits, theirs.token)).not.toBeNull()
})

test('the list holds what is open, and no token', async () => {
  await signIn()
  await later(21 * MINUTE_MS)
  const { token, session } = await signIn()
  const found = await listSessions(people.db, limits, user.id)
  expect(found).toEqual([session])
  expect(found).toMatchObject([{ originIp: '192.0.2.7', userAgent: 'browser' }])
  expect(JSON.stringify(found)).not.toContain(token)
})

test('a sweep removes what is over and nothing else', async () => {
  await signIn()
  await later(21 * MINUTE_MS)
  await signIn(user, { ...limits, sessionMs: MINUTE_MS })
  await later(2 * MINUTE_MS)
  const { token } = await signIn()
  expect(await sweepSessions(people.db, limits)).toBe(2)
  expect(await findSession(people.db, limits, token)).not.toBeNull()
  expect(await sweepSessions(people.db, limits)).toBe(0)
})
