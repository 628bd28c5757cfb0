import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { actOn, ended, openService, people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, Service } from '../server/support.ts'
import { startDueRuns } from '../../src/runs/due-runs.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'

queriesRunHere()

let service: Service
let client: Client

beforeAll(async () => {
  service = await openService()
  client = await service.as(['datagrid_administrator'])
  await Promise.all([service.startWorker(), service.startWorker()])
})

afterAll(async () => {
  await service.close()
})

interface Runs {
  readonly items: readonly { readonly id: string; readonly startedBy: { readonly kind: string } }[]
}

async function automate(ids: Ids): Promise<void> {
  const path = `/orchestrations/${ids.orchestration}`
  const { version } = await client.ok<{ version: number }>('GET', path)
  const edit = { version, automatic: true, cron: '30 2 29 2 *', timeZone: 'Europe/Berlin' }
  expect((await client.ok('PATCH', path, edit))['nextRunAt']).toMatch(/-02-29T01:30:00/)
}

/** As when the time has come: by so many milliseconds. */
async function makeDue(ids: Ids, lateMs: number): Promise<void> {
  await allWorkspaces(service.platform.store.db)
    .updateTable('orchestration')
    .set({ next_run_at: new Date(Date.now() - lateMs) })
    .where('id', '=', ids.orchestration)
    .execute()
}

async function runsOf(ids: Ids): Promise<Runs['items']> {
  return (await client.ok<Runs>('GET', `/workflows?orchestrationId=${ids.orchestration}`)).items
}

async function warningsOf(name: string): Promise<string[]> {
  const path = `/notifications?search=${name}&kind=warning`
  return (await client.ok<{ items: { code: string }[] }>('GET', path)).items.map(({ code }) => code)
}

describe('an automatic run', () => {
  test('starts once when it is due, however many workers look', async () => {
    const ids = await setUp(service, client, { name: 'scheduled', emails: people(120) })
    await automate(ids)
    await makeDue(ids, 10)
    await expect.poll(async () => (await runsOf(ids)).length).toBe(1)
    const [run] = await runsOf(ids)
    expect(run?.startedBy.kind).toBe('schedule')
    expect(await ended(service, client, run?.id ?? '')).toMatchObject({ state: 'succeeded' })
    const { nextRunAt } = await client.ok<{ nextRunAt: string }>(
      'GET',
      `/orchestrations/${ids.orchestration}`,
    )
    expect(nextRunAt).toMatch(/-02-29T01:30:00/)
    expect(await runsOf(ids)).toHaveLength(1)
  })

  test('that nobody could start for long is skipped, and a warning says so', async () => {
    const ids = await setUp(service, client, { name: 'overslept', emails: people(120) })
    await automate(ids)
    await makeDue(ids, 3 * 60 * 60_000)
    await expect.poll(() => warningsOf('overslept')).toEqual(['run_skipped'])
    expect(await runsOf(ids)).toEqual([])
  })

  test('that is skipped leaves what waits for a person as it is', async () => {
    const ids = await setUp(service, client, { name: 'undecided', emails: people(200) })
    await runOf(service, client, ids)
    await writeCustomers(service, 'undecided', people(20))
    const waiting = await runOf(service, client, ids)
    expect(waiting).toMatchObject({ state: 'waiting', error: { code: 'large_removal' } })
    // As after a loss of the secret key.
    await allWorkspaces(service.platform.store.db)
      .updateTable('data_source')
      .set({ sealed: 'sealed with another key' })
      .where('id', '=', ids.dataSource)
      .execute()
    await automate(ids)
    await makeDue(ids, 10)
    await expect.poll(() => warningsOf('undecided')).toContain('run_skipped')
    expect(await client.ok('GET', `/workflows/${waiting.id}`)).toMatchObject({ state: 'waiting' })
    expect(await actOn(service, client, waiting.id, 'approve')).toMatchObject({ state: 'succeeded' })
  })

  test('of a disabled orchestration never starts', async () => {
    const ids = await setUp(service, client, { name: 'disabled', emails: people(120) })
    await automate(ids)
    const path = `/orchestrations/${ids.orchestration}`
    const { version } = await client.ok<{ version: number }>('GET', path)
    expect(await client.ok('PATCH', path, { version, enabled: false })).toMatchObject({ nextRunAt: null })
  })
})

describe('the process that starts what is due', () => {
  let alone: Service
  let admin: Client

  beforeAll(async () => {
    alone = await openService()
    admin = await alone.as(['datagrid_administrator'])
  })

  afterAll(() => alone.close())

  /** An orchestration that has been due since this many hours. */
  async function dueSince(name: string, hours: number): Promise<Ids> {
    const ids = await setUp(alone, admin, { name, emails: people(1) })
    await allWorkspaces(alone.platform.store.db)
      .updateTable('orchestration')
      .set({ automatic: true, cron: '30 2 * * *', next_run_at: new Date(Date.now() - hours * 3_600_000) })
      .where('id', '=', ids.orchestration)
      .execute()
    return ids
  }

  test('may die right after it skipped a run: the warning is there', async () => {
    await dueSince('overslept', 3)
    await startDueRuns(alone.platform)
    const { items } = await admin.ok<{ items: object[] }>('GET', '/notifications?search=overslept')
    expect(items).toMatchObject([{ code: 'run_skipped', title: 'overslept' }])
  })

  test('skips a run that is later than the limit, which can be set', async () => {
    const { orchestration } = await dueSince('patient', 3)
    const { limits } = alone.platform
    const patient = { ...alone.platform, limits: { ...limits, startLateMs: 4 * 3_600_000 } }
    const [run] = await startDueRuns(patient)
    expect(run).toMatchObject({
      orchestration: { id: orchestration },
      workflowId: expect.stringMatching(/^wf_/) as string,
    })
  })

  test('skips a run that meets a defect, and starts all others', async () => {
    const { dataSource: id } = await dueSince('defective', 0.2)
    const sealed = alone.platform.sealer.seal('{', { table: 'data_source', id })
    await allWorkspaces(alone.platform.store.db)
      .updateTable('data_source')
      .set({ sealed })
      .where('id', '=', id)
      .execute()
    const { orchestration } = await dueSince('sound', 0.1)
    const runs = await startDueRuns(alone.platform)
    expect(runs.map((run) => 'workflowId' in run && run.orchestration.id)).toEqual([false, orchestration])
    const { items } = await admin.ok<{ items: object[] }>('GET', '/notifications?search=defective')
    expect(items).toMatchObject([{ code: 'run_skipped' }])
  })
})

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

test('a failed run is told by a signed webhook, and one that needs a person too', async () => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    const { secret } = await client.ok<{ secret: string }>('POST', '/alerts', {
      name: 'on failure',
      events: ['workflow_failed', 'needs_person'],
      target: { url },
    })
    const ids = await setUp(service, client, { name: 'told', emails: people(60) })
    const { workflow } = await client.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/run`,
    )
    await ended(service, client, workflow)
    await expect.poll(() => received.length).toBe(1)
    const [{ headers, body }] = received as [Received]
    expect(JSON.parse(body)).toMatchObject({ event: 'workflow_failed', workflow: { id: workflow } })
    const [, time = '', given] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(String(headers['rollcall-signature'])) ?? []
    expect(given).toBe(createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'))
    expect(body).not.toContain('@example.com')

    await writeCustomers(service, 'told', people(200))
    const again = await client.ok<{ workflow: string }>('POST', `/workflows/${workflow}/actions`, {
      action: 'restart',
    })
    await ended(service, client, again.workflow)
    await writeCustomers(service, 'told', people(10))
    const large = await client.ok<{ workflow: string }>('POST', `/orchestrations/${ids.orchestration}/run`)
    await ended(service, client, large.workflow)
    await expect.poll(() => received.length).toBe(2)
    expect(JSON.parse(received[1]?.body ?? '')).toMatchObject({ event: 'needs_person' })
  } finally {
    server.close()
  }
})

/** What the queue has of an alert. */
async function statesOf(alertId: string): Promise<string[]> {
  const { rows } = await sql<{ state: string }>`select state from pgboss.job
    where name = 'alert' and data->>'alertId' = ${alertId}`.execute(service.platform.store.db)
  return rows.map(({ state }) => state)
}

test('an alert that its receiver refuses for good is not tried again, and one that it refuses for now is', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/gone' ? 410 : 503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const add = async (path: string): Promise<string> => {
      const made = await client.ok<{ alert: { id: string } }>('POST', '/alerts', {
        name: `refused at ${path}`,
        events: ['workflow_failed'],
        target: { url: `${base}${path}` },
      })
      return made.alert.id
    }
    const [gone, busy] = [await add('/gone'), await add('/busy')]
    const ids = await setUp(service, client, { name: 'refused', emails: people(60) })
    const { workflow } = await client.ok<{ workflow: string }>(
      'POST',
      `/orchestrations/${ids.orchestration}/run`,
    )
    await ended(service, client, workflow)
    await expect.poll(() => statesOf(busy)).toEqual(['retry'])
    await expect.poll(() => statesOf(gone)).toEqual(['completed'])
    expect(await client.ok('GET', `/alerts/${gone}`)).toMatchObject({
      lastProblem: 'Alert not delivered: the receiver answered with status 410',
      lastSentAt: null,
    })
  } finally {
    server.close()
  }
})

test('a stream tells what changed', async () => {
  const ending = new AbortController()
  const response = await client.stream('/notifications/stream', ending.signal)
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const ids = await setUp(service, client, { name: 'streamed', emails: people(120) })
  const { workflow } = await client.ok<{ workflow: string }>(
    'POST',
    `/orchestrations/${ids.orchestration}/run`,
  )
  let text = ''
  while (!text.includes(workflow)) {
    const read = await reader?.read()
    if (read === undefined || read.done) break
    text += read.value
  }
  expect(text).toContain('event: gap')
  expect(text).toContain(workflow)
  ending.abort()
  await ended(service, client, workflow)
})
