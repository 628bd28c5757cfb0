import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { createAccessToken } from '../../src/pinterest/access-token.ts'
import {
  ACCOUNT,
  APP_SECRET,
  bearerOf,
  createRig,
  endpointOf,
  freshTokens,
  isTokenCall,
  listBody,
  MemoryVault,
  oneTry,
  refreshTokenOf,
  startLoopback,
  startRotating,
  thrownBy,
  tokenBody,
  UNAUTHORIZED,
} from './loopback.ts'
import type { PinterestClient } from '../../src/pinterest/client.ts'
import type { Reply } from './loopback.ts'

const ok: Reply = { status: 200, body: listBody() }
const HOUR_MS = 3_600_000

function update(client: PinterestClient): Promise<unknown> {
  return client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records: 'aa' })
}

it('a token that Pinterest refused is renewed, also when a mere read of it was under way', async () => {
  const server = await startRotating()
  const vault = new MemoryVault(freshTokens())
  const access = createAccessToken(vault, endpointOf(server))
  const [read, replaced] = await Promise.all([access.get(), access.replace('pina_access-0')])
  expect([read, replaced]).toEqual(['pina_access-0', 'pina_access-1'])
  expect(server.refreshes()).toBe(1)
  // Who comes later with the refused one gets the new one, without another renewal.
  expect(await access.replace('pina_access-0')).toBe('pina_access-1')
  expect(server.refreshes()).toBe(1)
})

it('calls at the same time share one reading and one renewal', async () => {
  const server = await startRotating()
  const vault = new MemoryVault(freshTokens({ accessExpiresAt: new Date(0) }))
  const access = createAccessToken(vault, endpointOf(server))
  const tokens = await Promise.all(Array.from({ length: 4 }, () => access.get()))
  expect(new Set(tokens)).toEqual(new Set(['pina_access-1']))
  expect([vault.reads, vault.renewals]).toEqual([1, 1])
})

it('tokens that a person gave meanwhile are exchanged, whichever way the old ones were found dead', async () => {
  const given = freshTokens({ accessToken: null, accessExpiresAt: null })
  const server = await startRotating()
  const vault = new MemoryVault(freshTokens({ refreshToken: 'pinr.old', accessExpiresAt: new Date(0) }))
  const read = vault.read.bind(vault)
  vault.read = async () => {
    const found = await read()
    vault.tokens = given
    return found
  }
  expect(await createAccessToken(vault, endpointOf(server)).get()).toBe('pina_access-1')
  const other = await startRotating()
  expect(await createAccessToken(new MemoryVault(given), endpointOf(other)).replace('pina_old')).toBe(
    'pina_access-1',
  )
})

describe('a token that is due', () => {
  it.each([
    ['there is none yet', { accessToken: null, accessExpiresAt: null }],
    ['it has expired', { accessExpiresAt: new Date(Date.now() - 1) }],
    ['it expires within the hour', { accessExpiresAt: new Date(Date.now() + HOUR_MS - 1000) }],
  ])('is renewed before the call when %s', async (_case, tokens) => {
    const server = await startRotating()
    const { client, vault, counts } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens(tokens)),
    })
    await update(client)
    expect(server.seen.map((request) => request.path)).toEqual([
      '/v5/oauth/token',
      `/v5/ad_accounts/${ACCOUNT}/customer_lists/643`,
    ])
    const basic = Buffer.from(`1234:${APP_SECRET}`).toString('base64')
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(vault.tokens).toMatchObject({ accessToken: 'pina_access-1', refreshToken: 'pinr.refresh-1' })
    expect(counts).toEqual({ reads: 0, writes: 1, retries: 0, throttled: 0 })
  })

  it('is used as it is while it lives long enough, and read once', async () => {
    const server = await startLoopback(() => ok)
    const { client, vault } = createRig(server.baseUrl)
    await update(client)
    await update(client)
    expect(server.seen.map(bearerOf)).toEqual(['pina_access-0', 'pina_access-0'])
    expect(vault.reads).toBe(1)
  })

  it('whose expiry nobody knows is used until Pinterest refuses it', async () => {
    const server = await startLoopback(() => ok)
    const vault = new MemoryVault(freshTokens({ accessExpiresAt: null }))
    await update(createRig(server.baseUrl, { vault }).client)
    expect(server.seen).toHaveLength(1)
  })

  it('that lives shorter than the early renewal is not renewed on every call', async () => {
    const server = await startLoopback((request) =>
      isTokenCall(request) ? { status: 200, body: tokenBody(1, { expires_in: 60 }) } : ok,
    )
    const { client } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null })),
    })
    for (let call = 0; call < 3; call += 1) await update(client)
    expect(server.seen.filter(isTokenCall)).toHaveLength(1)
  })

  it('is renewed when its time comes in the middle of a run', async () => {
    const server = await startRotating()
    const access = createAccessToken(new MemoryVault(), endpointOf(server))
    expect(await access.get()).toBe('pina_access-0')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 23.5 * HOUR_MS })
    onTestFinished(() => void vi.useRealTimers())
    expect(await access.get()).toBe('pina_access-1')
  })

  it('is not used any more when renewing it early is refused for good', async () => {
    const server = await startLoopback(() => UNAUTHORIZED)
    const vault = new MemoryVault(freshTokens({ accessExpiresAt: new Date(Date.now() + HOUR_MS / 2) }))
    const { client } = createRig(server.baseUrl, { vault })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'authorization_error' })
    expect(server.seen.filter((request) => !isTokenCall(request))).toEqual([])
  })

  it('is used once more when renewing it early fails for a while', async () => {
    const server = await startLoopback((request) => (isTokenCall(request) ? { status: 503 } : ok))
    const vault = new MemoryVault(freshTokens({ accessExpiresAt: new Date(Date.now() + HOUR_MS / 2) }))
    const { client } = createRig(server.baseUrl, { vault, limits: oneTry })
    await update(client)
    await update(client)
    expect(server.seen.map((request) => isTokenCall(request))).toEqual([true, false, false])
  })
})

describe('rotation', () => {
  it('stores the new tokens before the new access token is used', async () => {
    const order: string[] = []
    const server = await startLoopback((request) => {
      order.push(isTokenCall(request) ? 'refresh' : `call with ${bearerOf(request)}`)
      return isTokenCall(request) ? { status: 200, body: tokenBody(1) } : ok
    })
    const { client, vault } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null })),
    })
    vault.onStored = (tokens) => order.push(`stored ${tokens.refreshToken}`)
    await update(client)
    expect(order).toEqual(['refresh', 'stored pinr.refresh-1', 'call with pina_access-1'])
  })

  it('a token that cannot be stored is not used', async () => {
    const server = await startRotating()
    const { client, vault } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null })),
    })
    vault.onStored = () => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    }
    expect(await thrownBy(update(client))).toMatchObject({ code: 'disk_full', answerLost: false })
    expect(server.seen).toHaveLength(1)
  })

  it('keeps the old refresh token and its expiry when the answer has none', async () => {
    const refreshExpiresAt = new Date(2_000_000_000_000)
    const before = Date.now()
    const server = await startLoopback((request) =>
      isTokenCall(request)
        ? { status: 200, body: { access_token: 'pina_x', token_type: 'bearer', expires_in: 100, scope: 's' } }
        : ok,
    )
    const { client, vault } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null, refreshExpiresAt })),
    })
    await update(client)
    expect(vault.tokens).toMatchObject({
      refreshToken: 'pinr.refresh-0',
      refreshExpiresAt,
      accessToken: 'pina_x',
    })
    const livesMs = (vault.tokens.accessExpiresAt?.getTime() ?? 0) - before
    expect(livesMs).toBeGreaterThanOrEqual(100_000)
    expect(livesMs).toBeLessThanOrEqual(100_000 + Date.now() - before)
  })

  it('takes the expiry of the refresh token from the answer', async () => {
    const server = await startRotating()
    const { client, vault } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null })),
    })
    await update(client)
    expect(vault.tokens.refreshExpiresAt).toEqual(new Date(1_900_000_000_000))
  })

  it('stores the new tokens even when the run is stopped during the refresh', async () => {
    const stop = new AbortController()
    const server = await startLoopback((request) => {
      stop.abort()
      return isTokenCall(request) ? { status: 200, body: tokenBody(1) } : ok
    })
    const vault = new MemoryVault(freshTokens({ accessToken: null }))
    const { client } = createRig(server.baseUrl, { vault, signal: stop.signal })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'stopped', answerLost: false })
    expect(vault.tokens.refreshToken).toBe('pinr.refresh-1')
    expect(server.seen).toHaveLength(1)
  })

  it('two clients with eight calls each refresh once', async () => {
    const server = await startRotating()
    const vault = new MemoryVault()
    const clients = [createRig(server.baseUrl, { vault }).client, createRig(server.baseUrl, { vault }).client]
    await Promise.all(clients.flatMap((client) => Array.from({ length: 8 }, () => update(client))))
    expect(server.refreshes()).toBe(1)
    expect(vault.tokens.accessToken).toBe('pina_access-1')
  })

  it('two clients that find the token expired refresh once', async () => {
    const server = await startRotating()
    const vault = new MemoryVault(freshTokens({ accessExpiresAt: new Date(0) }))
    const clients = [createRig(server.baseUrl, { vault }).client, createRig(server.baseUrl, { vault }).client]
    await Promise.all(clients.map(update))
    expect(server.refreshes()).toBe(1)
    expect(vault.renewals).toBe(2)
  })

  it('a late refusal of the old token does not ask the vault again', async () => {
    const renewed = Promise.withResolvers<void>()
    let refused = 0
    const server = await startLoopback(async (request) => {
      if (isTokenCall(request)) return { status: 200, body: tokenBody(1) }
      if (bearerOf(request) === 'pina_access-1') {
        renewed.resolve()
        return ok
      }
      refused += 1
      if (refused === 2) await renewed.promise
      return UNAUTHORIZED
    })
    const { client, vault } = createRig(server.baseUrl)
    await Promise.all([update(client), update(client)])
    expect(refused).toBe(2)
    expect(vault.renewals).toBe(1)
  })

  it('follows a token that another process renewed, without renewing it again', async () => {
    const server = await startRotating()
    const vault = new MemoryVault()
    const [one, other] = [createRig(server.baseUrl, { vault }), createRig(server.baseUrl, { vault })]
    await update(one.client)
    await update(other.client)
    expect(server.refreshes()).toBe(1)
  })
})

describe('a token that dies in mid-run', () => {
  it('is renewed once, and the call made again', async () => {
    const server = await startRotating()
    const { client, counts, retries } = createRig(server.baseUrl)
    await update(client)
    await update(client)
    expect(server.seen.map((request) => (isTokenCall(request) ? 'refresh' : bearerOf(request)))).toEqual([
      'pina_access-0',
      'refresh',
      'pina_access-1',
      'pina_access-1',
    ])
    expect(counts).toEqual({ reads: 0, writes: 3, retries: 1, throttled: 0 })
    expect(retries).toMatchObject([{ operation: 'customer_lists/update', waitMs: 0 }])
  })

  it('is renewed once in a call, not over and over', async () => {
    let calls = 0
    const server = await startLoopback((request) => {
      if (isTokenCall(request)) return { status: 200, body: tokenBody(1) }
      calls += 1
      return calls === 2 ? { status: 503 } : UNAUTHORIZED
    })
    const error = await thrownBy(update(createRig(server.baseUrl).client))
    expect(error).toMatchObject({ code: 'authorization_error', answerLost: true, attempts: 3 })
    expect(server.seen.filter(isTokenCall)).toHaveLength(1)
  })

  it('takes a slot of the budget for the call made again, none for the refresh', async () => {
    const server = await startRotating()
    const { client, limiter } = createRig(server.baseUrl)
    await update(client)
    expect(limiter.taken).toEqual([`write main:${ACCOUNT}`, `write main:${ACCOUNT}`])
  })

  it('may die many times over a run', async () => {
    let nth = 0
    let uses = 0
    const server = await startLoopback((request) => {
      if (isTokenCall(request)) {
        nth += 1
        uses = 0
        return { status: 200, body: tokenBody(nth) }
      }
      uses += 1
      return bearerOf(request) === `pina_access-${nth}` && uses <= 3 ? ok : UNAUTHORIZED
    })
    const { client } = createRig(server.baseUrl)
    for (let call = 0; call < 12; call += 1) await update(client)
    expect(nth).toBe(3)
  })
})

describe('a refresh', () => {
  it.each<[string, Reply]>([
    ['cut', { drop: 'at_once' }],
    ['503', { status: 503 }],
    ['garbage', { text: 'maintenance' }],
    ['a token that no header can carry', { status: 200, body: tokenBody(1, { access_token: 'a\nb' }) }],
    ['429', { status: 429 }],
  ])('answered with %s is asked for again with the same refresh token', async (_case, reply) => {
    let asked = 0
    const server = await startLoopback((request) => {
      if (!isTokenCall(request)) return ok
      asked += 1
      return asked === 1 ? reply : { status: 200, body: tokenBody(1) }
    })
    const { client, vault } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null })),
    })
    await update(client)
    expect(server.seen.filter(isTokenCall).map(refreshTokenOf)).toEqual(['pinr.refresh-0', 'pinr.refresh-0'])
    expect(vault.tokens.refreshToken).toBe('pinr.refresh-1')
  })

  it.each([400, 401])(
    'answered with %i asks for a new authorization and names the credential',
    async (status) => {
      const server = await startLoopback(() => ({ status, body: { code: 1, message: 'Invalid grant' } }))
      const { client, vault } = createRig(server.baseUrl, {
        vault: new MemoryVault(freshTokens({ accessToken: null })),
      })
      const error = await thrownBy(update(client))
      expect(error).toMatchObject({ code: 'authorization_error', passing: false, answerLost: false })
      expect((error as Error).message).toContain('refresh token: "Invalid grant"')
      expect(server.seen).toHaveLength(1)
      expect(vault.tokens).toMatchObject({ refreshToken: 'pinr.refresh-0' })
    },
  )

  it('that Pinterest cannot serve now is not the credential’s fault', async () => {
    const server = await startLoopback(() => ({ status: 500 }))
    const { client } = createRig(server.baseUrl, {
      vault: new MemoryVault(freshTokens({ accessToken: null })),
      limits: oneTry,
    })
    expect(await thrownBy(update(client))).toMatchObject({
      code: 'pinterest_unavailable',
      passing: true,
      answerLost: false,
    })
  })
})

it.each([
  ['a renewal', 'before it begins', null, 1],
  ['a renewal', 'when its connection stands', null, 2],
  ['a write', 'before it begins', 'pina_access-0', 1],
  ['a write', 'when its connection stands', 'pina_access-0', 2],
])('%s is not sent when the run may not go on %s', async (_, _when, accessToken, refusedAt) => {
  const server = await startRotating()
  const held = new RollcallError('database_unavailable', { detail: 'another has the list' })
  let asked = 0
  const { client } = createRig(server.baseUrl, {
    vault: new MemoryVault(
      freshTokens(accessToken === null ? { accessToken, accessExpiresAt: null } : { accessToken }),
    ),
    mayGoOn: async () => {
      asked += 1
      if (asked === refusedAt) throw held
      return () => true
    },
  })
  expect(await thrownBy(update(client))).toMatchObject({ code: held.code, answerLost: false })
  expect(server.seen).toEqual([])
})
