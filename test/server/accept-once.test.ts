import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { membersOf } from '../destinations/customer-list/support.ts'
import { setThresholds } from './mending.ts'
import { actOn, ended, membersOn, openService, people, runOf, setUp, writeCustomers } from './support.ts'
import type { Client, Ids, Service, WorkflowView } from './support.ts'
import type { RunningWorker } from '../../src/worker/worker.ts'

queriesRunHere()

/** A run that a query threshold stopped goes on with its rows, once, and the thresholds stay. */

let service: Service
let operator: Client
let worker: RunningWorker

beforeAll(async () => {
  service = await openService()
  worker = await service.startWorker()
  operator = await service.as(['datagrid_operator'])
})

afterAll(() => service.close())

const run = (ids: Ids): Promise<WorkflowView> => runOf(service, operator, ids)

const act = (workflow: string, action: string): Promise<WorkflowView> =>
  actOn(service, operator, workflow, action)

const onList = (name: string): string[] => membersOn(service, name)

/** A list of 150, and a run of 120 rows that the threshold of 130 stopped. */
async function stopped(name: string): Promise<{ ids: Ids; failed: WorkflowView }> {
  const ids = await setUp(service, operator, { name, emails: people(150) })
  await run(ids)
  await setThresholds(operator, ids, { failBelow: 130 })
  await writeCustomers(service, name, people(120))
  const failed = await run(ids)
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'threshold_not_met' } })
  return { ids, failed }
}

test('the rows that were read are sent, though the source holds others by now; the thresholds stay', async () => {
  const { ids, failed } = await stopped('accepted')
  const { items } = await operator.ok<{ items: { action: string; subjects: { type: string }[] }[] }>(
    'GET',
    `/workflows/${failed.id}/actions`,
  )
  expect(items.slice(0, 2)).toMatchObject([
    { action: 'threshold_not_met' },
    { action: 'accept_once', subjects: [{ type: 'query' }] },
  ])
  await writeCustomers(service, 'accepted', people(90, 500))
  expect(await act(failed.id, 'accept_once')).toMatchObject({
    id: failed.id,
    state: 'succeeded',
    changes: { removed: 30 },
  })
  expect(onList('accepted')).toEqual(membersOf(people(120)))
  expect(await operator.ok('GET', `/queries/${ids.query}`)).toMatchObject({ thresholds: { failBelow: 130 } })
  expect(await run(ids)).toMatchObject({ state: 'failed', error: { code: 'threshold_not_met' } })
  const administrator = await service.as(['datagrid_administrator'])
  const log = await administrator.ok<{ items: { action: string; object: { id: string } | null }[] }>(
    'GET',
    '/activity?limit=200',
  )
  expect(log.items.map(({ action }) => action)).toContain('workflow.accept_once')
})

test('rows that are read anew are held against the thresholds again', async () => {
  const { failed } = await stopped('read anew')
  await writeCustomers(service, 'read anew', people(110))
  expect(await act(failed.id, 'retry')).toMatchObject({
    id: failed.id,
    state: 'failed',
    error: { code: 'threshold_not_met' },
    rows: { received: 110 },
  })
  expect(await act(failed.id, 'restart')).toMatchObject({ error: { code: 'threshold_not_met' } })
  expect(onList('read anew')).toEqual(membersOf(people(150)))
})

test('a retry of rows that were accepted and could not be sent needs no second word', async () => {
  const { failed } = await stopped('sent later')
  service.simulator.faults.plan({
    rules: [{ operation: 'customer_lists/update', kind: '400-1', times: 1_000 }],
  })
  const broken = await act(failed.id, 'accept_once')
  expect(broken).toMatchObject({ state: 'failed', error: { code: 'pinterest_refused' } })
  service.simulator.faults.clear()
  expect(await act(failed.id, 'retry')).toMatchObject({ state: 'succeeded' })
  expect(onList('sent later')).toEqual(membersOf(people(120)))
})

test('what was accepted is still so after a restart of the worker that was about to send it', async () => {
  const { failed } = await stopped('restarted')
  const { faults, control } = service.simulator
  const updates = () =>
    control.calls().filter(({ operation }) => operation === 'customer_lists/update').length
  const before = updates()
  faults.plan({ rules: [{ operation: 'customer_lists/update', kind: 'hang-before', times: 50 }] })
  await operator.ok('POST', `/workflows/${failed.id}/actions`, { action: 'accept_once' })
  await vi.waitUntil(() => updates() > before, { interval: 5, timeout: 180_000 })
  await worker.close()
  faults.clear()
  worker = await service.startWorker()
  expect(await ended(service, operator, failed.id)).toMatchObject({ state: 'succeeded' })
  expect(onList('restarted')).toEqual(membersOf(people(120)))
})

test('other rows than those that were accepted need a word of their own', async () => {
  const { failed } = await stopped('other rows')
  service.simulator.faults.plan({
    rules: [{ operation: 'customer_lists/update', kind: '400-1', times: 1_000 }],
  })
  expect(await act(failed.id, 'accept_once')).toMatchObject({ error: { code: 'pinterest_refused' } })
  service.simulator.faults.clear()
  await writeCustomers(service, 'other rows', people(100))
  const restarted = await act(failed.id, 'restart')
  expect(restarted).toMatchObject({ state: 'failed', error: { code: 'threshold_not_met' } })
  expect(onList('other rows')).toEqual(membersOf(people(150)))
})

test('what is accepted is still judged by the guard', async () => {
  const { ids, failed } = await stopped('judged')
  expect(await act(failed.id, 'accept_once')).toMatchObject({ state: 'succeeded' })
  await writeCustomers(service, 'judged', people(20))
  const small = await run(ids)
  const waiting = await act(small.id, 'accept_once')
  expect(waiting).toMatchObject({ id: small.id, state: 'waiting', error: { code: 'large_removal' } })
  expect(onList('judged')).toEqual(membersOf(people(120)))
  expect(await act(small.id, 'approve')).toMatchObject({ state: 'succeeded' })
  expect(onList('judged')).toEqual(membersOf(people(20)))
})

test('no rows at all can be accepted, and never empty a list', async () => {
  const { ids, failed } = await stopped('none')
  expect(failed.id).toMatch(/^wf_/)
  await writeCustomers(service, 'none', ['nobody'])
  const empty = await run(ids)
  expect(empty).toMatchObject({ error: { code: 'threshold_not_met' } })
  expect(await act(empty.id, 'accept_once')).toMatchObject({ error: { code: 'not_enough_records' } })
  expect(onList('none')).toEqual(membersOf(people(150)))
})

test('who may not run actions, or not send to the destination, is refused', async () => {
  const { ids, failed } = await stopped('refused')
  const body = { action: 'accept_once' }
  const path = `/workflows/${failed.id}/actions`
  const reader = await service.as(['datagrid_operator_read_only'])
  expect(await reader.fails('POST', path, body)).toBe('access_denied')
  const restricted = await service.as(['analyst'], ['restrict_pii_access'])
  expect(await restricted.fails('POST', path, body)).toMatch(/access_denied|workflow_not_found/)
  const { version } = await operator.ok<{ version: number }>('GET', `/destinations/${ids.destination}`)
  await operator.ok('PATCH', `/destinations/${ids.destination}`, { version, adminOnly: true })
  const marketer = await service.as(['analyst'])
  expect(await marketer.fails('POST', path, body)).toMatch(/access_denied|workflow_not_found/)
  expect(onList('refused')).toEqual(membersOf(people(150)))
})

test('rows are those that the query returned, for a count, a threshold and the last run alike; unreadable lines stand beside them', async () => {
  const lines = [...people(120), 'one,too many', 'another,too many']
  const ids = await setUp(service, operator, { name: 'unreadable', emails: lines })
  const counted = await operator.ok('POST', `/queries/${ids.query}/count`, {})
  expect(counted).toMatchObject({ rows: 120, unreadable: 2 })
  await run(ids)
  expect(await operator.ok('GET', `/queries/${ids.query}`)).toMatchObject({
    lastRun: { rows: 120, unreadable: 2 },
  })
  await setThresholds(operator, ids, { failBelow: 121 })
  expect(await run(ids)).toMatchObject({
    error: { code: 'threshold_not_met', message: expect.stringContaining('returned 120 rows') as string },
    rows: { received: 122, invalid: 2 },
  })
})
