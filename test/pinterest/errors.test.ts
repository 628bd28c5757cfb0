import { describe, expect, it } from 'vitest'
import { isSizeLike, PinterestError } from '../../src/pinterest/errors.ts'
import { ACCOUNT, createRig, oneTry, startLoopback, thrownBy, UNAUTHORIZED } from './loopback.ts'
import type { PinterestClient } from '../../src/pinterest/client.ts'
import type { Reply } from './loopback.ts'

const calls = {
  account: (client: PinterestClient) => client.getAdAccount(ACCOUNT),
  lists: (client: PinterestClient) => firstOf(client.listCustomerLists(ACCOUNT)),
  getList: (client: PinterestClient) => client.getCustomerList(ACCOUNT, '643'),
  create: (client: PinterestClient) => client.createCustomerList(ACCOUNT, { name: 'VIP', records: 'aa' }),
  update: (client: PinterestClient) =>
    client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records: 'aa', listName: 'VIP' }),
  audience: (client: PinterestClient) => client.createAudience(ACCOUNT, { name: 'A', customerListId: '643' }),
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item
  return undefined
}

function refused(status: number, code: number | null, message: string): Reply {
  return {
    status,
    body: code === null ? undefined : { code, message },
    headers: { 'x-pinterest-rid': 'rid-1' },
  }
}

describe('each answer of Pinterest is one error of the catalogue', () => {
  const table: [keyof typeof calls, Reply, string, boolean?][] = [
    ['account', refused(404, 2, 'AdAccount not found.'), 'ad_account_not_found'],
    ['account', refused(400, 1, 'Invalid ad account id'), 'ad_account_not_found'],
    ['account', refused(403, 29, 'Not permitted'), 'insufficient_permissions'],
    ['account', refused(401, 29, 'Not permitted'), 'insufficient_permissions'],
    ['account', refused(401, 3, 'Missing scope'), 'insufficient_permissions'],
    ['lists', refused(404, 2, 'AdAccount not found.'), 'ad_account_not_found'],
    ['lists', refused(400, 1, 'Invalid bookmark'), 'pinterest_refused'],
    ['create', refused(404, 404, 'Not found'), 'ad_account_not_found'],
    ['create', refused(400, 1, 'Ad account 5 not found'), 'ad_account_not_found'],
    ['create', refused(400, 1, 'Invalid name'), 'pinterest_refused', false],
    ['create', refused(400, 1, 'The name exceeds the maximum length'), 'pinterest_refused', false],
    ['create', refused(400, 1, 'Maximum number of customer lists exceeded'), 'pinterest_refused', false],
    ['create', refused(400, 1, 'Too many records'), 'pinterest_refused', true],
    ['update', refused(404, 404, 'Customer list not found'), 'list_not_found'],
    ['update', refused(403, 403, 'Not permitted'), 'insufficient_permissions'],
    ['update', refused(413, null, ''), 'pinterest_refused', true],
    ['update', refused(400, 1, 'Request body too large'), 'pinterest_refused', true],
    ['update', refused(400, 1, "'records' exceeds the limit of 10000"), 'pinterest_refused', true],
    ['update', refused(400, 1, 'Rate limit exceeded. Retry after 5 s'), 'pinterest_refused', false],
    ['update', refused(400, 1, 'Invalid records'), 'pinterest_refused', false],
    ['audience', refused(400, 400, 'List size below the limit'), 'pinterest_refused', false],
    ['audience', refused(404, 404, 'Not found'), 'pinterest_refused'],
    ['update', refused(503, 4197, 'Ramped down'), 'pinterest_unavailable'],
    ['update', refused(429, 8, 'Limit'), 'pinterest_unavailable'],
    ['update', refused(400, 12, 'Something went wrong'), 'pinterest_unavailable'],
  ]
  it.each(table)('%s answered with %j is %s', async (call, reply, code, sizeLike) => {
    const server = await startLoopback(() => reply)
    const { client } = createRig(server.baseUrl, { limits: oneTry })
    const error = await thrownBy(calls[call](client))
    expect(error).toBeInstanceOf(PinterestError)
    expect(error).toMatchObject({ code, requestId: 'rid-1', passing: code === 'pinterest_unavailable' })
    expect((error as Error).message).not.toMatch(/\{\w+\}/)
    expect(isSizeLike(error)).toBe(sizeLike ?? false)
    expect(server.seen).toHaveLength(1)
  })

  it('a refusal says what Pinterest said, with status, code and request id', async () => {
    const server = await startLoopback(() => refused(409, 77, 'The list\nis locked'))
    const { client } = createRig(server.baseUrl)
    await expect(calls.update(client)).rejects.toThrow(
      '"The list is locked" (HTTP 409, code 77, request id rid-1)',
    )
  })

  it('a vanished list is named', async () => {
    const server = await startLoopback(() => refused(404, 404, 'x'))
    const { client } = createRig(server.baseUrl)
    await expect(calls.update(client)).rejects.toThrow(
      `customer list "VIP" (643) is no longer in ad account ${ACCOUNT}`,
    )
  })

  it('reading what is not there gives null', async () => {
    const server = await startLoopback(() => refused(404, 404, 'Not found'))
    const { client } = createRig(server.baseUrl)
    expect(await client.getCustomerList(ACCOUNT, '643')).toBeNull()
    expect(await client.getAudience(ACCOUNT, '9')).toBeNull()
  })

  it.each(['', 'abc', '1'.repeat(19), '../1', '1/2', '-1'])(
    'no ad account has the id %j: nothing is sent',
    async (id) => {
      const server = await startLoopback(() => ({ status: 200, body: {} }))
      const { client } = createRig(server.baseUrl)
      await expect(client.getAdAccount(id)).rejects.toMatchObject({ code: 'ad_account_not_found' })
      await expect(firstOf(client.listCustomerLists(id))).rejects.toMatchObject({
        code: 'ad_account_not_found',
      })
      const update = client.updateCustomerList(id, '1', { operation: 'add', records: 'a' })
      await expect(update).rejects.toMatchObject({ code: 'ad_account_not_found', answerLost: false })
      expect(server.seen).toHaveLength(0)
    },
  )

  it.each([403, 404, 409])('HTTP %i is never taken for a dead token', async (status) => {
    const server = await startLoopback(() => refused(status, 2, 'Authentication failed'))
    const { client, vault } = createRig(server.baseUrl)
    await thrownBy(calls.audience(client))
    expect(server.seen).toHaveLength(1)
    expect(vault.tokens.accessToken).toBe('pina_access-0')
  })

  it('a token that stays dead after renewing names the credential', async () => {
    const server = await startLoopback((request) =>
      request.path === '/v5/oauth/token'
        ? {
            status: 200,
            body: { access_token: 'pina_new', token_type: 'bearer', expires_in: 100, scope: '' },
          }
        : UNAUTHORIZED,
    )
    const { client } = createRig(server.baseUrl)
    const error = await thrownBy(calls.update(client))
    expect(error).toMatchObject({ code: 'authorization_error', answerLost: false, attempts: 2 })
    // Those read it too who may not see credentials.
    expect((error as Error).message).not.toContain('"main"')
    expect(server.seen).toHaveLength(3)
  })
})

describe('a base address that cannot be', () => {
  it.each(['', 'pinterest', 'ftp://user:secret@host/'])('%j is refused without showing it', (baseUrl) => {
    expect(() => createRig(baseUrl)).toThrow(/^ROLLCALL_PINTEREST_API is not an http or https address\.$/)
  })
})
