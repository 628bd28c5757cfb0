import { describe, expect, it } from 'vitest'
import { mayManageLists } from '../../src/pinterest/client.ts'
import { ACCOUNT, createRig, listBody, oneTry, startLoopback } from './loopback.ts'
import type { PinterestClient } from '../../src/pinterest/client.ts'
import type { Seen } from './loopback.ts'

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function bookmarkOf(request: Seen): string | null {
  return new URL(request.path, 'http://x').searchParams.get('bookmark')
}

interface PageBody {
  items: unknown[]
  bookmark?: string | null
}

async function startPages(pages: Record<string, PageBody>) {
  return await startLoopback((request) => ({ status: 200, body: pages[bookmarkOf(request) ?? 'first'] }))
}

describe('paging through lists', () => {
  it('goes on past an empty page to the last one, with odd bookmarks intact', async () => {
    const odd = 'Y2JkX2=|9+/ &%é'
    const server = await startPages({
      first: { items: [listBody({ id: '9' }), listBody({ id: '8' })], bookmark: odd },
      [odd]: { items: [], bookmark: 'c' },
      c: { items: [listBody({ id: '7' })], bookmark: null },
    })
    const { client, counts } = createRig(server.baseUrl)
    const lists = await allOf(client.listCustomerLists(ACCOUNT, { newestFirst: true }))
    expect(lists.map((list) => list.id)).toEqual(['9', '8', '7'])
    expect(counts.reads).toBe(3)
    for (const request of server.seen) {
      const { searchParams } = new URL(request.path, 'http://x')
      expect(searchParams.get('page_size')).toBe('250')
      expect(searchParams.get('order')).toBe('DESCENDING')
    }
  })

  it.each<[string, PageBody]>([
    ['no bookmark', { items: [] }],
    ['a null bookmark', { items: [], bookmark: null }],
    ['an empty bookmark', { items: [], bookmark: '' }],
  ])('ends at %s', async (_case, first) => {
    const server = await startPages({ first })
    expect(await allOf(createRig(server.baseUrl).client.listCustomerLists(ACCOUNT))).toEqual([])
    expect(server.seen).toHaveLength(1)
  })

  it.each<[string, Record<string, PageBody>, number]>([
    ['itself', { first: { items: [], bookmark: 'a' }, a: { items: [], bookmark: 'a' } }, 2],
    [
      'an earlier one',
      {
        first: { items: [], bookmark: 'a' },
        a: { items: [], bookmark: 'b' },
        b: { items: [], bookmark: 'a' },
      },
      3,
    ],
  ])('stops with an error at a bookmark that leads back to %s', async (_case, pages, requests) => {
    const server = await startPages(pages)
    const { client } = createRig(server.baseUrl)
    await expect(allOf(client.listCustomerLists(ACCOUNT))).rejects.toMatchObject({
      code: 'pinterest_unavailable',
    })
    expect(server.seen).toHaveLength(requests)
  })

  it('fetches no page that nobody reads', async () => {
    const server = await startPages({ first: { items: [listBody({ id: '9' })], bookmark: 'a' } })
    for await (const list of createRig(server.baseUrl).client.listCustomerLists(ACCOUNT)) {
      expect(list.id).toBe('9')
      break
    }
    expect(server.seen).toHaveLength(1)
  })

  it('tries a failed page again from where it was', async () => {
    const server = await startLoopback((request, nth) => {
      if (nth === 1) return { status: 502 }
      const last = bookmarkOf(request) === 'a'
      return {
        status: 200,
        body: { items: [listBody({ id: last ? '1' : '2' })], bookmark: last ? null : 'a' },
      }
    })
    const lists = await allOf(createRig(server.baseUrl).client.listCustomerLists(ACCOUNT))
    expect(lists.map((list) => list.id)).toEqual(['2', '1'])
    expect(server.seen.map(bookmarkOf)).toEqual([null, 'a', 'a'])
  })

  it('does not take an answer without items for an empty list', async () => {
    const server = await startLoopback(() => ({ status: 200, body: { bookmark: null } }))
    const { client } = createRig(server.baseUrl, { limits: oneTry })
    await expect(allOf(client.listCustomerLists(ACCOUNT))).rejects.toMatchObject({
      code: 'pinterest_unavailable',
    })
  })
})

describe('answers of other versions', () => {
  it('a customer list keeps its id as text and its times as dates', async () => {
    const id = '987654321098765432'
    const server = await startLoopback(() => ({
      status: 200,
      body: listBody({ id, is_nca: false, new_member: { a: 1 }, status: 'SOMETHING_NEW' }),
      headers: { 'x-pinterest-rid': '42' },
    }))
    const found = await createRig(server.baseUrl).client.getCustomerList(ACCOUNT, id)
    expect(found).toEqual({
      body: {
        id,
        name: 'VIP',
        adAccountId: ACCOUNT,
        status: 'SOMETHING_NEW',
        counters: { batches: 2, uploaded: 11, removed: 1 },
        createdAt: new Date(1_452_208_622_000),
        updatedAt: new Date(1_461_269_616_000),
      },
      status: 200,
      requestId: '42',
      attempts: 1,
      lostAttempts: 0,
    })
  })

  it('all that is not needed may be missing or null', async () => {
    const server = await startLoopback((request) => ({
      status: 201,
      body: request.path.includes('/customer_lists')
        ? { id: '1' }
        : { id: '2', name: null, rule: null, size: null },
    }))
    const { client } = createRig(server.baseUrl)
    const list = await client.createCustomerList(ACCOUNT, { name: 'a', records: 'b' })
    expect(list.body).toMatchObject({ id: '1', name: '', counters: { batches: 0, uploaded: 0, removed: 0 } })
    const audience = await client.createAudience(ACCOUNT, { name: 'a', customerListId: '1' })
    expect(audience.body).toMatchObject({ id: '2', customerListId: null, size: null })
    expect((await client.getAudience(ACCOUNT, '2'))?.body).toMatchObject({ id: '2', status: '' })
  })

  it('an audience of another type with a rule of its own does not spoil the page', async () => {
    const rules = [
      { customer_list_id: '643' },
      { customer_list_id: 643 },
      { seed_id: ['1'], percentage: '10' },
      'odd',
      null,
    ]
    const items = rules.map((rule, nth) => ({
      id: String(nth),
      audience_type: 'X',
      rule,
      status: 'ELIGIBLE',
    }))
    const server = await startLoopback(() => ({ status: 200, body: { items } }))
    const audiences = await allOf(createRig(server.baseUrl).client.listAudiences(ACCOUNT))
    expect(audiences.map((audience) => audience.customerListId)).toEqual(['643', '643', null, null, null])
    expect(server.seen[0]?.path).toContain('ownership_type=OWNED')
  })

  it.each([{ id: 643 }, { id: 'x' }, { id: '' }, {}, [], null, { id: '1', num_batches: 'many' }])(
    'a list without a usable id or count is no answer: %j',
    async (body) => {
      const server = await startLoopback(() => ({ status: 200, body }))
      const { client } = createRig(server.baseUrl, { limits: oneTry })
      await expect(client.getCustomerList(ACCOUNT, '643')).rejects.toMatchObject({
        code: 'pinterest_unavailable',
      })
    },
  )
})

describe('ad accounts', () => {
  it('are read with the roles of the user, each counted within its own budget', async () => {
    const account = {
      id: ACCOUNT,
      name: 'Shop',
      country: 'DE',
      permissions: ['ANALYST', 'NEW_ROLE'],
      time_zone: 'x',
    }
    const server = await startLoopback((request) => ({
      status: 200,
      body: request.path.includes(ACCOUNT) ? account : { items: [account, { id: '2' }] },
    }))
    const { client, limiter } = createRig(server.baseUrl)
    const shop = {
      id: ACCOUNT,
      name: 'Shop',
      country: 'DE',
      currency: null,
      permissions: ['ANALYST', 'NEW_ROLE'],
    }
    expect(await client.getAdAccount(ACCOUNT)).toEqual(shop)
    expect(await allOf(client.listAdAccounts())).toEqual([
      shop,
      { id: '2', name: '', country: null, currency: null, permissions: [] },
    ])
    expect(limiter.taken).toEqual([`read main:${ACCOUNT}`, 'read main:'])
  })

  it.each<[string[], boolean]>([
    [['OWNER'], true],
    [['ANALYST', 'ADMIN'], true],
    [['AUDIENCE_MANAGER'], true],
    [['ANALYST', 'CAMPAIGN_MANAGER', 'CATALOGS_MANAGER', 'RESTRICTED_OWNER'], false],
    [['owner'], false],
    [[], true],
  ])('with the roles %j lists may be managed: %j', (permissions, expected) => {
    expect(mayManageLists({ permissions })).toBe(expected)
  })
})

describe('what is asked for', () => {
  it.each<[string, (client: PinterestClient) => Promise<unknown>, RegExp]>([
    [
      'lists, newest first',
      (client) => allOf(client.listCustomerLists(ACCOUNT)),
      /[?&]order=DESCENDING(?:&|$)/,
    ],
    [
      'lists, oldest first',
      (client) => allOf(client.listCustomerLists(ACCOUNT, { newestFirst: false })),
      /[?&]order=ASCENDING(?:&|$)/,
    ],
    [
      'audiences, newest first',
      (client) => allOf(client.listAudiences(ACCOUNT)),
      /[?&]order=DESCENDING(?:&|$)/,
    ],
    ['own audiences', (client) => allOf(client.listAudiences(ACCOUNT)), /[?&]ownership_type=OWNED(?:&|$)/],
    ['a list', (client) => client.getCustomerList(ACCOUNT, '6/4?3'), /\/customer_lists\/6%2F4%3F3$/],
    ['an audience', (client) => client.getAudience(ACCOUNT, '6/4?3'), /\/audiences\/6%2F4%3F3$/],
    [
      'a change of a list',
      (client) => client.updateCustomerList(ACCOUNT, '6/4?3', { operation: 'add', records: 'aa' }),
      /\/customer_lists\/6%2F4%3F3$/,
    ],
  ])('%s: each id within its own part of the path', async (_what, asking, expected) => {
    const server = await startLoopback(() => ({ status: 404, body: { items: [], bookmark: null } }))
    await asking(createRig(server.baseUrl).client).catch(() => null)
    expect(server.seen[0]?.path).toMatch(expected)
  })
})
