import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  APP_SECRET,
  createRig,
  freshTokens,
  MemoryVault,
  oneTry,
  startLoopback,
  thrownBy,
} from './loopback.ts'
import type { Reply, Seen } from './loopback.ts'

const HASH = 'b5c3d1e0'.repeat(8)
const BASIC = Buffer.from(`1234:${APP_SECRET}`).toString('base64')
const SECRETS = [
  HASH,
  HASH.slice(0, 32),
  APP_SECRET,
  BASIC,
  'pina_access-0',
  'pinr.refresh-0',
  'anna@example.com',
]

/** What a careless server or proxy might say: all that it was sent. */
function echo(request: Seen): string {
  return `Invalid: ${JSON.stringify(request.headers)} ${request.body} ${HASH.slice(0, 40)} anna@example.com ${APP_SECRET_FORM}`
}

const APP_SECRET_FORM = `Basic ${BASIC}`

function everythingOf(error: unknown): string {
  const parts = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error)]
  if (error instanceof Error) parts.push(error.message, error.stack ?? '')
  return parts.join('\n')
}

const CAUSES: [string, (request: Seen) => Reply][] = [
  ...[400, 401, 403, 404, 409, 413, 429, 500].map((status): [string, (request: Seen) => Reply] => [
    `an echo with ${status}`,
    (request) => ({ status, body: { code: 1, message: echo(request), message_detail: echo(request) } }),
  ]),
  ['an echo as a success', (request) => ({ status: 200, body: { id: echo(request) } })],
  ['an echo as HTML', (request) => ({ text: echo(request), status: 400 })],
  [
    'an echo as request id',
    () => ({ status: 400, headers: { 'x-pinterest-rid': `anna@example.com ${HASH}` } }),
  ],
  ['a cut', () => ({ drop: 'at_once' })],
]

describe('no secret, token or record is in any error', () => {
  it.each(CAUSES)('after %s', async (_case, reply) => {
    const server = await startLoopback(reply)
    const tokens = freshTokens()
    const { client } = createRig(server.baseUrl, { limits: oneTry, vault: new MemoryVault(tokens) })
    const { client: renewing } = createRig(server.baseUrl, {
      limits: oneTry,
      vault: new MemoryVault({ ...tokens, accessToken: null }),
    })
    const records = `${HASH},${HASH}`
    const errors = [
      await thrownBy(client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records })),
      await thrownBy(client.createCustomerList(ACCOUNT, { name: 'VIP', records })),
      await thrownBy(renewing.getAdAccount(ACCOUNT)),
    ]
    for (const error of errors) {
      const text = everythingOf(error)
      expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([])
    }
  })

  it('nor in what is said of a retry', async () => {
    const server = await startLoopback((request, nth) =>
      nth === 0 ? { status: 500, body: { message: echo(request) } } : { status: 200, body: { id: '643' } },
    )
    const { client, retries } = createRig(server.baseUrl)
    await client.updateCustomerList(ACCOUNT, '643', { operation: 'add', records: HASH })
    const text = everythingOf(retries)
    expect(retries).toHaveLength(1)
    expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([])
  })
})
