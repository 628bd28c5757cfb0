import { describe, expect, it, vi } from 'vitest'
import { authorizationUrl, exchangeCode, refreshTokens } from '../../src/pinterest/oauth.ts'
import { endpointOf, freshTokens, startLoopback, thrownBy, tokenBody } from './loopback.ts'
import type { Reply } from './loopback.ts'

const HOUR_MS = 3_600_000

describe('authorization', () => {
  it('sends the person to Pinterest with what it needs to send back', () => {
    const url = new URL(
      authorizationUrl({
        appId: '1234',
        redirectUri: 'https://shop.example/back?x=1&y=2',
        scopes: ['ads:read', 'ads:write'],
        state: 's&t=1',
      }),
    )
    expect(url.origin + url.pathname).toBe('https://www.pinterest.com/oauth/')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: '1234',
      redirect_uri: 'https://shop.example/back?x=1&y=2',
      response_type: 'code',
      scope: 'ads:read,ads:write',
      state: 's&t=1',
    })
  })

  const request = { appId: '1', appSecret: 's', code: 'c-1', redirectUri: 'https://shop.example/back' }

  it('a code is exchanged for tokens', async () => {
    const server = await startLoopback(() => ({ status: 200, body: tokenBody(7) }))
    const endpoint = endpointOf(server)
    const tokens = await exchangeCode(endpoint, { ...request, continuousRefresh: true })
    await endpoint.transport.close()
    expect(Object.fromEntries(new URLSearchParams(server.seen[0]?.body))).toEqual({
      grant_type: 'authorization_code',
      code: 'c-1',
      redirect_uri: 'https://shop.example/back',
      continuous_refresh: 'true',
    })
    expect(tokens).toMatchObject({ appId: '1', refreshToken: 'pinr.refresh-7', accessToken: 'pina_access-7' })
  })

  it('asks for continuous refresh only when it is wanted', async () => {
    const server = await startLoopback(() => ({ status: 200, body: tokenBody(7) }))
    const endpoint = endpointOf(server)
    await exchangeCode(endpoint, request)
    await endpoint.transport.close()
    expect(new URLSearchParams(server.seen[0]?.body).has('continuous_refresh')).toBe(false)
  })

  it('counts the life of a token from when it was asked for, however long the answer takes', async () => {
    let arrivedMs = 0
    const server = await startLoopback(async () => {
      arrivedMs = Date.now()
      await vi.waitUntil(() => Date.now() > arrivedMs + 50, { interval: 5, timeout: 180_000 })
      return { status: 200, body: tokenBody(7, { expires_in: 3_600, refresh_token_expires_at: null }) }
    })
    const endpoint = endpointOf(server)
    const tokens = await exchangeCode(endpoint, request)
    await endpoint.transport.close()
    expect(tokens.accessExpiresAt?.getTime()).toBeLessThanOrEqual(arrivedMs + HOUR_MS)
    expect(tokens.refreshExpiresAt?.getTime()).toBeLessThanOrEqual(arrivedMs + 5_184_000_000)
  })

  it('a life that no calendar holds is one without known end, and that of a former token says nothing of a new one', async () => {
    const bodies = [
      tokenBody(7, { expires_in: 1e300, refresh_token_expires_at: 1e300 }),
      tokenBody(8, { refresh_token_expires_at: null, refresh_token_expires_in: null }),
    ]
    const server = await startLoopback((_request, nth) => ({ status: 200, body: bodies[nth] }))
    const endpoint = endpointOf(server)
    const endless = await exchangeCode(endpoint, request)
    expect([endless.accessExpiresAt, endless.refreshExpiresAt]).toEqual([null, null])
    const former = { ...freshTokens(), refreshExpiresAt: new Date(Date.now() + HOUR_MS) }
    expect((await refreshTokens(endpoint, former)).refreshExpiresAt).toBeNull()
    await endpoint.transport.close()
  })

  it('a code is never sent twice, and must bring a refresh token', async () => {
    const replies: Reply[] = [
      { drop: 'at_once' },
      { status: 200, body: { access_token: 'a', token_type: 'bearer', expires_in: 1, scope: '' } },
      { status: 401, body: { code: 2, message: 'used up' } },
    ]
    const server = await startLoopback((_request, nth) => replies[nth] ?? { status: 500 })
    const endpoint = endpointOf(server)
    const codes = []
    for (let nth = 0; nth < 3; nth += 1) codes.push(await thrownBy(exchangeCode(endpoint, request)))
    await endpoint.transport.close()
    expect(codes).toMatchObject([
      { code: 'pinterest_unavailable' },
      { code: 'authorization_error' },
      { code: 'authorization_error' },
    ])
    expect(server.seen).toHaveLength(3)
  })
})
