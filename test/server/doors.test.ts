import { createServer, request as httpRequest } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { localActor } from '../../src/access/activity.ts'
import { createUser } from '../../src/access/users.ts'
import { proxySettings } from '../../src/server/client-address.ts'
import { ownNames, urlOf } from '../../src/server/own-host.ts'
import { startServer } from '../../src/server/serve.ts'
import type { RunningServer } from '../../src/server/serve.ts'
import { createLog } from '../../src/server/log.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { keyWith } from './every-route.ts'
import { clientOf, openService } from './support.ts'
import type { Service } from './support.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'

/** Which names the server answers to, and whom it holds wrong passwords against: seen over real connections. */

const PASSWORD = 'the right password 7'
/** For one name; one origin has five times as many. */
const TRIES_MAX = 2
const ORIGIN_TRIES = TRIES_MAX * 5 + 2
const PUBLIC_URL = 'https://rollcall.example.com'

/** Addresses of this machine, and one that others reach it at; empty where there is none. */
const addresses = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .filter(({ family }) => family === 'IPv4')
const outer = addresses.find(({ internal }) => !internal)?.address ?? ''

let service: Service
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  service = await openService({ limits: { signInFailuresMax: TRIES_MAX } })
  const access = { ...service.platform, actor: localActor }
  for (const name of ['ada', 'bob'])
    await createUser(access, {
      email: `${name}@example.com`,
      name,
      policies: ['marketer'],
      options: [],
      password: PASSWORD,
    })
})

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
  await service.platform.store.db.deleteFrom('sign_in_failure').execute()
})

afterAll(async () => {
  await service.close()
})

async function serve(env: NodeJS.ProcessEnv = {}, host = '127.0.0.1'): Promise<RunningServer> {
  const { platform, queue } = service
  const closing = new AbortController()
  const publicUrl = env['ROLLCALL_PUBLIC_URL'] ?? 'http://127.0.0.1'
  const server = await startServer(
    {
      platform,
      queue,
      log: createLog('silent'),
      metrics: createMetrics(platform.store.db),
      feed: { watch: () => () => undefined },
      delivery: {
        smtp: null,
        publicUrl: null,
        webhooks: { hosts: webhookHosts(''), env: {} },
        timeoutMs: 1_000,
      },
      publicUrl,
      host,
      names: ownNames(env['ROLLCALL_HOSTS'] ?? ''),
      proxies: proxySettings(env),
      principal: null,
      demo: null,
      closing: closing.signal,
    },
    { host, port: 0 },
  )
  ends.push(() => server.close())
  return server
}

interface Proxy {
  readonly port: number
}

/** A proxy as people put before it: it passes everything on, and says for whom. */
async function proxyTo(port: number, headersOf: (client: string) => Record<string, string>): Promise<Proxy> {
  const proxy: Server = createServer((asked, answer) => {
    const client = String(asked.headers['x-test-client'] ?? '')
    const onward = httpRequest(
      {
        host: '127.0.0.1',
        port,
        path: asked.url,
        method: asked.method,
        headers: { ...asked.headers, host: 'rollcall.example.com', ...headersOf(client) },
      },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  ends.push(async () => {
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
  })
  return { port: (proxy.address() as AddressInfo).port }
}

async function signIn(
  { port }: { port: number },
  email: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const agent = new Agent()
  const answer = await request(`http://127.0.0.1:${port}/api/v1/sign-in`, {
    method: 'POST',
    dispatcher: agent,
    headers: {
      'content-type': 'application/json',
      host: 'rollcall.example.com',
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    body: JSON.stringify({ email, password }),
  })
  await answer.body.dump()
  await agent.close()
  return answer.statusCode
}

/** Wrong passwords for so many names, which is more than one origin may try. */
async function flood(
  at: { port: number },
  headersOf: (index: number) => Record<string, string>,
): Promise<number[]> {
  const statuses: number[] = []
  for (const index of Array.from({ length: ORIGIN_TRIES }).keys())
    statuses.push(await signIn(at, `nobody${index}@example.com`, 'a wrong password', headersOf(index)))
  return statuses
}

const from = (ip: string) => ({ 'x-test-client': ip })
const inventing = (client: string) => ({ 'x-forwarded-for': `${client}, 198.51.100.66:4711, 10.1.2.3` })
const plain = (client: string) => ({ 'x-forwarded-for': client })

describe('wrong passwords through a proxy', () => {
  test.each([
    ['that says for whom', plain],
    ['that says so in the standard way', (client: string) => ({ forwarded: `for=${client}` })],
    ['that says nothing', () => ({})],
  ])('on this machine %s and no setting names hold no one else back', async (_, headersOf) => {
    const server = await serve({ ROLLCALL_PUBLIC_URL: PUBLIC_URL })
    const proxy = await proxyTo(server.port, headersOf)
    await flood(proxy, () => from('198.51.100.66'))
    expect(await signIn(proxy, 'ada@example.com', PASSWORD, from('192.0.2.7'))).toBe(200)
    // Each name is held to its own limit.
    for (const client of Array.from({ length: TRIES_MAX }, () => from('198.51.100.66')))
      await signIn(proxy, 'bob@example.com', 'a wrong password', client)
    expect(await signIn(proxy, 'bob@example.com', PASSWORD, from('192.0.2.7'))).toBe(429)
  })

  test('that a setting names block whom they come from, and no one else', async () => {
    const env = { ROLLCALL_PUBLIC_URL: PUBLIC_URL, ROLLCALL_TRUSTED_PROXIES: '127.0.0.0/8' }
    const proxy = await proxyTo((await serve(env)).port, plain)
    const statuses = await flood(proxy, () => from('198.51.100.66'))
    expect(statuses.slice(-2)).toEqual([429, 429])
    expect(await signIn(proxy, 'ada@example.com', PASSWORD, from('198.51.100.66'))).toBe(429)
    expect(await signIn(proxy, 'ada@example.com', PASSWORD, from('192.0.2.7'))).toBe(200)
  })

  test('are counted for the last address that is not trusted, whatever was written before it', async () => {
    const env = { ROLLCALL_PUBLIC_URL: PUBLIC_URL, ROLLCALL_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' }
    const proxy = await proxyTo((await serve(env)).port, inventing)
    const statuses = await flood(proxy, (index) => from(`203.0.113.${index}`))
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('wrong passwords', () => {
  test('are counted for the connection when nothing says that there is a proxy', async () => {
    const server = await serve()
    const statuses = await flood(server, () => ({ host: 'localhost' }))
    expect(statuses.at(-1)).toBe(429)
  })

  // Headers of this machine's own programs are believed in another way. Where it has no other address, the test is skipped.
  test.skipIf(outer === '')(
    'through a header of an address that is not trusted are counted for that address',
    async () => {
      const env = { ROLLCALL_TRUSTED_PROXIES: '192.0.2.1' }
      const server = await serve(env, outer)
      const agent = new Agent()
      ends.push(() => agent.close())
      let last = 0
      for (const index of Array.from({ length: ORIGIN_TRIES }).keys()) {
        const answer = await request(`http://${outer}:${server.port}/api/v1/sign-in`, {
          method: 'POST',
          dispatcher: agent,
          headers: {
            'content-type': 'application/json',
            'sec-fetch-site': 'same-origin',
            'x-forwarded-for': `203.0.113.${index}`,
          },
          body: JSON.stringify({ email: `nobody${index}@example.com`, password: 'a wrong password' }),
        })
        await answer.body.dump()
        last = answer.statusCode
      }
      expect(last).toBe(429)
    },
  )
})

test('the activity log names whom a trusted proxy speaks for, and the connection otherwise', async () => {
  const key = await keyWith(service, ['datagrid_administrator'])
  const admin = clientOf(service.fetch, key)
  const ask = async (port: number, name: string): Promise<void> => {
    const answer = await request(`http://127.0.0.1:${port}/api/v1/alerts`, {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json', ...plain('192.0.2.44') },
      body: JSON.stringify({ name, events: ['workflow_failed'], target: { to: ['ops@example.com'] } }),
    })
    await answer.body.dump()
  }
  await ask((await serve({ ROLLCALL_TRUSTED_PROXIES: '127.0.0.1' })).port, 'behind a proxy')
  await ask((await serve()).port, 'behind none')
  const originOf = async (name: string) => {
    const path = `/activity?action=alert.created&search=${encodeURIComponent(name)}`
    const { items } = await admin.ok<{ items: { originIp: string }[] }>('GET', path)
    return items[0]?.originIp
  }
  expect([await originOf('behind a proxy'), await originOf('behind none')]).toEqual([
    '192.0.2.44',
    '127.0.0.1',
  ])
})

test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR '])('a key is read behind "%s"', async (scheme) => {
  const { authorization } = (await keyWith(service, ['marketer'])) as { authorization: string }
  const token = authorization.replace('Bearer ', '')
  const me = await clientOf(service.fetch, { authorization: `${scheme} ${token}` }).request('GET', '/me')
  expect(me.status).toBe(200)
  const without = await clientOf(service.fetch, { authorization: token }).request('GET', '/me')
  expect(without.status).toBe(401)
})

test('a proxy that is neither an address nor a range is named', () => {
  expect(() => proxySettings({ ROLLCALL_TRUSTED_PROXIES: '10.0.0.1, proxy.example.com' })).toThrow(
    'ROLLCALL_TRUSTED_PROXIES holds "proxy.example.com"',
  )
})

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
