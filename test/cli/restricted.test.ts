import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKey } from '../../src/access/api-keys.ts'
import { localActor } from '../../src/access/activity.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import { membersOn, openService, people, runOf, setUp } from '../server/support.ts'
import type { Client, Ids, Service } from '../server/support.ts'
import type { Ended } from '../support/processes.ts'
import { useShell } from './support.ts'

/** What a person who may not see personal data reads and does on the command line, with an API key of theirs. */

const SIZE = 1_371
const INVALID = ['anna at example.com', 'bert@', 'carl@example']
const LIST = 'closed club'
const ADDRESS = 'planted.in.sql@example.com'
const TEXT = `SELECT email FROM input WHERE email <> '${ADDRESS}'`

const shell = useShell()

let service: Service
let server: Server
let operator: Client
let ids: Ids
let workflow: string
let listId: string

beforeAll(async () => {
  service = await openService()
  await service.startWorker()
  const answer = getRequestListener(service.fetch)
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  operator = await service.as(['datagrid_administrator'])
  ids = await setUp(service, operator, { list: LIST, emails: [...people(SIZE), ...INVALID] })
  await operator.ok('PATCH', `/queries/${ids.query}`, { version: 2, draft: { sql: TEXT } })
  await operator.ok('POST', `/queries/${ids.query}/activate`, { version: 3 })
  workflow = (await runOf(service, operator, ids)).id
  const { items } = await operator.ok<{ items: [{ id: string }] }>('GET', '/lists')
  listId = items[0].id
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await service.close()
})

async function as(
  policies: readonly PolicyName[],
  options: readonly OptionName[],
  lines: readonly (readonly string[])[],
): Promise<Ended[]> {
  const context = { ...service.platform, actor: localActor }
  const input = { name: `key ${crypto.randomUUID()}`, policies, options, expiresAt: null }
  const { token } = await createApiKey(context, input)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { ROLLCALL_HOME: '/dev/null', DATABASE_URL: 'nonsense', ROLLCALL_URL: url }
  return shell.rollcallEach(lines, { env: { ...env, ROLLCALL_API_KEY: token } })
}

/** The thing that commands of a resource are about. */
const thingOf: Readonly<Record<string, () => string>> = {
  credentials: () => ids.credential,
  destinations: () => ids.destination,
  'data-sources': () => ids.dataSource,
  queries: () => ids.query,
  orchestrations: () => ids.orchestration,
  workflows: () => workflow,
  lists: () => listId,
}

/** Every command that reads, as a table and as JSON. */
function readings(): string[][] {
  return service.routes
    .filter(({ method, media }) => method === 'GET' && media !== 'text/event-stream')
    .flatMap(({ id, path }) => {
      const [resource = '', action = ''] = id.split('.')
      if (!path.includes('{')) return [[resource, action]]
      const thing = thingOf[resource]
      return thing === undefined ? [] : [[resource, action, thing()]]
    })
    .flatMap((line) => [line, [...line, '--json']])
}

/** What of the run, its list and its people stands in what was printed. */
function tells(ends: readonly Ended[]): string[] {
  const text = ends.map(({ stdout, stderr }) => stdout + stderr).join('\n')
  const forms = [SIZE, SIZE + INVALID.length].flatMap((number) => [number, number.toLocaleString('en-US')])
  return [
    ...(new RegExp(`\\b(?:${forms.join('|')})\\b`).test(text) ? ['a number'] : []),
    ...(text.includes(LIST) ? ['the list'] : []),
    ...(/person\d|anna at|bert@|carl@|[a-z0-9]•/.test(text) ? ['an address'] : []),
    ...(text.includes(ADDRESS) ? ['the SQL'] : []),
  ]
}

test('a restricted person reads no value, no number and no list; a person with full access reads them', async () => {
  const lines = readings()
  expect(lines.length).toBeGreaterThan(30)
  expect(tells(await as(['analyst'], ['restrict_pii_access'], lines))).toEqual([])
  expect(tells(await as(['datagrid_administrator'], [], lines))).toEqual([
    'a number',
    'the list',
    'an address',
    'the SQL',
  ])
})

test('a restricted person changes nothing that is sent, counts nothing and sees previews without values', async () => {
  const { query, orchestration, destination } = ids
  const document = await shell.file('theirs.yaml', 'version: 1\nqueries: []\n')
  const mallory = ['--draft-sql', "SELECT 'mallory@example.com' AS email FROM input"]
  const effects = [
    ['queries', 'update', query, ...mallory],
    ['queries', 'activate', query],
    ['queries', 'count', query],
    ['queries', 'update', query, '--thresholds-fail-above', '0'],
    ['orchestrations', 'run', orchestration],
    ['orchestrations', 'plan', orchestration],
    ['orchestrations', 'sample', orchestration, '--members', '5'],
    ['orchestrations', 'update', orchestration, '--cron', '* * * * *', '--automatic'],
    ['orchestrations', 'delete', orchestration],
    ['destinations', 'update', destination, '--limited-pii'],
    ['workflows', 'resolve', workflow, '--action', 'restart'],
    ['resolve', workflow, 'restart'],
    ['lists', 'rebuild', listId],
    ['apply', '-f', document, '--prune', '--yes'],
    ['export'],
    ['activity', 'export'],
  ]
  const before = await operator.ok<{ items: object[] }>('GET', '/workflows')
  const ends = await as(['analyst'], ['restrict_pii_access'], effects)
  // Only the draft is saved, and stays one.
  expect(ends.map(({ code }) => code === 0)).toEqual(effects.map((_, index) => index === 0))
  expect(tells(ends)).toEqual([])
  expect((await operator.ok<{ items: object[] }>('GET', '/workflows')).items).toEqual(before.items)
  expect(await operator.ok('GET', `/queries/${query}`)).toMatchObject({
    active: { sql: TEXT },
    thresholds: {},
  })
  expect(membersOn(service, LIST)).toHaveLength(SIZE)

  const columns = ['queries', 'update', query, '--draft-sql', 'SELECT *, email AS again FROM input']
  const shown = await as(['analyst'], ['restrict_pii_access'], [columns, ['queries', 'preview', query]])
  expect(shown.map(({ code }) => code)).toEqual([0, 0])
  expect(shown[1]?.stdout).toContain('•••')
  expect(tells(shown)).toEqual([])
})
