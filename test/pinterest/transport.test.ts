import { createServer } from 'node:net'
import { once } from 'node:events'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { ACCOUNT, createRig, listBody, oneTry, quickLimits, startLoopback, thrownBy } from './loopback.ts'
import type { AddressInfo, Socket } from 'node:net'
import type { PinterestClient, RetryInfo } from '../../src/pinterest/client.ts'
import type { Loopback, Reply } from './loopback.ts'

const ok: Reply = { status: 200, body: listBody() }

function update(client: PinterestClient) {
  return client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records: 'aa' })
}

async function untilNoSocket(server: Loopback): Promise<void> {
  await vi.waitUntil(() => server.openSockets() === 0, { interval: 5, timeout: 180_000 })
}

describe('an answer that does not come', () => {
  it.each<[string, Reply]>([
    ['at all', { hang: 'at_once' }],
    ['to its end', { hang: 'in_body' }],
  ])('%s is given up after the time for one request', async (_case, reply) => {
    const server = await startLoopback(() => reply)
    const { client } = createRig(server.baseUrl, { limits: { ...oneTry, requestTimeoutMs: 150 } })
    const error = await thrownBy(update(client))
    expect(error).toMatchObject({ code: 'pinterest_unavailable', answerLost: true, passing: true })
    expect((error as Error).message).toContain('no answer within 0.15 s')
    await untilNoSocket(server)
  })

  it('is given up although a byte comes now and then', async () => {
    const dripping = createServer((socket: Socket) => {
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
      const timer = setInterval(() => socket.write(' '), 20)
      socket.once('close', () => clearInterval(timer))
    })
    dripping.listen(0, '127.0.0.1')
    await once(dripping, 'listening')
    onTestFinished(() => void dripping.close())
    const { port } = dripping.address() as AddressInfo
    const { client } = createRig(`http://127.0.0.1:${port}`, { limits: { ...oneTry, requestTimeoutMs: 200 } })
    await expect(update(client)).rejects.toThrow('no answer within 0.2 s')
  })

  it('is asked for again', async () => {
    const server = await startLoopback((_request, nth) => (nth === 0 ? { hang: 'at_once' } : ok))
    const { client } = createRig(server.baseUrl, { limits: { ...quickLimits, requestTimeoutMs: 1000 } })
    expect((await update(client)).lostAttempts).toBeGreaterThanOrEqual(1)
  })
})

describe('a run that lost its list', () => {
  it('finds out before its next request, and before it asks again', async () => {
    let asked = 0
    const server = await startLoopback(() => {
      asked += 1
      return { status: 503, body: {} }
    })
    const lost = new Error('lost')
    const stop = new AbortController()
    const mayGoOn = async (): Promise<() => boolean> => {
      if (asked < 2) return () => true
      stop.abort(lost)
      throw lost
    }
    const { client } = createRig(server.baseUrl, { signal: stop.signal, mayGoOn })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'stopped' })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'stopped' })
    expect(asked).toBe(2)
  })
})

describe('bytes that are not HTTP', () => {
  it('are a lost answer', async () => {
    const junk = createServer((socket: Socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('\u0000\u0001 secret-row@example.com\r\n\r\n'))
    })
    junk.listen(0, '127.0.0.1')
    await once(junk, 'listening')
    onTestFinished(() => void junk.close())
    const { port } = junk.address() as AddressInfo
    const { client } = createRig(`http://127.0.0.1:${port}`, { limits: oneTry })
    const error = await thrownBy(update(client))
    expect(error).toMatchObject({ code: 'pinterest_unavailable', answerLost: true })
    expect((error as Error).message).not.toContain('secret')
  })
})

describe('rate limits', () => {
  it('after 429 the call waits as long as Pinterest says, and so do all workers', async () => {
    const order: string[] = []
    const server = await startLoopback((_request, nth) => {
      order.push(`request ${nth + 1}`)
      const headers = {
        'x-ratelimit-limit': '100, 100;w=1, 100;w=60',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '1',
      }
      return nth === 0 ? { status: 429, headers } : ok
    })
    const retries: RetryInfo[] = []
    // Timers of the same time end in the order in which they began, however slow the machine is.
    const onRetry = (info: RetryInfo): void => {
      retries.push(info)
      setTimeout(() => order.push('the wait is over'), info.waitMs)
    }
    const { client, counts, limiter } = createRig(server.baseUrl, { onRetry })
    await update(client)
    expect(order).toEqual(['request 1', 'the wait is over', 'request 2'])
    expect(counts).toEqual({ reads: 0, writes: 2, retries: 1, throttled: 1 })
    expect(limiter.held).toEqual([{ key: `main:${ACCOUNT}`, kind: 'write', waitMs: 1000 }])
    expect(limiter.taken).toHaveLength(2)
    expect(retries).toMatchObject([{ cause: 'rate limit, ends in 1 s', waitMs: 1000 }])
  })

  it('gives up at once when the limit lasts for hours, and says until when', async () => {
    const server = await startLoopback(() => ({ status: 429, headers: { 'x-ratelimit-reset': '67150' } }))
    const { client, limiter } = createRig(server.baseUrl)
    await expect(update(client)).rejects.toThrow('rate limit, ends in 18 h 39 min')
    expect(limiter.held).toEqual([])
    expect(server.seen).toHaveLength(1)
  })

  it('a success that used up the budget holds all workers, and is still a success when that fails', async () => {
    const headers = { 'x-ratelimit-remaining': '0, 0;w=1, 9;w=60', 'x-ratelimit-reset': '2' }
    const server = await startLoopback(() => ({ status: 200, body: listBody(), headers }))
    const { client, limiter } = createRig(server.baseUrl)
    await client.getCustomerList(ACCOUNT, '643')
    expect(limiter.held).toEqual([{ key: `main:${ACCOUNT}`, kind: 'read', waitMs: 2000 }])
    limiter.hold = async () => await Promise.reject(new Error('database gone'))
    expect((await update(client)).body.id).toBe('643')
  })

  it('tells a block for spam from a quota', async () => {
    const body = { code: 8, message: 'x', message_detail: 'Blocked as spam' }
    const server = await startLoopback(() => ({ status: 429, body }))
    const { client } = createRig(server.baseUrl, { limits: oneTry })
    await expect(update(client)).rejects.toThrow('blocked as spam')
  })
})

describe('stopping', () => {
  it('ends a long wait at once', async () => {
    const server = await startLoopback(() => ({ status: 503 }))
    const stop = new AbortController()
    const limits = { ...quickLimits, retryBackoffMs: 60_000, retryForMs: 600_000 }
    const { client } = createRig(server.baseUrl, {
      limits,
      signal: stop.signal,
      random: () => 1,
      onRetry: () => stop.abort(),
    })
    await expect(client.getAdAccount(ACCOUNT)).rejects.toMatchObject({ code: 'stopped', answerLost: false })
  })

  it('ends a wait for the budget', async () => {
    const server = await startLoopback(() => ok)
    const { client, limiter, stop } = createRig(server.baseUrl)
    limiter.take = async (_key, _kind, signal) => {
      stop.abort()
      await sleep(60_000, undefined, { signal })
    }
    await expect(update(client)).rejects.toMatchObject({ code: 'stopped', answerLost: false, attempts: 0 })
    expect(server.seen).toHaveLength(0)
  })

  it('keeps what Pinterest refused although the run was stopped meanwhile', async () => {
    const stop = new AbortController()
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }
    const server = await startLoopback(() => ({ status: 403, headers }))
    const { client, limiter } = createRig(server.baseUrl, { signal: stop.signal })
    // The answer is there, and what it says is looked at.
    limiter.hold = async () => stop.abort()
    const ended = thrownBy(update(client))
    expect(await ended).toMatchObject({ code: 'insufficient_permissions' })
  })
})

describe('sockets', () => {
  it('are kept open between calls and all closed at the end', async () => {
    const server = await startLoopback(() => ok)
    const { client } = createRig(server.baseUrl)
    for (let call = 0; call < 10; call += 1) await update(client)
    expect(server.openSockets()).toBeLessThan(4)
    await Promise.all(Array.from({ length: 32 }, () => update(client)))
    await client.close()
    await untilNoSocket(server)
    await expect(update(client)).rejects.toMatchObject({ code: 'stopped', answerLost: false })
    await client.close()
  })

  it('closing waits for the call under way', async () => {
    const [arrived, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<Reply>()]
    const server = await startLoopback(() => {
      arrived.resolve()
      return answered.promise
    })
    const { client } = createRig(server.baseUrl)
    const ended: string[] = []
    const call = update(client).then(({ status }) => ended.push(`answered ${status}`))
    await arrived.promise
    const closing = client.close().then(() => ended.push('closed'))
    answered.resolve(ok)
    await Promise.all([call, closing])
    expect(ended).toEqual(['answered 200', 'closed'])
  })

  it('32 calls at once on one signal leave no listener and no warning', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error): number => warnings.push(warning)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const server = await startLoopback((_request, nth) => (nth % 3 === 0 ? { status: 503 } : ok))
    const { client } = createRig(server.baseUrl)
    await Promise.all(Array.from({ length: 32 }, () => update(client)))
    // A warning comes in a later turn than its cause.
    await nextTurn()
    expect(warnings.filter((warning) => warning.name === 'MaxListenersExceededWarning')).toEqual([])
  })

  it('a large batch arrives whole', async () => {
    const records = Array.from({ length: 100_000 }, (_value, nth) => nth.toString(16).padStart(64, '0')).join(
      ',',
    )
    const server = await startLoopback(() => ok)
    const { client } = createRig(server.baseUrl)
    await client.updateCustomerList(ACCOUNT, '643', { operation: 'remove', records })
    const body = JSON.parse(server.seen[0]?.body ?? '') as Record<string, unknown>
    expect(body['operation_type']).toBe('REMOVE')
    expect(body['records'] === records).toBe(true)
  })
})
