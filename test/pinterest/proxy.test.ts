import { once } from 'node:events'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PinterestClient } from '../../src/pinterest/client.ts'
import { canCertify, selfSigned } from '../support/certificate.ts'
import { startProxy } from '../support/proxy.ts'
import { ACCOUNT, createRig, listBody, oneTry, quickLimits, startLoopback, thrownBy } from './loopback.ts'

/** What stands between this machine and Pinterest: a proxy that the environment names, and what it answers by itself. */

function update(client: PinterestClient) {
  return client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records: 'aa' })
}

const PAGE = '<html><body>Access to this site is blocked</body></html>'

describe('a proxy', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('that %s names is asked', async (name) => {
    const server = await startLoopback(() => ({ status: 200, body: listBody() }))
    const proxy = await startProxy()
    const { client } = createRig(server.baseUrl, { env: { [name]: proxy.url } })
    await update(client)
    expect(proxy.asked).toEqual([`PATCH ${server.baseUrl}/ad_accounts/${ACCOUNT}/customer_lists/643`])
    expect(server.seen).toHaveLength(1)
  })

  test('without a scheme in its address is one too', async () => {
    const server = await startLoopback(() => ({ status: 200, body: listBody() }))
    const proxy = await startProxy()
    const env = { HTTP_PROXY: proxy.url.replace('http://', '') }
    await update(createRig(server.baseUrl, { env }).client)
    expect(proxy.asked).toHaveLength(1)
  })

  test.each(['127.0.0.1', 'example.com,127.0.0.1', '*'])(
    'is passed by where NO_PROXY holds %s',
    async (hosts) => {
      const server = await startLoopback(() => ({ status: 200, body: listBody() }))
      const proxy = await startProxy()
      const env = { HTTP_PROXY: proxy.url, NO_PROXY: hosts }
      await update(createRig(server.baseUrl, { env }).client)
      expect([proxy.asked.length, server.seen.length]).toEqual([0, 1])
    },
  )

  test('that is no address is wrong usage, without its password', () => {
    const env = { HTTPS_PROXY: 'ftp://robot:sesame@proxy.example.com' }
    expect(() => createRig('https://api.example.com', { env })).toThrow(/^HTTPS_PROXY is not an address/)
    expect(() => createRig('https://api.example.com', { env })).not.toThrow(/sesame/)
  })

  test.each([
    [407, /the proxy requires a user and password/],
    [403, /the proxy refused to connect \(403\)/],
  ])('that answers CONNECT with %s is told of, and nothing was sent', async (status, words) => {
    const proxy = await startProxy({ refuse: { status, page: PAGE } })
    const { client } = createRig('https://api.example.com', {
      env: { HTTPS_PROXY: proxy.url },
      limits: oneTry,
    })
    const error = await thrownBy(update(client))
    expect(error).toMatchObject({ code: 'pinterest_unavailable', answerLost: false, passing: true })
    expect((error as Error).message).toMatch(words)
    expect(proxy.asked).toEqual(['CONNECT api.example.com:443'])
  })

  test('that is not there is told of', async () => {
    const { client } = createRig('https://api.example.com', {
      env: { HTTPS_PROXY: 'http://127.0.0.1:1' },
      limits: oneTry,
    })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'pinterest_unavailable', answerLost: false })
  })

  test('that never answers is given up', async () => {
    const silent = createTcpServer((socket) => void socket.on('error', () => undefined).resume())
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { client } = createRig('https://api.example.com', {
      env: { HTTPS_PROXY: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` },
      limits: { ...oneTry, requestTimeoutMs: 200 },
    })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'pinterest_unavailable' })
  })

  test.skipIf(!canCertify)(
    'carries https through a tunnel, with the certificate of the host that was asked for',
    async () => {
      const certificate = await selfSigned('api.example.com')
      const trusted = getCACertificates('default')
      setDefaultCACertificates([...trusted, certificate.cert])
      onTestFinished(() => setDefaultCACertificates(trusted))
      const hosts: (string | undefined)[] = []
      const server = createServer(certificate, (request, response) => {
        hosts.push(request.headers.host)
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listBody()))
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => {
        server.close()
        server.closeAllConnections()
      })
      const proxy = await startProxy({ tunnelTo: (server.address() as AddressInfo).port })
      const { client } = createRig('https://api.example.com/v5', { env: { HTTPS_PROXY: proxy.url } })
      await update(client)
      expect([proxy.asked, hosts]).toEqual([['CONNECT api.example.com:443'], ['api.example.com']])
    },
  )
})

describe('an answer that is not of Pinterest', () => {
  test.each([401, 403, 404, 407])('with status %s has a cause of its own', async (status) => {
    const server = await startLoopback(() => ({ text: PAGE, status }))
    const { client, vault } = createRig(server.baseUrl, { limits: oneTry })
    const error = await thrownBy(update(client))
    expect(error).toMatchObject({ code: 'not_pinterest', status })
    expect((error as Error).message).not.toMatch(/blocked|html/)
    // The token has nothing to do with it.
    expect(vault.renewals).toBe(0)
  })

  test('is not taken for a dead refresh token', async () => {
    const server = await startLoopback(({ path }) =>
      path.endsWith('/oauth/token') ? { text: PAGE, status: 401 } : { status: 401, body: { code: 2 } },
    )
    const { client } = createRig(server.baseUrl, { limits: oneTry })
    expect(await thrownBy(update(client))).toMatchObject({ code: 'not_pinterest' })
  })
})

describe('an answer that passes', () => {
  test.each([408, 425])('with status %s is asked for again', async (status) => {
    const server = await startLoopback((_, nth) =>
      nth === 0 ? { status, body: {} } : { status: 200, body: listBody() },
    )
    const { client } = createRig(server.baseUrl)
    expect(await update(client)).toMatchObject({ attempts: 2 })
  })

  test.each([429, 503])('with status %s is waited for as long as Retry-After says', async (status) => {
    const server = await startLoopback((_, nth) =>
      nth === 0 ? { status, body: {}, headers: { 'retry-after': '1' } } : { status: 200, body: listBody() },
    )
    const { client, retries } = createRig(server.baseUrl, { limits: quickLimits })
    await update(client)
    expect(retries).toMatchObject([{ attempt: 1, waitMs: 1_000 }])
  })

  test('is given up at once when it asks for more time than there is', async () => {
    const server = await startLoopback(() => ({ status: 503, body: {}, headers: { 'retry-after': '86400' } }))
    const { client } = createRig(server.baseUrl)
    expect(await thrownBy(update(client))).toMatchObject({ code: 'pinterest_unavailable', attempts: 1 })
  })
})

function days(time: Date | null): number {
  return Math.round(((time?.getTime() ?? 0) - Date.now()) / 86_400_000)
}

test('tokens whose lifetimes are written as text are read', async () => {
  const server = await startLoopback(({ path, headers }) => {
    if (path.endsWith('/oauth/token'))
      return {
        status: 200,
        body: {
          access_token: 'pina_new',
          expires_in: '2592000',
          refresh_token: 'pinr.new',
          refresh_token_expires_in: '5184000',
        },
      }
    return headers['authorization'] === 'Bearer pina_new'
      ? { status: 200, body: listBody() }
      : { status: 401, body: { code: 2 } }
  })
  const { client, vault } = createRig(server.baseUrl)
  await update(client)
  expect([days(vault.tokens.accessExpiresAt), days(vault.tokens.refreshExpiresAt)]).toEqual([30, 60])
})
