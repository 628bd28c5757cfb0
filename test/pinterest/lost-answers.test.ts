import { describe, expect, it } from 'vitest'
import { isAnswerLost } from '../../src/pinterest/errors.ts'
import { ACCOUNT, createRig, listBody, oneTry, quickLimits, startLoopback, thrownBy } from './loopback.ts'
import type { PinterestClient } from '../../src/pinterest/client.ts'
import type { Reply } from './loopback.ts'

const create = (client: PinterestClient): Promise<unknown> =>
  client.createCustomerList(ACCOUNT, { name: 'VIP', records: 'aa,bb' })
const createAudience = (client: PinterestClient): Promise<unknown> =>
  client.createAudience(ACCOUNT, { name: 'VIP', customerListId: '643' })
const update = (client: PinterestClient) =>
  client.updateCustomerList(ACCOUNT, '643', { operation: 'remove', records: 'aa,bb' })

const LOST: [string, Reply][] = [
  ['cut before the answer', { drop: 'at_once' }],
  ['cut in the answer', { drop: 'in_body' }],
  ['HTTP 500', { status: 500 }],
  ['HTTP 503', { status: 503, body: { code: 4197, message: 'no' } }],
  ['garbage', { text: '<html>maintenance</html>' }],
  ['an empty success', { status: 200 }],
  ['a success of another shape', { status: 200, body: { id: 12 } }],
  ['a good answer of excessive size', { status: 200, body: listBody({ padding: 'x'.repeat(9 * 2 ** 20) }) }],
]

const NO_EFFECT: [string, Reply][] = [
  ['429', { status: 429, body: { code: 8, message: 'limit' } }],
  ['400 with code 12', { status: 400, body: { code: 12, message: 'Something went wrong' } }],
]

describe.each([
  ['making a list', create],
  ['making an audience', createAudience],
])('%s', (_name, make) => {
  it.each(LOST)('is not tried again after %s, and says that it may have happened', async (_case, reply) => {
    const server = await startLoopback(() => reply)
    const { client, counts } = createRig(server.baseUrl)
    const error = await thrownBy(make(client))
    expect(error).toMatchObject({
      code: 'pinterest_unavailable',
      answerLost: true,
      passing: true,
      attempts: 1,
    })
    expect(server.seen).toHaveLength(1)
    expect(counts).toMatchObject({ writes: 1, retries: 0 })
  })

  it.each(NO_EFFECT)('is tried again after %s', async (_case, reply) => {
    const server = await startLoopback((_request, nth) =>
      nth < 2 ? reply : { status: 201, body: listBody() },
    )
    const { client } = createRig(server.baseUrl)
    expect(await make(client)).toMatchObject({
      body: { id: '643' },
      status: 201,
      attempts: 3,
      lostAttempts: 0,
    })
  })

  it('that never connected certainly did not happen', async () => {
    const server = await startLoopback(() => ({ status: 200 }))
    await server.close()
    const { client, retries } = createRig(server.baseUrl, { limits: { ...quickLimits, retryForMs: 40 } })
    const error = await thrownBy(make(client))
    expect(error).toMatchObject({ code: 'pinterest_unavailable', answerLost: false, passing: true })
    expect((error as Error).message).toContain('no connection (ECONNREFUSED)')
    expect(retries.length).toBeGreaterThan(0)
  })
})

describe('a batch', () => {
  it.each([...LOST, ...NO_EFFECT])('is tried again after %s', async (_case, reply) => {
    const server = await startLoopback((_request, nth) =>
      nth === 0 ? reply : { status: 200, body: listBody() },
    )
    const { client, counts, retries } = createRig(server.baseUrl)
    const lostAttempts = LOST.some(([, lost]) => lost === reply) ? 1 : 0
    expect(await update(client)).toMatchObject({ attempts: 2, lostAttempts })
    expect(counts).toMatchObject({ writes: 2, retries: 1, reads: 0 })
    expect(retries).toMatchObject([{ operation: 'customer_lists/update', attempt: 1 }])
    expect(server.seen[1]?.body).toBe(server.seen[0]?.body)
  })

  it('of which any attempt was lost is unsure, whatever the last one said', async () => {
    for (const last of [
      { status: 403 },
      { status: 404 },
      { status: 400, body: { code: 1, message: 'no' } },
    ]) {
      const server = await startLoopback((_request, nth) => (nth === 0 ? { drop: 'at_once' } : last))
      const { client } = createRig(server.baseUrl)
      const error = await thrownBy(update(client))
      expect(error).toMatchObject({ status: last.status, answerLost: true, attempts: 2 })
      expect(isAnswerLost(error)).toBe(true)
    }
  })

  it('stays unsure over later attempts that surely had no effect', async () => {
    const replies: Reply[] = [{ drop: 'at_once' }, { status: 429 }, { status: 400, body: { code: 12 } }]
    const server = await startLoopback((_request, nth) => replies[nth] ?? { status: 403 })
    const error = await thrownBy(update(createRig(server.baseUrl).client))
    expect(error).toMatchObject({ status: 403, answerLost: true, attempts: 4 })
  })

  it('is unsure when the token dies for good between two attempts', async () => {
    const server = await startLoopback((request, nth) => {
      if (nth === 0) return { drop: 'at_once' }
      return request.path === '/v5/oauth/token'
        ? { status: 401, body: { code: 2 } }
        : { status: 401, body: { code: 2 } }
    })
    const { client } = createRig(server.baseUrl)
    expect(await thrownBy(update(client))).toMatchObject({ code: 'authorization_error', answerLost: true })
  })

  it.each([{ status: 403 }, { status: 429 }, { status: 400, body: { code: 12 } }, { status: 413 }])(
    'answered with %j at once was certainly not taken',
    async (reply) => {
      const server = await startLoopback(() => reply)
      const { client } = createRig(server.baseUrl, { limits: oneTry })
      expect(await thrownBy(update(client))).toMatchObject({ answerLost: false, attempts: 1 })
    },
  )

  it('is unsure when its repetition is stopped', async () => {
    const server = await startLoopback(() => ({ drop: 'at_once' }))
    const stop = new AbortController()
    const { client } = createRig(server.baseUrl, {
      limits: { ...quickLimits, retryBackoffMs: 60_000, retryForMs: 600_000 },
      signal: stop.signal,
      onRetry: () => stop.abort(),
      random: () => 1,
    })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'stopped', answerLost: true })
  })

  it('stopped while it is under way is unsure, before it is sent it is not', async () => {
    const stop = new AbortController()
    const server = await startLoopback(() => {
      stop.abort()
      return { hang: 'at_once' }
    })
    const { client } = createRig(server.baseUrl, { signal: stop.signal })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'stopped', answerLost: true })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'stopped', answerLost: false })
    expect(server.seen).toHaveLength(1)
  })

  it('that no error of the client speaks of counts as unsure', () => {
    expect(isAnswerLost(new Error('database gone'))).toBe(true)
    expect(isAnswerLost(undefined)).toBe(true)
  })
})

describe('a read', () => {
  it('is never unsure', async () => {
    const server = await startLoopback(() => ({ drop: 'at_once' }))
    const { client } = createRig(server.baseUrl, { limits: oneTry })
    expect(await thrownBy(client.getAdAccount(ACCOUNT))).toMatchObject({ answerLost: false, passing: true })
  })
})
