import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../../src/access/api-keys.ts'
import { localActor } from '../../src/access/activity.ts'
import type { PolicyName } from '../../src/access/permissions.ts'
import { openService } from '../server/support.ts'
import type { Service } from '../server/support.ts'
import type { Ended } from '../support/processes.ts'
import { startProxy } from '../support/proxy.ts'
import { expectPlain, printed, useShell } from './support.ts'

/** The command line against a server elsewhere. Its own data folder must stay unused. */

const shell = useShell()
const parts = {} as { service: Service; server: Server; url: string; analyst: string; operator: string }

beforeAll(async () => {
  parts.service = await openService()
  const answer = getRequestListener(parts.service.fetch)
  parts.server = await listen(createServer((request, response) => void answer(request, response)))
  parts.url = urlOf(parts.server)
  parts.analyst = await keyOf('analyst')
  parts.operator = await keyOf('datagrid_operator')
})

afterAll(async () => {
  await close(parts.server)
  await parts.service.close()
})

async function keyOf(policy: PolicyName): Promise<string> {
  const context = { ...parts.service.platform, actor: localActor }
  const input = { name: policy, policies: [policy], options: [], expiresAt: null }
  return (await createApiKey(context, input)).token
}

async function listen(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A data folder and database that nobody could open. */
const nothingHere = { ROLLCALL_HOME: '/dev/null', DATABASE_URL: 'nonsense' }

function as(
  key: string,
  lines: readonly (readonly string[])[],
  url = parts.url,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended[]> {
  const server = { ROLLCALL_URL: url, ROLLCALL_API_KEY: key }
  return shell.rollcallEach(lines, { env: { ...nothingHere, ...server, ...env } })
}

test('commands talk to the server with the API key, and may what it may', async () => {
  const [me, sources, users, export_] = await as(parts.analyst, [
    ['me', '--json'],
    ['data-sources'],
    ['users', '--json'],
    ['activity', 'export'],
  ])
  expect(JSON.parse(me?.stdout ?? '')).toMatchObject({ kind: 'api_key', policies: ['analyst'] })
  expect(sources).toEqual({ code: 0, stdout: 'None.\n', stderr: '' })
  expect(users?.code).toBe(1)
  expect(JSON.parse(users?.stdout ?? '')).toMatchObject({ error: { code: 'access_denied' } })
  expect(export_?.stderr).toMatch(/^✗ Access denied: /)
})

test('an operator configures a server, and a worker of it takes what is run', async () => {
  const { simulator, inputDir, platform } = parts.service
  await writeFile(join(inputDir, 'none.csv'), 'email\n')
  await shell.file('remote-secret.txt', simulator.app.secret)
  await shell.file('remote-token.txt', simulator.app.refreshToken)
  const secrets = ['--app-secret', '@remote-secret.txt', '--refresh-token', '@remote-token.txt']
  const ends = await as(parts.operator, [
    ['credentials', 'create', '--name', 'Main', '--app-id', simulator.app.id, ...secrets, '--json'],
    [
      'destinations',
      'create',
      '--name',
      'D',
      '--credential-id',
      '$0.id',
      '--ad-account-id',
      '549755880001',
      '--json',
    ],
    [
      'data-sources',
      'create',
      '--kind',
      'files',
      '--name',
      'S',
      '--folder',
      inputDir,
      '--files',
      'none.csv',
      '--json',
    ],
    [
      'queries',
      'create',
      '--name',
      'Q',
      '--data-source-id',
      '$2.id',
      '--draft-sql',
      'SELECT email FROM input',
      '--json',
    ],
    ['queries', 'activate', '$3.id'],
    [
      'orchestrations',
      'create',
      '--name',
      'O',
      '--query-id',
      '$3.id',
      '--destination-id',
      '$1.id',
      '--list-name',
      'O',
      '--json',
    ],
    ['orchestrations', 'run', '$5.id', '--json'],
    ['resolve', '$6.workflow', 'stop', '--json'],
  ])
  ends.forEach(expectPlain)
  expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0))
  const { workflow } = printed(ends[6] as Ended) as { workflow: string }
  expect(printed(ends[7] as Ended)).toEqual({ workflow, state: 'stopped' })

  const worker = await parts.service.startWorker()
  const orchestration = String(printed(ends[5] as Ended)['id'])
  const [run, actions] = await as(parts.operator, [
    ['orchestrations', 'run', orchestration],
    ['workflows', 'list', '--limit', '1', '--json'],
  ])
  await worker.close()
  expect(run?.stdout).toMatch(/^✓ Workflow wf_\w+ is (?:running|failed)\.\n`rollcall workflows get wf_/)
  expect(JSON.parse(actions?.stdout ?? '')).toMatchObject({ items: [{ name: 'O' }] })
  const recorded = await platform.store.db
    .selectFrom('activity')
    .select(['principal_kind', 'user_agent'])
    .where('action', '=', 'orchestration.created')
    .execute()
  expect(recorded).toEqual([
    { principal_kind: 'api_key', user_agent: expect.stringMatching(/^rollcall\/\d/) as string },
  ])
})

test('a key that is missing, impossible, or not known is told as that', async () => {
  const [missing] = await as('', [['me', '--json']])
  expect(printed(missing as Ended).error).toMatchObject({
    code: 'wrong_usage',
    message: expect.stringContaining('ROLLCALL_API_KEY is missing') as string,
  })
  const [odd] = await as('rk_ with spaces', [['me']])
  expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('ROLLCALL_API_KEY') as string })
  expect(odd?.stderr).not.toContain('rk_')
  const [unknown] = await as('rck_unknown', [['me', '--json']])
  expect(unknown?.code).toBe(1)
  expect(printed(unknown as Ended).error?.code).toBe('not_signed_in')
})

test('an address that is none, has no server, or has another one is told as that', async () => {
  const other = await listen(createServer((_, response) => response.end('<p>Hello</p>')))
  const rude = await listen(createServer((request) => request.socket.destroy()))
  const gone = await listen(createServer())
  const goneUrl = urlOf(gone)
  await close(gone)
  const addresses: readonly (readonly [url: string, code: string, message: RegExp])[] = [
    ['nonsense', 'wrong_usage', /ROLLCALL_URL is not an address/],
    ['ftp://example.com', 'wrong_usage', /ROLLCALL_URL is not an address/],
    [goneUrl, 'server_unavailable', /127\.0\.0\.1:\d+ cannot be reached: nothing answers there\. Check/],
    [urlOf(other), 'server_unavailable', /is not a Rollcall server/],
    [
      urlOf(rude),
      'server_unavailable',
      /was lost before the answer .* Check whether your request took effect/,
    ],
  ]
  const ends = await Promise.all(addresses.map(([url]) => as(parts.analyst, [['me', '--json']], url)))
  const seen = ends.map(([ended], index) => {
    const { error } = printed(ended as Ended)
    return [error?.code, addresses[index]?.[2].test(error?.message ?? '') === true ? 'told' : error?.message]
  })
  expect(seen).toEqual(addresses.map(([, code]) => [code, 'told']))
  await Promise.all([other, rude].map(close))
})

test.each([
  ['HTTP_PROXY', {}, true],
  ['HTTP_PROXY', { NO_PROXY: 'example.com,127.0.0.1' }, false],
  ['HTTPS_PROXY', {}, false],
])('a server over http is asked through %s with %j: %s', async (name, others, isThrough) => {
  const proxy = await startProxy()
  const [me] = await as(parts.analyst, [['me', '--json']], parts.url, { [name]: proxy.url, ...others })
  expect(printed(me as Ended)).toMatchObject({ kind: 'api_key', policies: ['analyst'] })
  expect(proxy.asked).toEqual(isThrough ? [`GET ${parts.url}/api/v1/me`] : [])
})

test('a server over https is asked through a tunnel, and the error repeats what the proxy answers', async () => {
  const proxy = await startProxy({ refuse: { status: 407, page: '<p>Who are you?</p>' } })
  const env = { HTTPS_PROXY: proxy.url }
  const [me] = await as(parts.analyst, [['me', '--json']], 'https://rollcall.example.com', env)
  expect(printed(me as Ended).error).toMatchObject({
    code: 'server_unavailable',
    message:
      'Server unavailable: https://rollcall.example.com cannot be reached: the proxy requires a user and password.',
  })
  expect(proxy.asked).toEqual(['CONNECT rollcall.example.com:443'])
})
