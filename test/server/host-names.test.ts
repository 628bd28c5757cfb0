import { connect } from 'node:net'
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ownNames, urlOf } from '../../src/server/own-host.ts'
import type { RunningServer } from '../../src/server/serve.ts'
import { openService } from './support.ts'
import type { Service } from './support.ts'
import { addresses, PUBLIC_URL, served } from './served.ts'

/** Which names the server answers to, seen over real connections. */

let service: Service
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  service = await openService()
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

afterAll(() => service.close())

const serve: (env?: NodeJS.ProcessEnv, host?: string) => Promise<RunningServer> = async (...asked) => {
  const server = await served(service, ...asked)
  ends.push(() => server.close())
  return server
}

/** The first line of the answer to what is written to the server as it is. */
async function raw({ port }: { port: number }, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  let got = ''
  for await (const piece of socket) got += String(piece)
  return got.split('\r\n')[0] ?? ''
}

describe('a name that is not this server', () => {
  const paths = ['/', '/healthz', '/readyz', '/metrics', '/api/docs', '/api/openapi.json', '/nothing']
  const all = [...paths, '/api/v1/me', '/api/v1/where', '/api/v1/notifications/stream']

  test.each([
    'evil.example.com',
    'evil.example.com:7380',
    'rollcall.example.com.evil.example.com',
    'xrollcall.example.com',
    'rollcall.example.com@evil.example.com',
    'evil.example.com/rollcall.example.com',
    '192.0.2.1',
    '[2001:db8::1]',
    '169.254.169.254',
    '0.0.0.0',
    '',
  ])('is answered 421 on every path: %s', async (host) => {
    const server = await serve({ ROLLCALL_PUBLIC_URL: PUBLIC_URL })
    for (const path of all)
      expect(
        await raw(server, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        path,
      ).toMatch(
        // What is no host at all is refused before.
        /^HTTP\/1\.1 (?:421|400) /,
      )
  })

  test('says so in words, and tells nothing else', async () => {
    const { port } = await serve({ ROLLCALL_PUBLIC_URL: PUBLIC_URL })
    const answer = await request(`http://127.0.0.1:${port}/metrics`, {
      headers: { host: 'evil.example.com' },
    })
    const text = await answer.body.text()
    expect([answer.statusCode, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([
      421,
      'wrong_host',
    ])
    expect(text).not.toMatch(/evil|rollcall\.example|process_cpu/)
  })

  test('is none, as HTTP/1.0 allows', async () => {
    const server = await serve()
    for (const path of all) expect(await raw(server, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/ 421 /)
  })

  test.each([
    ['localhost', 'evil.example.com'],
    ['evil.example.com', 'localhost'],
    ['localhost', 'localhost'],
  ])('may stand beside one that is: two headers are refused on every path, %s and %s', async (one, other) => {
    const server = await serve()
    for (const path of all) {
      const text = `GET ${path} HTTP/1.1\r\nHost: ${one}\r\nHost: ${other}\r\nConnection: close\r\n\r\n`
      expect(await raw(server, text), path).toMatch(/ 4(?:21|00) /)
    }
  })

  test('stands in the first line, beside one that is', async () => {
    const server = await serve()
    const text =
      'GET http://evil.example.com/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
    expect(await raw(server, text)).toMatch(/ 4(?:21|00) /)
  })
})

test.each([
  'rollcall.example.com',
  'ROLLCALL.Example.COM',
  'rollcall.example.com.',
  'rollcall.example.com:8443',
  'localhost',
  'localhost:1234',
  'LOCALHOST.',
  '127.0.0.1',
  '127.0.0.1:7380',
  '[::1]:7380',
])('is answered by its own name %s', async (host) => {
  const server = await serve({ ROLLCALL_PUBLIC_URL: PUBLIC_URL })
  for (const path of ['/healthz', '/metrics', '/api/v1/where'])
    expect(await raw(server, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toBe(
      'HTTP/1.1 200 OK',
    )
})

test('is answered by the address that it was reached at, and by the name that it listens on', async () => {
  const server = await serve({}, '0.0.0.0')
  expect(addresses.map(({ address }) => address)).toContain('127.0.0.1')
  for (const { address } of addresses) {
    const answer = await request(`http://${address}:${server.port}/healthz`)
    await answer.body.dump()
    expect(answer.statusCode, address).toBe(200)
  }
  const named = await serve({}, 'localhost')
  expect(await raw(named, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(
    / 200 /,
  )
})

describe('further names', () => {
  test('that a setting gives are answered, and no others', async () => {
    const server = await serve({ ROLLCALL_HOSTS: 'rollcall, Metrics.Example.COM. 192.0.2.9 2001:db8::5' })
    for (const host of ['rollcall:7380', 'metrics.example.com', '192.0.2.9', '[2001:db8::5]:7380'])
      expect(
        await raw(server, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      ).toMatch(/ 200 /)
    for (const host of ['rollcall.example.com', 'xrollcall', '192.0.2.10'])
      expect(
        await raw(server, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      ).toMatch(/ 421 /)
  })

  test.each(['https://rollcall', 'rollcall:7380', '[::1]:80', 'a/b', '*.example.com/'])(
    '%s is wrong usage',
    (entry) => {
      expect(() => ownNames(`localhost, ${entry}`)).toThrow(`ROLLCALL_HOSTS holds "${entry}"`)
    },
  )
})

test.each([
  ['0.0.0.0', 'http://localhost:7380'],
  ['::', 'http://localhost:7380'],
  ['0:0:0:0:0:0:0:0', 'http://localhost:7380'],
  ['', 'http://localhost:7380'],
  ['127.0.0.1', 'http://127.0.0.1:7380'],
  ['::1', 'http://[::1]:7380'],
  ['rollcall.internal', 'http://rollcall.internal:7380'],
])('a server that listens on "%s" is found at %s', (host, url) => {
  expect(urlOf(host, 7380)).toBe(url)
})
