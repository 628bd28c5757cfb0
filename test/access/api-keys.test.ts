import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listActivity } from '../../src/access/activity.ts'
import {
  createApiKey,
  findApiKey,
  getApiKey,
  listApiKeys,
  revokeApiKey,
  revokeFormerToken,
  rotateApiKey,
  updateApiKey,
} from '../../src/access/api-keys.ts'
import type { ApiKeyInput, NewToken } from '../../src/access/api-keys.ts'
import { as, emptyPeople, openPeople, untilBlocked, withLimits } from './people.ts'
import type { People } from './people.ts'

const DAY_MS = 86_400_000

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

const input: ApiKeyInput = { name: 'Nightly', policies: ['analyst'], options: [], expiresAt: null }

async function newKey(given: Partial<ApiKeyInput> = {}): Promise<NewToken> {
  return createApiKey(people.local, { ...input, ...given })
}

/** Time passes for all keys. */
async function later(ms: number): Promise<void> {
  const back = sql`${ms} * interval '1 ms'`
  await sql`update api_key set expires_at = expires_at - ${back}, previous_until = previous_until - ${back},
    last_used_at = last_used_at - ${back}`.execute(people.db)
}

async function actionsOn(id: string): Promise<string[]> {
  const { items } = await listActivity(people.db, { objectId: id }, { limit: 100, cursor: null })
  return items.map((entry) => entry.action).toReversed()
}

async function works(token: string): Promise<boolean> {
  return (await findApiKey(people.db, token)) !== null
}

describe('a new key', () => {
  test('is found by its token, with its policies', async () => {
    const { token, apiKey } = await newKey({ options: ['restrict_downloads'] })
    expect(await findApiKey(people.db, token)).toEqual({
      kind: 'api_key',
      id: apiKey.id,
      name: 'Nightly',
      policies: ['analyst'],
      options: ['restrict_downloads'],
      sessionId: null,
    })
  })

  test('shows its token once: the database keeps only its SHA-256 digest', async () => {
    const { token, apiKey } = await newKey()
    expect(token).toMatch(/^rck_[0-9a-z]{19}_[\w-]{43}$/)
    expect(token).toContain(apiKey.id.slice(3))
    const { rows } = await sql<object>`select * from api_key`.execute(people.db)
    const digest = createHash('sha256').update(token).digest('base64url')
    expect(rows).toMatchObject([{ token_digest: digest }])
    const { rows: log } = await sql<object>`select * from activity`.execute(people.db)
    const everythingElse = JSON.stringify([rows, log, apiKey, await getApiKey(people.db, apiKey.id)])
    expect(everythingElse).not.toContain(token.slice(-43))
  })

  test('no other token is one', async () => {
    const { token, apiKey } = await newKey()
    const other = await newKey({ name: 'Other' })
    const mixed = token.slice(0, -43) + other.token.slice(-43)
    const digest = createHash('sha256').update(token).digest('base64url')
    for (const wrong of ['', 'rck_', apiKey.id, token.slice(0, -1), `${token} `, mixed, digest, '\0']) {
      expect(await works(wrong)).toBe(false)
    }
  })

  test.each([
    [{ name: '' }, 'request_invalid'],
    [{ policies: [] }, 'request_invalid'],
    [{ policies: ['root'] }, 'request_invalid'],
    [{ policies: ['datagrid_operator'], options: ['restrict_pii_access'] }, 'request_invalid'],
    [{ expiresAt: new Date(0) }, 'request_invalid'],
  ])('is refused with a reason: %j', async (wrong, code) => {
    await expect(newKey(wrong)).rejects.toMatchObject({ code })
  })

  test('needs a name of its own', async () => {
    await newKey()
    await expect(newKey()).rejects.toMatchObject({ code: 'name_taken' })
  })

  test('cannot have more rights than who makes it', async () => {
    const operator = as(people.local, ['datagrid_operator'], ['allow_api_key_administration'])
    await createApiKey(operator, { ...input, policies: ['datagrid_operator'] })
    for (const more of [
      { policies: ['datagrid_administrator'] },
      { policies: ['analyst'], options: ['allow_user_administration'] },
    ]) {
      await expect(createApiKey(operator, { ...input, name: 'More', ...more })).rejects.toMatchObject({
        code: 'access_denied',
      })
    }
  })
})

test('a key works until it expires', async () => {
  const { token } = await newKey({ expiresAt: new Date(Date.now() + DAY_MS) })
  expect(await works(token)).toBe(true)
  await later(DAY_MS)
  expect(await works(token)).toBe(false)
})

test('that it was used is written at most once a minute', async () => {
  const { token, apiKey } = await newKey()
  expect(apiKey.lastUsedAt).toBeNull()
  const usedAt = async (): Promise<string | null> => {
    await findApiKey(people.db, token)
    return (await getApiKey(people.db, apiKey.id)).lastUsedAt
  }
  const first = await usedAt()
  expect(first).not.toBeNull()
  expect(await usedAt()).toBe(first)
  await later(59_000)
  const before = (await getApiKey(people.db, apiKey.id)).lastUsedAt
  expect(await usedAt()).toBe(before)
  await later(2_000)
  expect(Date.parse((await usedAt()) ?? '')).toBeGreaterThanOrEqual(Date.parse(first ?? ''))
})

describe('a rotation', () => {
  test('gives a new token, and the former one works on for the time of grace', async () => {
    const { token: former, apiKey } = await newKey()
    const { token, apiKey: rotated } = await rotateApiKey(people.local, apiKey.id)
    expect(token).not.toBe(former)
    expect(rotated).toMatchObject({ id: apiKey.id, version: 2 })
    expect([await works(former), await works(token)]).toEqual([true, true])
    await later(people.local.limits.apiKeyGraceMs - 60_000)
    expect([await works(former), await works(token)]).toEqual([true, true])
    await later(120_000)
    expect([await works(former), await works(token)]).toEqual([false, true])
    expect(await actionsOn(apiKey.id)).toEqual(['api_key.created', 'api_key.rotated'])
  })

  test('without a time of grace ends the former token now', async () => {
    const { token: former, apiKey } = await newKey()
    const { token } = await rotateApiKey(withLimits(people.local, { apiKeyGraceMs: 0 }), apiKey.id)
    expect([await works(former), await works(token)]).toEqual([false, true])
  })

  test('ends the token before the former one', async () => {
    const { token: first, apiKey } = await newKey()
    const { token: second } = await rotateApiKey(people.local, apiKey.id)
    const { token: third } = await rotateApiKey(people.local, apiKey.id)
    expect([await works(first), await works(second), await works(third)]).toEqual([false, true, true])
  })

  test('by two at once gives each a token that works', async () => {
    const { apiKey } = await newKey()
    const { tokens } = await people.db.transaction().execute(async (tx) => {
      await tx.selectFrom('api_key').selectAll().forUpdate().execute()
      const both = [rotateApiKey(people.local, apiKey.id), rotateApiKey(people.local, apiKey.id)]
      await untilBlocked(people, 2)
      return { tokens: Promise.all(both) }
    })
    for (const { token } of await tokens) expect(await works(token)).toBe(true)
  })

  test('can be followed by the end of the former token', async () => {
    const { token: former, apiKey } = await newKey()
    const { token } = await rotateApiKey(people.local, apiKey.id)
    expect(await revokeFormerToken(people.local, apiKey.id)).toMatchObject({ formerUntil: null })
    expect([await works(former), await works(token)]).toEqual([false, true])
    await revokeFormerToken(people.local, apiKey.id)
    expect(await actionsOn(apiKey.id)).toEqual([
      'api_key.created',
      'api_key.rotated',
      'api_key.former_revoked',
    ])
  })

  test('is not for somebody with fewer rights than the key', async () => {
    const { token, apiKey } = await newKey({ policies: ['datagrid_administrator'] })
    const operator = as(people.local, ['datagrid_operator'], ['allow_api_key_administration'])
    await expect(rotateApiKey(operator, apiKey.id)).rejects.toMatchObject({ code: 'access_denied' })
    await expect(updateApiKey(operator, apiKey.id, { name: 'Mine', version: 1 })).rejects.toMatchObject({
      code: 'access_denied',
    })
    await expect(revokeApiKey(operator, apiKey.id)).rejects.toMatchObject({ code: 'access_denied' })
    expect(await works(token)).toBe(true)
  })
})

describe('a change', () => {
  test('counts from the next request on, and is recorded with what changed', async () => {
    const { token, apiKey } = await newKey()
    const expiresAt = new Date(Date.now() + DAY_MS)
    const changed = await updateApiKey(people.local, apiKey.id, {
      policies: ['marketer_read_only'],
      expiresAt,
      version: 1,
    })
    expect(changed).toMatchObject({ version: 2, expiresAt: expiresAt.toISOString(), name: 'Nightly' })
    expect((await findApiKey(people.db, token))?.policies).toEqual(['marketer_read_only'])
    const { items } = await listActivity(people.db, { action: 'api_key.updated' }, { limit: 1, cursor: null })
    expect(items[0]?.detail).toEqual({
      policies: { from: ['analyst'], to: ['marketer_read_only'] },
      expiresAt: { from: null, to: expiresAt.toISOString() },
    })
  })

  test('can take the expiry away, and leaves it when it is not named', async () => {
    const { apiKey } = await newKey({ expiresAt: new Date(Date.now() + DAY_MS) })
    const renamed = await updateApiKey(people.local, apiKey.id, { name: 'Renamed', version: 1 })
    expect(renamed.expiresAt).toBe(apiKey.expiresAt)
    const endless = await updateApiKey(people.local, apiKey.id, { expiresAt: null, version: 2 })
    expect(endless.expiresAt).toBeNull()
  })

  test('of what somebody else saved meanwhile is refused', async () => {
    const { apiKey } = await newKey()
    await updateApiKey(people.local, apiKey.id, { name: 'Theirs', version: 1 })
    await expect(updateApiKey(people.local, apiKey.id, { name: 'Mine', version: 1 })).rejects.toMatchObject({
      code: 'changed_meanwhile',
    })
  })
})

describe('a revoked key', () => {
  test('never works again, with any of its tokens', async () => {
    const { token: former, apiKey } = await newKey()
    const { token } = await rotateApiKey(people.local, apiKey.id)
    const revoked = await revokeApiKey(people.local, apiKey.id)
    expect(revoked.revokedAt).not.toBeNull()
    expect([await works(former), await works(token)]).toEqual([false, false])
    expect(await revokeApiKey(people.local, apiKey.id)).toEqual(revoked)
    for (const work of [
      async () => rotateApiKey(people.local, apiKey.id),
      async () => updateApiKey(people.local, apiKey.id, { name: 'Again', version: revoked.version }),
      async () => revokeFormerToken(people.local, apiKey.id),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'action_not_possible' })
    }
  })

  test('stays in the list', async () => {
    const { apiKey } = await newKey()
    await newKey({ name: 'Other' })
    await revokeApiKey(people.local, apiKey.id)
    const page = await listApiKeys(people.db, { limit: 1, cursor: null, search: null })
    const next = await listApiKeys(people.db, { limit: 1, cursor: page.nextCursor, search: null })
    expect([...page.items, ...next.items].map((key) => key.name).toSorted()).toEqual(['Nightly', 'Other'])
    expect(next.nextCursor).toBeNull()
    const found = await listApiKeys(people.db, { limit: 9, cursor: null, search: 'NIGHT' })
    expect(found.items).toEqual([await getApiKey(people.db, apiKey.id)])
  })
})

test.each([
  ['read', async (id: string) => getApiKey(people.db, id)],
  ['updated', async (id: string) => updateApiKey(people.local, id, { name: 'x', version: 1 })],
  ['rotated', async (id: string) => rotateApiKey(people.local, id)],
  ['revoked', async (id: string) => revokeApiKey(people.local, id)],
])('no key that is not there can be %s', async (_, work) => {
  await expect(work('ak_0')).rejects.toMatchObject({ code: 'not_found' })
})
