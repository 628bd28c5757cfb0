import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { SENTINEL_TOKENS } from '../../simulator/main.ts'
import { setRefreshToken } from './mending.ts'
import { openService, people, runOf, setUp } from './support.ts'
import type { Client, Ids, Service } from './support.ts'

queriesRunHere()

/** What a policy does not let a person see stands in no text for them either: in no error, log, card, action, search or alert. */

const CREDENTIAL = 'Credential of the owner'
const QUERY = 'Query of the analysts'
const SOURCE = 'Source of the analysts'
const FILE = 'rows-of-the-analysts'
const LIMIT = 'rows of the query of the analysts'
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
let more: readonly string[]
let codes: readonly unknown[]

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
  // Read and too few for the query's threshold, and then gone: run log, error, card and alert would name query and file.
  const second = await setUp(service, operator, { name: FILE, list: 'Second', emails: people(110) })
  for (const [kind, id] of [
    ['credentials', second.credential],
    ['destinations', second.destination],
    ['orchestrations', second.orchestration],
  ] as const)
    await operator.ok('PATCH', `/${kind}/${id}`, { version: 1, name: `Second ${kind}` })
  await operator.ok('PATCH', `/queries/${second.query}`, {
    version: 2,
    name: LIMIT,
    thresholds: { failBelow: 1_000 },
  })
  const few = await runOf(service, operator, second)
  await rm(join(service.inputDir, `${FILE}.csv`))
  const lost = await runOf(service, operator, second)
  more = [...Object.values(second), lost.id]
  codes = [few, lost].map(({ error }) => error?.code)
})

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
  const all = [...Object.values(ids), workflow, ...more]
  const paths = plain.flatMap((path) =>
    path.includes('{') ? all.map((id) => path.replace(/\{\w+\}/, id)) : [path],
  )
  return [...paths, `/workflows?search=owner`, `/notifications?search=owner`, `/notifications?search=${FILE}`]
}

/** Which of the names and the address a person reads anywhere. */
async function readBy(who: Who): Promise<string[]> {
  const found = new Set<string>()
  for (const path of everyPath()) {
    const { status, body } = await clients[who].request('GET', path)
    const text = status === 200 ? JSON.stringify(body) : ''
    for (const name of [CREDENTIAL, QUERY, SOURCE, ADDRESS, FILE, LIMIT])
      if (text.includes(name)) found.add(name)
  }
  return [...found].toSorted()
}

describe('a walk over all that can be read finds', () => {
  test('errors that would name a query and a file', () => {
    expect(codes).toEqual(['threshold_not_met', 'source_not_found'])
  })

  test.each([
    ['operator', [CREDENTIAL, QUERY, SOURCE, ADDRESS, FILE, LIMIT]],
    ['analyst', [QUERY, SOURCE, ADDRESS, FILE, LIMIT]],
    ['marketer', []],
    ['restricted', [QUERY, SOURCE, FILE, LIMIT]],
  ] as const)('as %s what the policy shows, and no other name', async (who, names) => {
    expect(await readBy(who)).toEqual([...names].toSorted())
  })
})

test('an alert names a credential, a query or a file to those alone who may see it', async () => {
  await expect
    .poll(() => [told.operator.length, told.analyst.length, told.marketer.length], { timeout: 180_000 })
    .toEqual([3, 3, 3])
  expect(told.operator.join()).toContain(CREDENTIAL)
  expect(told.analyst.join() + told.marketer.join()).not.toContain(CREDENTIAL)
  for (const name of [QUERY, FILE, LIMIT]) {
    expect(told.analyst.join()).toContain(name)
    expect(told.marketer.join()).not.toContain(name)
  }
  expect(told.marketer.join()).toContain('your policies do not include data sources')
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
