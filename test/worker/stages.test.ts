import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { ended, openService, people, runOf, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, Service } from '../server/support.ts'

queriesRunHere()

/** What the stages, tasks and duration of a workflow say: which one stopped it, what it waits for, how often it really tried. */

let service: Service
let client: Client
let administrator: Client

beforeAll(async () => {
  const waits = { taskWaitMs: 600_000, taskWaitForMs: 6_000_000 }
  service = await openService({ limits: waits })
  client = await service.as(['datagrid_operator'])
  administrator = await service.as(['datagrid_administrator'])
  await service.startWorker()
})

afterAll(async () => {
  await service.close()
})

interface Staged {
  readonly id: string
  readonly state: string
  readonly seconds: number
  readonly stages: readonly {
    readonly stage: string
    readonly state: string
    readonly tasks: readonly {
      readonly task: string
      readonly state: string
      readonly attempts: number
      readonly nextTryAt: string | null
    }[]
  }[]
}

const read = (id: string): Promise<Staged> => client.ok('GET', `/workflows/${id}`)

const stateOf = ({ stages }: Staged, stage: string): string | undefined =>
  stages.find((one) => one.stage === stage)?.state

const taskOf = ({ stages }: Staged, name: string) =>
  stages.flatMap(({ tasks }) => tasks).find(({ task }) => task === name)

async function start({ orchestration }: Ids): Promise<string> {
  return (await client.ok<{ workflow: string }>('POST', `/orchestrations/${orchestration}/run`)).workflow
}

async function waiting(name: string): Promise<string> {
  const ids = await setUp(service, client, {
    name,
    list: `${name} [sentinel:unavailable]`,
    emails: people(120),
  })
  const id = await start(ids)
  await expect.poll(async () => (await read(id)).stages.some(({ state }) => state === 'retrying')).toBe(true)
  return id
}

test('an ad account that cannot be reached stops the stage Connect, and no other', async () => {
  const ids = await setUp(service, client, { name: 'no account', emails: people(120) })
  service.simulator.faults.plan({ rules: [{ operation: 'ad_accounts/get', kind: '403', times: 50 }] })
  await runOf(service, client, ids)
  service.simulator.faults.clear()
  const [last] = (
    await client.ok<{ items: { id: string }[] }>('GET', `/workflows?orchestrationId=${ids.orchestration}`)
  ).items
  const workflow = await read(last?.id ?? '')
  // Nothing can go on without it.
  expect(await client.fails('POST', `/workflows/${workflow.id}/actions`, { action: 'skip_task' })).toBe(
    'action_not_possible',
  )
  expect(workflow.stages.map(({ stage, state }) => [stage, state]).slice(0, 3)).toEqual([
    ['query', 'succeeded'],
    ['connect', 'failed'],
    ['prepare', 'not_started'],
  ])
  expect(workflow.stages.filter(({ state }) => state === 'failed')).toHaveLength(1)
})

test('a task that is tried again by itself waits for its next try, is tried when a person asks for it, and counts no try that was none', async () => {
  const id = await waiting('try now')
  const before = await read(id)
  expect(before.state).toBe('running')
  expect(before.stages.map(({ state }) => state)).not.toContain('failed')
  const [task] = before.stages.flatMap(({ tasks }) => tasks.filter(({ state }) => state === 'retrying'))
  expect(Date.parse(task?.nextTryAt ?? '')).toBeGreaterThan(Date.now())
  expect(task?.attempts).toBe(1)
  const { items } = await client.ok<{ items: { id: string; nextTryAt: string | null }[] }>(
    'GET',
    '/workflows',
  )
  expect(items.find((one) => one.id === id)?.nextTryAt).toBe(task?.nextTryAt)
  expect(await client.ok('GET', `/workflows/${id}/actions`)).toMatchObject({
    items: [{ action: 'try_now', title: 'Try now' }, { action: 'stop' }],
  })
  expect(await client.ok('POST', `/workflows/${id}/actions`, { action: 'try_now' })).toEqual({
    workflow: id,
    state: 'running',
  })
  const name = task?.task ?? ''
  await expect
    .poll(async () => taskOf(await read(id), name))
    .toMatchObject({ attempts: 2, state: 'retrying' })
  await client.ok('POST', `/workflows/${id}/stop`)
  await ended(service, client, id)
  const after = await read(id)
  expect(taskOf(after, name)).toMatchObject({ attempts: 2, state: 'stopped', nextTryAt: null })
  expect(after.stages.map(({ state }) => state)).not.toContain('failed')
  expect(await client.fails('POST', `/workflows/${id}/actions`, { action: 'try_now' })).toBe(
    'action_not_possible',
  )
})

test('waiting for a person is no part of the duration, and going on is no further attempt', async () => {
  const ids = await setUp(service, client, { name: 'approved late', emails: people(300) })
  await runOf(service, client, ids)
  await writeCustomers(service, 'approved late', people(120))
  const { id } = await runOf(service, client, ids)
  const [waits] = (await read(id)).stages.flatMap(({ tasks }) =>
    tasks.filter(({ state }) => state === 'waiting'),
  )
  const { db } = service.platform.store
  await sql`update workflow set started_at = started_at - interval '3 hours',
    ended_at = ended_at - interval '3 hours' where id = ${id}`.execute(db)
  await client.ok('POST', `/workflows/${id}/actions`, { action: 'approve' })
  expect(await ended(service, client, id)).toMatchObject({ state: 'succeeded' })
  const after = await read(id)
  expect(after.seconds).toBeLessThan(3_600)
  expect(taskOf(after, waits?.task ?? '')).toMatchObject({ state: 'succeeded', attempts: 1 })
})

test('a person skips the audience: the workflow goes on with the next task, says so, and is warned of', async () => {
  const ids = await setUp(service, client, { name: 'no audience', emails: people(120) })
  service.simulator.faults.plan({ rules: [{ operation: 'audiences/create', kind: '400-1', times: 50 }] })
  const { id } = await runOf(service, client, ids)
  service.simulator.faults.clear()
  expect(stateOf(await read(id), 'audience')).toBe('failed')
  await client.ok('POST', `/workflows/${id}/actions`, { action: 'skip_task' })
  const after = await ended(service, client, id)
  expect(after).toMatchObject({ state: 'succeeded', error: null })
  expect(stateOf(await read(id), 'audience')).toBe('skipped')
  expect(stateOf(await read(id), 'verify')).toBe('succeeded')
  expect(after.warnings.map(({ code }) => code)).toEqual(['task_skipped'])
  expect(after.log.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^Task skipped by API key /))
  const { items } = await administrator.ok<{ items: { action: string; objectId: string }[] }>(
    'GET',
    '/activity?action=workflow.skip_task',
  )
  expect(items).toHaveLength(1)
})

test('a task that its process left in the middle is what the workflow failed at', async () => {
  const ids = await setUp(service, client, { name: 'left', emails: people(120) })
  const { id } = await runOf(service, client, ids)
  const { db } = service.platform.store
  await sql`update workflow set state = 'failed', error = '{"code":"interrupted","data":{}}' where id = ${id}`.execute(
    db,
  )
  await sql`update task set state = 'running', ended_at = null where workflow_id = ${id} and name = 'verify'`.execute(
    db,
  )
  const left = await read(id)
  expect(stateOf(left, 'audience')).toBe('succeeded')
  expect(stateOf(left, 'verify')).toBe('failed')
})
