import { expect, it } from 'vitest'
import { exchangeCode } from '../../src/pinterest/oauth.ts'
import { createTransport } from '../../src/pinterest/transport.ts'
import { describeWithSpec } from '../support/openapi.ts'
import {
  ACCOUNT,
  createRig,
  freshTokens,
  listBody,
  MemoryVault,
  quickLimits,
  startLoopback,
  tokenBody,
} from './loopback.ts'
import type { Loopback, Reply, Seen } from './loopback.ts'

const HASH = 'ab'.repeat(32)
const audience = {
  id: '9',
  name: 'VIP',
  ad_account_id: ACCOUNT,
  audience_type: 'CUSTOMER_LIST',
  rule: { customer_list_id: '643' },
  status: 'INITIALIZING',
  size: null,
  description: 'd',
  type: 'audience',
}
const account = { id: ACCOUNT, name: 'Shop', country: 'DE', currency: 'EUR', permissions: ['OWNER'] }

function reply(request: Seen): Reply {
  const { pathname, searchParams } = new URL(request.path, 'http://x')
  const page = (item: unknown): unknown => ({
    items: [item],
    bookmark: searchParams.has('bookmark') ? null : 'b 1/+',
  })
  const isPage = request.method === 'GET' && /(?:ad_accounts|customer_lists|audiences)$/.test(pathname)
  if (pathname === '/v5/oauth/token') return { status: 200, body: tokenBody(1) }
  const one = pathname.includes('customer_lists')
    ? listBody()
    : pathname.includes('audiences')
      ? audience
      : account
  return { status: 200, body: isPage ? page(one) : one }
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined()
}

/** Every call that the client can make, over the wire. */
async function makeEveryCall(server: Loopback): Promise<void> {
  const { client } = createRig(server.baseUrl, { vault: new MemoryVault(freshTokens({ accessToken: null })) })
  await client.getAdAccount(ACCOUNT)
  await drain(client.listAdAccounts())
  await drain(client.listCustomerLists(ACCOUNT, { newestFirst: true }))
  await drain(client.listCustomerLists(ACCOUNT, { newestFirst: false }))
  await client.getCustomerList(ACCOUNT, '643')
  await client.createCustomerList(ACCOUNT, { name: 'VIP "é"', records: `${HASH},${HASH}` })
  await client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records: HASH })
  await client.updateCustomerList(ACCOUNT, '643', { operation: 'remove', records: HASH })
  await drain(client.listAudiences(ACCOUNT))
  await client.getAudience(ACCOUNT, '9')
  await client.createAudience(ACCOUNT, { name: 'VIP', customerListId: '643', description: 'made by us' })
  await client.createAudience(ACCOUNT, { name: 'VIP', customerListId: '643' })
}

async function exchangeOneCode(server: Loopback): Promise<void> {
  const transport = createTransport({ baseUrl: server.baseUrl, requestTimeoutMs: 10_000, env: {} })
  const counts = { reads: 0, writes: 0, retries: 0, throttled: 0 }
  const { signal } = new AbortController()
  const pace = { limits: quickLimits, signal, random: Math.random, counts, onRetry: () => undefined }
  const request = { appId: '1', appSecret: 's', code: 'c', redirectUri: 'https://shop.example/back' }
  await exchangeCode({ transport, pace, credential: 'main' }, request)
  await transport.close()
}

describeWithSpec('every request', (spec) => {
  it('is one that both descriptions of the API allow', async () => {
    const server = await startLoopback(reply)
    await makeEveryCall(server)
    await exchangeOneCode(server)
    const problems = server.seen.flatMap((request) =>
      spec
        .validateRequest({ ...request, body: request.body || undefined })
        .map((problem) => `${request.method} ${request.path}: ${problem}`),
    )
    expect(problems).toEqual([])
    const kinds = new Set(
      server.seen.map((request) => `${request.method} ${request.path.split('?')[0] ?? ''}`),
    )
    expect(kinds.size).toBe(10)
    expect(
      spec.versionsOf({ method: 'PATCH', path: `/v5/ad_accounts/${ACCOUNT}/customer_lists/643` }),
    ).toHaveLength(2)
  })

  it('reads answers that the descriptions allow', () => {
    for (const body of [listBody(), { ...listBody(), status: 'READY' }]) {
      const path = `/v5/ad_accounts/${ACCOUNT}/customer_lists/643`
      expect(spec.validateResponse({ method: 'GET', path, status: 200, body })).toEqual([])
    }
    expect(
      spec.validateResponse({ method: 'POST', path: '/v5/oauth/token', status: 200, body: tokenBody(1) }),
    ).toEqual([])
  })
})
