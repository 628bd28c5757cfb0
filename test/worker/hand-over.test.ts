import { afterEach, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { hashEmail } from '../../src/members/email.ts'
import { insertWorkflow } from '../../src/workflow/workflow-store.ts'
import { ended, openService, people, setUp } from '../server/support.ts'
import type { Client, Ids, Service } from '../server/support.ts'
import { allWorkspaces, inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'

let service: Service

afterEach(async () => {
  await service.close()
})

async function start(client: Client, ids: Ids): Promise<string> {
  return (await client.ok<{ workflow: string }>('POST', `/orchestrations/${ids.orchestration}/run`)).workflow
}

test('a worker that is told to end leaves what runs at its last batch, and the next one finishes it', async () => {
  service = await openService({ limits: { batchSize: 10, batchesInFlight: 2 } })
  const client = await service.as(['datagrid_operator'])
  const ids = await setUp(service, client, { name: 'handed over', emails: people(400) })
  service.simulator.faults.plan({
    rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 20, times: 1_000 }],
  })
  const first = await service.startWorker()
  const workflow = await start(client, ids)
  const updates = () =>
    service.simulator.control.calls().filter(({ operation }) => operation === 'customer_lists/update').length
  await expect.poll(updates, { interval: 5 }).toBeGreaterThan(5)
  await first.close()
  expect(await client.ok('GET', `/workflows/${workflow}`)).toMatchObject({ state: 'running', error: null })
  const sentByFirst = updates()
  expect(sentByFirst).toBeLessThan(39)
  await service.startWorker()
  const view = await ended(service, client, workflow)
  expect(view).toMatchObject({ state: 'succeeded', changes: { added: 400 } })
  expect(view.log.map(({ text }) => text)).toContainEqual(expect.stringContaining('Taken over from'))
  // The list was made with the first batch. What was under way at the end may have been sent twice.
  expect(updates()).toBeLessThanOrEqual(39 + 2)
  const [list] = service.simulator.control.lists(AD_ACCOUNTS.owned, 'handed over')
  expect(service.simulator.control.members(list?.id ?? '')).toEqual(people(400).map(hashEmail).toSorted())
})

test('a workflow that waits for Pinterest keeps no other from running, and can be stopped', async () => {
  service = await openService({ limits: { workflowsAtOnce: 1, taskWaitMs: 60_000, taskWaitForMs: 600_000 } })
  const client = await service.as(['datagrid_operator'])
  const waits = await setUp(service, client, {
    name: 'waits',
    list: 'W [sentinel:unavailable]',
    emails: people(120),
  })
  const goes = await setUp(service, client, { name: 'goes', emails: people(120) })
  await service.startWorker()
  const waiting = await start(client, waits)
  const said = async () => {
    const { log } = await client.ok<{ log: { text: string }[] }>('GET', `/workflows/${waiting}`)
    return log.map(({ text }) => text).join('\n')
  }
  await expect.poll(said).toContain('Retrying in 1 minute.')
  expect(await ended(service, client, await start(client, goes))).toMatchObject({ state: 'succeeded' })
  expect(await client.ok('GET', `/workflows/${waiting}`)).toMatchObject({ state: 'running' })
  await client.ok('POST', `/workflows/${waiting}/stop`)
  expect(await ended(service, client, waiting)).toMatchObject({ state: 'stopped' })
})

test('a workflow that nobody has begun is stopped at once', async () => {
  service = await openService()
  const client = await service.as(['datagrid_operator'])
  const ids = await setUp(service, client, { name: 'never begun', emails: people(120) })
  const workflow = await start(client, ids)
  expect(await client.ok('GET', `/workflows/${workflow}/actions`)).toMatchObject({
    items: [{ action: 'stop' }],
  })
  expect(await client.ok('POST', `/workflows/${workflow}/stop`)).toMatchObject({ state: 'stopped' })
  await service.startWorker()
  expect(await ended(service, client, await start(client, ids))).toMatchObject({ state: 'succeeded' })
  expect(await client.ok('GET', `/workflows/${workflow}`)).toMatchObject({ state: 'stopped' })
})

test('a workflow that lost its last process is given up with a card, and runs anew once a person resolves it', async () => {
  service = await openService({ limits: { lostProcessesMax: 3 } })
  const client = await service.as(['datagrid_operator'])
  const ids = await setUp(service, client, { name: 'kills', emails: people(120) })
  const workflow = await start(client, ids)
  const { db } = service.platform.store
  const lost = { state: 'running', holder: 'worker gone:1', lost_processes: 2 } as const
  await db.updateTable('workflow').set(lost).where('id', '=', workflow).execute()
  await service.startWorker()
  const code = 'process_keeps_ending'
  expect(await ended(service, client, workflow)).toMatchObject({ state: 'failed', error: { code } })
  await expect
    .poll(async () => client.ok('GET', '/notifications'))
    .toMatchObject({ items: [{ kind: 'error', code, workflow }] })
  await client.ok('POST', `/workflows/${workflow}/actions`, { action: 'retry' })
  expect(await ended(service, client, workflow)).toMatchObject({ state: 'succeeded' })
})

test('a command that was killed does not keep its list from the service', async () => {
  service = await openService()
  const client = await service.as(['datagrid_operator'])
  const ids = await setUp(service, client, { name: 'killed command', emails: people(120) })
  const { db } = service.platform.store
  const { target_id: listId } = await allWorkspaces(db)
    .selectFrom('orchestration')
    .select('target_id')
    .where('id', '=', ids.orchestration)
    .executeTakeFirstOrThrow()
  const killed = await insertWorkflow(inWorkspace(db, PRODUCTION), {
    kind: 'sync',
    subject: listId,
    inputs: () => ({ list: 'x' }),
    holder: 'gone:1',
  })
  await service.startWorker()
  expect(await ended(service, client, await start(client, ids))).toMatchObject({ state: 'succeeded' })
  const { state } = await db
    .selectFrom('workflow')
    .select('state')
    .where('id', '=', killed)
    .executeTakeFirstOrThrow()
  expect(state).toBe('failed')
})
