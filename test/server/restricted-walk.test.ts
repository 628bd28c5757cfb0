import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { plainInputs } from '../../src/destinations/customer-list/inputs/inputs.ts'
import { servicesOn } from '../../src/platform/open.ts'
import { startSync } from '../../src/destinations/customer-list/start-sync.ts'
import { envOf, impatient } from '../destinations/customer-list/support.ts'
import { openService, people, runOf, setUp, started, writeCustomers } from './support.ts'
import type { Client, Ids, Service, WorkflowView } from './support.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'

queriesRunHere()

/**
 * What people who may not see personal data read anywhere of runs: of a destination that is not open to them, of one that its PII
 * setting opens, and of the command line. Each run has numbers of its own, by which it is known in any text.
 */

const SIZES = { closed: 1_371, open: 1_573, commandLine: 1_787 } as const
const INVALID = ['anna at example.com', 'bert@', 'carl@example']

type Where = keyof typeof SIZES

let service: Service
let restricted: Client
let limited: Client
let full: Client
let runs: Record<Where, string>
let places: Record<'closed' | 'open', Ids>
const told = { restricted: [] as string[], limited: [] as string[], full: [] as string[] }

/** Takes the alerts of each. */
const receiver = createServer((request, response) => {
  void textOf(request).then((body) => {
    told[request.url?.slice(1) as keyof typeof told].push(body)
    return response.end()
  })
})

beforeAll(async () => {
  service = await openService()
  await service.startWorker()
  const operator = await service.as(['datagrid_operator'])
  full = await service.as(['datagrid_administrator'])
  restricted = await service.as(['analyst'], ['restrict_pii_access'])
  limited = await service.as(['analyst'], ['allow_limited_pii_access'])
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  await alertTo(full, 'full')
  await alertTo(restricted, 'restricted')
  await alertTo(limited, 'limited')
  const closed = await setUp(service, operator, { list: 'closed club', emails: rows('closed') })
  const open = await setUp(service, operator, { list: 'open club', emails: rows('open') })
  await operator.ok('PATCH', `/destinations/${open.destination}`, { version: 1, limitedPii: true })
  places = { closed, open }
  runs = {
    closed: (await runOf(service, operator, closed)).id,
    open: (await runOf(service, operator, open)).id,
    commandLine: await runOfCommandLine(operator),
  }
})

afterAll(async () => {
  await service.close()
  receiver.close()
  receiver.closeAllConnections()
})

function rows(where: Where): string[] {
  return [...people(SIZES[where]), ...INVALID]
}

async function alertTo(client: Client, who: keyof typeof told): Promise<void> {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${who}`
  const events = ['workflow_failed', 'workflow_succeeded', 'needs_person', 'threshold']
  await client.ok('POST', '/alerts', { name: who, events, target: { url } })
}

/** A run of the command line that waits until a person approves it in the console, where its card is then. */
async function runOfCommandLine(operator: Client): Promise<string> {
  await sync(people(4_000))
  const asked = await sync(rows('commandLine'))
  await started(service, operator, `/workflows/${asked}/actions`, { action: 'approve' })
  return asked
}

/** As `rollcall sync` on the same data folder. */
async function sync(emails: readonly string[]): Promise<string> {
  await writeCustomers(service, 'by hand', emails)
  const env = envOf(service.simulator)
  const services = servicesOn(
    { ...service.platform, env },
    { db: inWorkspace(service.platform.store.db, PRODUCTION), name: 'default' },
  )
  try {
    const inputs = {
      ...plainInputs,
      from: ['by hand.csv'],
      query: null,
      emailColumn: 'email',
      hashed: false,
      adAccountId: AD_ACCOUNTS.owned,
      list: 'hand club',
      yes: false,
      adopt: false,
      rejects: null,
      limits: impatient,
      cwd: service.inputDir,
    }
    const signal = new AbortController().signal
    const { workflowId } = await startSync({
      services,
      inputs,
      signal,
      wait: false,
      onEvent: () => undefined,
    })
    return workflowId
  } finally {
    await services.close()
  }
}

/** Of which runs the numbers stand in a text, and whether a part of an address does. */
function tells(said: string): string[] {
  // The secret part of a webhook's URL, which is no address of a person.
  const text = said.replaceAll(/https?:\/\/[^"\s]*\/•••/g, '')
  const sizes = Object.entries(SIZES).filter(([, size]) => {
    const forms = [size, size + INVALID.length].flatMap((number) => [number, number.toLocaleString('en-US')])
    return new RegExp(`\\b(?:${forms.join('|')})\\b`).test(text)
  })
  const names = { 'closed club': 'closed', 'open club': 'open', 'hand club': 'commandLine' }
  const named = Object.entries(names).filter(([name]) => text.includes(name))
  const isPersonal = /person\d|anna at|bert@|carl@|•/.test(text)
  return [
    ...new Set([
      ...sizes.map(([where]) => where),
      ...named.map(([, where]) => where),
      ...(isPersonal ? ['an address'] : []),
    ]),
  ].toSorted()
}

/** Everything that can be read without knowing an id, and the pages of each thing there is. */
function everyPath(): string[] {
  const { closed, open } = places
  const plain = service.routes
    .filter(({ method, media }) => method === 'GET' && media !== 'text/event-stream')
    .map(({ path }) => path)
  const ids = [...Object.values(closed), ...Object.values(open), ...Object.values(runs)]
  return plain.flatMap((path) => (path.includes('{') ? ids.map((id) => path.replace(/\{\w+\}/, id)) : [path]))
}

async function readBy(client: Client): Promise<Set<string>> {
  const found = new Set<string>()
  for (const path of everyPath()) {
    const { status, body, headers } = await client.request('GET', path)
    const text = `${status === 200 ? JSON.stringify(body) : ''} ${headers.get('content-disposition') ?? ''}`
    for (const one of tells(text)) found.add(one)
  }
  return found
}

describe('a person who may not see personal data', () => {
  test('reads no number, list or address of any run, on no page, in no log, notification or download', async () => {
    expect([...(await readBy(restricted))]).toEqual([])
    for (const id of Object.values(runs)) {
      expect(await restricted.fails('GET', `/workflows/${id}`)).toBe('workflow_not_found')
      expect(await restricted.fails('GET', `/workflows/${id}/rejects`)).toBe('access_denied')
    }
  })

  test('gets no alert of a run, also of one that they set up', async () => {
    await expect
      .poll(() => told.full.flatMap(tells), { timeout: 180_000 })
      .toEqual(expect.arrayContaining(['closed', 'open']))
    expect(told.restricted).toEqual([])
  })
})

describe('a person with limited access', () => {
  test('reads the numbers of what its PII setting opens, and no part of an address', async () => {
    expect([...(await readBy(limited))]).toEqual(['open'])
    const run = await limited.ok<WorkflowView>('GET', `/workflows/${runs.open}`)
    expect(run.log.length).toBeGreaterThan(0)
    expect(run.rejects).toBe(false)
    expect(await limited.fails('GET', `/workflows/${runs.open}/rejects`)).toBe('access_denied')
  })

  test('gets alerts of these runs alone', async () => {
    await expect.poll(() => told.limited.length, { timeout: 180_000 }).toBe(1)
    expect(told.limited.flatMap(tells)).toEqual(['open'])
  })
})

test('the walk finds all of it as a person with full access', async () => {
  expect([...(await readBy(full))].toSorted()).toEqual(['an address', 'closed', 'commandLine', 'open'])
  const cards = await full.ok<object>('GET', '/notifications')
  expect(tells(JSON.stringify(cards))).toEqual(['closed', 'commandLine', 'open'])
})
