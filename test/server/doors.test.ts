import { createServer, request as httpRequest } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { localActor } from '../../src/access/activity.ts'
import { createUser } from '../../src/access/users.ts'
import { proxySettings } from '../../src/server/client-address.ts'
import type { RunningServer } from '../../src/server/serve.ts'
import { keyWith } from './every-route.ts'
import { clientOf, openService } from './support.ts'
import type { Service } from './support.ts'
import { addresses, PUBLIC_URL, served } from './served.ts'

/** Whom the server holds wrong passwords against, seen over real connections. */

const PASSWORD = 'the right password 7'
/** For one name; one origin has five times as many. */
const TRIES_MAX = 2
const ORIGIN_TRIES = TRIES_MAX * 5 + 2

/** Another address of this machine than loopback; empty where there is none. */
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

const serve: (env?: NodeJS.ProcessEnv, host?: string) => Promise<RunningServer> = async (...asked) => {
  const server = await served(service, ...asked)
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
