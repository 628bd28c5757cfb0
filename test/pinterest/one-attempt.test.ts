import { getEventListeners, once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createTransport, parseBase } from '../../src/pinterest/transport.ts'
import type { HttpRequest, Transport } from '../../src/pinterest/transport.ts'
import { startLoopback } from './loopback.ts'

/** One attempt over HTTP, below all that repeats it. */

/** Longer than any test may take. */
const ENDLESS_MS = 600_000

const get: HttpRequest = { method: 'GET', path: '/ad_accounts', headers: {} }

function transportTo(baseUrl: string, requestTimeoutMs = ENDLESS_MS, env: Record<string, string> = {}) {
  const transport = createTransport({ baseUrl, requestTimeoutMs, env })
  onTestFinished(() => transport.close())
  return transport
}

test.each(['', '/', '//'])('a base URL that ends in "%s" leads to the same path', async (ending) => {
  const server = await startLoopback(() => ({ status: 200, body: {} }))
  await transportTo(`${server.baseUrl}${ending}`).send(get, new AbortController().signal)
  expect(server.seen.map(({ path }) => path)).toEqual(['/v5/ad_accounts'])
})

test.each(['ftp://robot:sesame@example.com', 'file:///etc/passwd', 'api.example.com', ''])(
  '"%s" is no base URL, and is not quoted',
  (text) => {
    expect(() => parseBase(text)).toThrow(/not an http or https address/)
    expect(() => parseBase(text)).not.toThrow(/sesame|passwd/)
  },
)

test('what is stopped before it begins is not sent', async () => {
  const server = await startLoopback(() => ({ status: 200, body: {} }))
  const outcome = await transportTo(server.baseUrl).send(get, AbortSignal.abort())
  expect(outcome).toEqual({ kind: 'stopped', sent: false })
  expect(server.seen).toEqual([])
})

test('what is stopped on its way ends at once, however long an answer would be waited for', async () => {
  const stop = new AbortController()
  const server = await startLoopback(() => {
    stop.abort()
    return { hang: 'at_once' }
  })
  const outcome = await transportTo(server.baseUrl).send(get, stop.signal)
  expect(outcome).toEqual({ kind: 'stopped', sent: true })
})

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
}

test('nothing of an attempt stays behind: no listener, and no timer that keeps the process', async () => {
  const { signal } = new AbortController()
  const server = await startLoopback(() => ({ status: 200, body: {} }))
  const transport = transportTo(server.baseUrl)
  const before = timers()
  for (let nth = 0; nth < 10; nth += 1) await transport.send(get, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(timers() - before).toBeLessThan(10)
})

test('a host whose name leads nowhere got nothing', async () => {
  // Too long to be looked up anywhere but here.
  const transport = transportTo(`http://${'x'.repeat(64)}.invalid`)
  const outcome = await transport.send(get, new AbortController().signal)
  expect(outcome).toMatchObject({
    kind: 'unsent',
    cause: expect.stringMatching(/^no connection \(E/) as string,
  })
})

test('a header that cannot be sent is a mistake of ours, and is not quoted', async () => {
  const server = await startLoopback(() => ({ status: 200, body: {} }))
  const request = { ...get, headers: { authorization: 'sesame\nopen' } }
  const sent = transportTo(server.baseUrl).send(request, new AbortController().signal)
  await expect(sent).rejects.toMatchObject({
    code: 'internal_error',
    message: expect.not.stringContaining('sesame') as string,
  })
})

test('a tunnel that a proxy does not make is given up with the attempt', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).resume()
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const env = { HTTPS_PROXY: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` }
  const attempt = async (timeoutMs: number): Promise<string> => {
    const transport = transportTo('https://api.example.com', timeoutMs, env)
    const { kind } = await transport.send(get, new AbortController().signal)
    return `${kind} of ${timeoutMs}`
  }
  // Alone, connecting may take ten seconds, which began before.
  const longer = attempt(ENDLESS_MS)
  expect(await Promise.race([longer, attempt(200)])).toBe('lost of 200')
  for (const socket of sockets) socket.destroy()
  await longer
})

/** A server that takes down all bytes and answers what looks like a request. */
async function listening(): Promise<{ bytes: Buffer[]; connected: Promise<unknown>; transport: Transport }> {
  const bytes: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (piece: Buffer) => {
      bytes.push(piece)
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const connected = once(server, 'connection')
  const { port } = server.address() as AddressInfo
  return { bytes, connected, transport: transportTo(`http://127.0.0.1:${port}/v5`) }
}

const post: HttpRequest = { method: 'POST', path: '/lists', headers: {}, body: '{"name":"Ü"}' }
const heldBack = new Error('another process has the list')

test('a write asks whether it may go on when its connection stands, and before its first byte', async () => {
  const { bytes, connected, transport } = await listening()
  const refused = transport.send(
    {
      ...post,
      mayGoOn: async () => {
        await connected
        throw heldBack
      },
    },
    new AbortController().signal,
  )
  await expect(refused).rejects.toBe(heldBack)
  expect(bytes).toEqual([])

  const outcome = await transport.send(
    { ...post, mayGoOn: async () => () => true },
    new AbortController().signal,
  )
  expect(outcome).toMatchObject({ kind: 'answer', status: 200 })
  const sent = Buffer.concat(bytes).toString()
  expect(sent).toContain('content-length: 13\r\n')
  expect(sent).not.toContain('transfer-encoding')
  expect(sent.endsWith('\r\n\r\n{"name":"Ü"}')).toBe(true)
})

test('a write that is held up after it has asked asks again, and sends nothing on an old answer', async () => {
  const { bytes, transport } = await listening()
  let asked = 0
  const mayGoOn = async (): Promise<() => boolean> => {
    asked += 1
    if (asked === 2) throw heldBack
    // As after a stop between the answer and the first byte.
    return () => false
  }
  await expect(transport.send({ ...post, mayGoOn }, new AbortController().signal)).rejects.toBe(heldBack)
  expect({ asked, bytes }).toEqual({ asked: 2, bytes: [] })
})
