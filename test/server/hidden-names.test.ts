import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SENTINEL_TOKENS } from '../../simulator/main.ts'
import { setRefreshToken } from './mending.ts'
import { openService, people, runOf, setUp } from './support.ts'
import type { Client, Ids, Service } from './support.ts'

/** What a policy does not let a person see stands in no text for them either: in no error, log, card, action, search or alert. */

const CREDENTIAL = 'Credential of the owner'
const QUERY = 'Query of the analysts'
const SOURCE = 'Source of the analysts'
const ADDRESS = 'planted.in.sql@example.com'
const TEXT = `SELECT email FROM input WHERE email <> '${ADDRESS}' AND email LIKE '%@example.com'`

const policies = {
  operator: ['datagrid_operator'],
  analyst: ['analyst'],
  marketer: ['marketer'],
  restricted: ['analyst'],
} as const
type Who = keyof typeof policies

let service: Service
const clients = {} as Record<Who, Client>
const told: Record<Who, string[]> = { operator: [], analyst: [], marketer: [], restricted: [] }
let ids: Ids
let workflow: string

const receiver = createServer((request, response) => {
  void textOf(request).then((body) => {
    told[request.url?.slice(1) as Who].push(body)
    return response.end()
  })
})

beforeAll(async () => {
  service = await openService()
  await service.startWorker()
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  for (const who of Object.keys(policies) as Who[]) {
    clients[who] = await service.as(policies[who], who === 'restricted' ? ['restrict_pii_access'] : [])
    const target = { url: `http://127.0.0.1:${port}/${who}` }
    await clients[who].ok('POST', '/alerts', { name: who, events: ['workflow_failed'], target })
  }
  const { operator } = clients
  ids = await setUp(service, operator, { emails: people(120) })
  await operator.ok('PATCH', `/credentials/${ids.credential}`, { version: 1, name: CREDENTIAL })
  await operator.ok('PATCH', `/data-sources/${ids.dataSource}`, { version: 1, name: SOURCE })
  await operator.ok('PATCH', `/queries/${ids.query}`, { version: 2, name: QUERY, draft: { sql: TEXT } })
  await operator.ok('POST', `/queries/${ids.query}/activate`, { version: 3 })
  await setRefreshToken(operator, ids.credential, SENTINEL_TOKENS.revoked)
  workflow = (await runOf(service, operator, ids)).id
}, 120_000)

afterAll(async () => {
  await service.close()
  receiver.close()
  receiver.closeAllConnections()
})

/** Everything that can be read without knowing an id, the pages of each thing there is, and searches for what is hidden. */
function everyPath(): string[] {
  const plain = service.routes
    .filter(({ method, media }) => method === 'GET' && media !== 'text/event-stream')
    .map(({ path }) => path)
  const all = [...Object.values(ids), workflow]
  const paths = plain.flatMap((path) =>
    path.includes('{') ? all.map((id) => path.replace(/\{\w+\}/, id)) : [path],
  )
  return [...paths, `/workflows?search=owner`, `/notifications?search=owner`]
}

/** Which of the names and the address a person reads anywhere. */
async function readBy(who: Who): Promise<string[]> {
  const found = new Set<string>()
  for (const path of everyPath()) {
    const { status, body } = await clients[who].request('GET', path)
    const text = status === 200 ? JSON.stringify(body) : ''
    for (const name of [CREDENTIAL, QUERY, SOURCE, ADDRESS]) if (text.includes(name)) found.add(name)
  }
  return [...found].toSorted()
}

describe('a walk over all that can be read finds', () => {
  test.each([
    ['operator', [CREDENTIAL, QUERY, SOURCE, ADDRESS]],
    ['analyst', [QUERY, SOURCE, ADDRESS]],
    ['marketer', []],
    ['restricted', [QUERY, SOURCE]],
  ] as const)('as %s what the policy shows, and no other name', async (who, names) => {
    expect(await readBy(who)).toEqual([...names].toSorted())
  })
})

test('an alert names a credential to those alone who may see it', async () => {
  await expect
    .poll(() => [told.operator.length, told.analyst.length, told.marketer.length], { timeout: 60_000 })
    .toEqual([1, 1, 1])
  expect(told.operator.join()).toContain(CREDENTIAL)
  expect(told.analyst.join() + told.marketer.join()).not.toContain(CREDENTIAL)
  expect(told.restricted).toEqual([])
})

test('SQL shows no address to a person who may not view personal data, nor do they save what stands for one', async () => {
  const { restricted, operator } = clients
  interface View {
    readonly version: number
    readonly active: { readonly sql: string }
  }
  const seen = await restricted.ok<View>('GET', `/queries/${ids.query}`)
  const masked = "SELECT email FROM input WHERE email <> '•••' AND email LIKE '%@example.com'"
  expect(seen.active.sql).toBe(masked)
  const { version } = seen
  const edit = { version, draft: { sql: `${masked} LIMIT 5` } }
  expect(await restricted.fails('PATCH', `/queries/${ids.query}`, edit)).toBe('request_invalid')
  const own = { version, draft: { sql: 'SELECT email FROM input' } }
  expect(await restricted.ok('PATCH', `/queries/${ids.query}`, own)).toMatchObject({ version: version + 1 })
  expect(await operator.ok('GET', `/queries/${ids.query}`)).toMatchObject({ active: { sql: TEXT } })
})
