import { afterEach, expect, test } from 'vitest'
import { localPrincipal } from '../../src/access/permissions.ts'
import type { Principal } from '../../src/access/permissions.ts'
import { listWorkflows } from '../../src/history/workflows.ts'
import { countUnread } from '../../src/notify/notifications.ts'
import { resolveHere } from '../../src/workflow/resolve-here.ts'
import { noteProgress, noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { openActions } from '../../src/workflow/actions.ts'
import { getWorkflow } from '../../src/workflow/workflow-store.ts'
import { visibilityOf } from '../../src/workspace/seen.ts'
import { emptyTables } from '../support/empty-tables.ts'
import { openTrips } from './trips.ts'
import type { Leg } from './trips.ts'

/** Actions on a workflow look at what it is part of, at its own parts and at newer runs. */

const trips = openTrips()
const { act, find, refused, states, travel, will, work, workOn } = trips

afterEach(async () => emptyTables(trips.platform.store.db, ['workflow', 'notification']))

const north: Leg = { name: 'North', road: 'north', maySkip: true }
const south: Leg = { name: 'South', road: 'south', maySkip: true }

/** A trip whose parts have begun: those that are named fail. */
async function underway(leg: Partial<Leg>, ...failing: readonly string[]): Promise<string> {
  const id = await trips.plan({ name: 'Trip', legs: [north, south], ...leg })
  await workOn(id)
  for (const name of failing) will((await find(name)).id, 'fails')
  return id
}

async function offered(id: string): Promise<readonly string[]> {
  const workflow = await getWorkflow(trips.platform.store.db, id)
  if (workflow === undefined) throw new TypeError('it is gone')
  return openActions(trips.platform.store.db, workflow)
}

async function card(id: string) {
  return trips.platform.store.db
    .selectFrom('notification')
    .select(['kind', 'code', 'text', 'admin_only'])
    .where('workflow_id', '=', id)
    .executeTakeFirst()
}

async function progress(id: string) {
  return trips.platform.store.db
    .selectFrom('workflow_progress')
    .select(['done', 'total', 'unit'])
    .where('workflow_id', '=', id)
    .executeTakeFirst()
}

test('a part that a newer run of its subject has replaced stays as it is when its whole is retried, and may be skipped', async () => {
  const trip = await underway({}, 'North', 'South')
  await work()
  await travel('north')
  for (const { id } of [await find('North'), await find('South')]) will(id, 'arrives')
  const { id: replaced } = await find('North')
  expect(await refused(replaced, 'retry')).toBe('action_not_possible')
  await act(trip, 'retry')
  await work()
  expect(await states()).toEqual(['Trip failed', 'North failed', 'South succeeded', ' succeeded'])
  // It could only fail again.
  expect(await refused(trip, 'retry')).toBe('action_not_possible')
  expect(await offered(trip)).not.toContain('retry')
  expect(await offered(replaced)).toEqual(['skip_part'])
  await act(replaced, 'skip_part')
  await work()
  expect((await find('Trip')).state).toBe('succeeded')
})

test('no part is skipped, retried or approved under a whole that a newer run has replaced', async () => {
  await underway({ road: 'all' }, 'North')
  await work()
  await travel('all')
  const { id } = await find('North')
  for (const action of ['skip_part', 'retry']) expect(await refused(id, action)).toBe('action_not_possible')
  expect(await offered(id)).toEqual([])
  await work()
  expect(await states()).toEqual(['Trip failed', 'North failed', 'South succeeded', ' succeeded'])
})

test('a part cannot be retried under a whole that is stopped, and goes on with it', async () => {
  const trip = await underway({}, 'North')
  await work()
  await act(trip, 'stop')
  const { id } = await find('North')
  expect(await refused(id, 'retry')).toBe('action_not_possible')
  expect(await refused(id, 'skip_part')).toBe('action_not_possible')
  will(id, 'arrives')
  await act(trip, 'retry')
  await work()
  expect(await states()).toEqual(['Trip succeeded', 'North succeeded', 'South succeeded'])
})

test('a part that was skipped cannot be retried: its whole went on without it', async () => {
  const trip = await underway({}, 'North')
  will(trip, 'fails')
  await work()
  const { id } = await find('North')
  await act(id, 'skip_part')
  await work()
  expect(await find('Trip')).toMatchObject({ state: 'failed', error: 'pinterest_refused' })
  expect(await refused(id, 'retry')).toBe('action_not_possible')
  expect(await offered(id)).toEqual([])
})

test('a whole and a part of the same subject do not replace each other', async () => {
  const trip = await underway({ road: 'north' }, 'North')
  await work()
  expect(await find('Trip')).toMatchObject({ state: 'failed', error: 'part_failed' })
  expect(await offered(trip)).toContain('retry')
  will((await find('North')).id, 'asks')
  await act(trip, 'retry')
  await work()
  expect(await states()).toEqual(['Trip running', 'North waiting', 'South succeeded'])
  will((await find('North')).id, 'arrives')
  await act((await find('North')).id, 'approve')
  await work()
  expect(await find('Trip')).toMatchObject({ state: 'succeeded' })
})

test('a whole goes on by itself once its part that failed is retried', async () => {
  await underway({}, 'North', 'South')
  await work()
  const [first, second] = [await find('North'), await find('South')]
  for (const { id } of [first, second]) will(id, 'arrives')
  await act(first.id, 'retry')
  await work()
  expect(await states()).toEqual(['Trip failed', 'North succeeded', 'South failed'])
  await act(second.id, 'retry')
  expect((await find('Trip')).state).toBe('scheduled')
  await work()
  expect(await states()).toEqual(['Trip succeeded', 'North succeeded', 'South succeeded'])
})

test('what a part is part of goes on over all levels', async () => {
  await underway({ legs: [{ name: 'East', legs: [north] }] })
  await workOn((await find('East')).id)
  const { id } = await find('North')
  will(id, 'fails')
  await work()
  expect(await states()).toEqual(['Trip failed', 'East failed', 'North failed'])
  will(id, 'arrives')
  await act(id, 'retry')
  await work()
  expect(await states()).toEqual(['Trip succeeded', 'East succeeded', 'North succeeded'])
})

test('the card of a part asks for nothing once the part is stopped with its whole', async () => {
  const trip = await underway({})
  const { id } = await find('North')
  will(id, 'asks')
  await work()
  expect(await card(id)).toMatchObject({ kind: 'warning', code: 'large_removal' })
  await act(trip, 'stop')
  expect(await card(id)).toMatchObject({ kind: 'warning', code: 'stopped' })
})

test('parts that wait end with the whole that a newer run replaces', async () => {
  const trip = await underway({ road: 'all' })
  const { id } = await find('North')
  will(id, 'asks')
  await work()
  await trips.platform.store.db
    .updateTable('workflow')
    .set({
      state: 'failed',
      error: '{"code":"process_keeps_ending","data":{"times":"3 times","task":"legs"}}',
    })
    .where('id', '=', trip)
    .execute()
  await travel('all')
  expect(await find('North')).toMatchObject({ state: 'stopped' })
  expect(await card(id)).toMatchObject({ code: 'stopped' })
})

test('a part that has not begun does not once a newer run of its subject has', async () => {
  await underway({})
  const { id } = await find('North')
  const other = await trips.plan({ name: 'Other', road: 'north' })
  await workOn(other)
  expect((await find('Other')).state).toBe('succeeded')
  await workOn(id)
  expect(await find('North')).toMatchObject({ state: 'stopped' })
  await work()
  expect(await find('Trip')).toMatchObject({ state: 'failed', error: 'part_failed' })
})

test('the progress of a whole is how many of its parts are over', async () => {
  const trip = await underway({})
  await noteWorkflow(trips.platform.store.db, trip)
  expect(await progress(trip)).toEqual({ done: 0, total: 2, unit: 'parts' })
  await workOn((await find('North')).id)
  expect(await progress(trip)).toEqual({ done: 1, total: 2, unit: 'parts' })
})

test('how far a part is, is noted though it has no card', async () => {
  const { db } = trips.platform.store
  await underway({})
  const { id } = await find('North')
  await db.updateTable('workflow').set({ state: 'running' }).where('id', '=', id).execute()
  await noteProgress(db, id, { task: 'rest', done: 3, total: 9, unit: 'miles' })
  expect(await progress(id)).toEqual({ done: 3, total: 9, unit: 'miles' })
  expect(await card(id)).toBeUndefined()
})

test('the card of a part is for those who may see the whole, whatever has been deleted', async () => {
  const { db } = trips.platform.store
  const trip = await underway({})
  const { id } = await find('North')
  will(id, 'asks')
  await work()
  // A name is what is left of an orchestration and its destination.
  expect(await card(id)).toMatchObject({ admin_only: true })
  await noteWorkflow(db, trip)
  expect(await card(trip)).toMatchObject({ admin_only: true })
  await db.updateTable('workflow').set({ name: null }).where('id', '=', trip).execute()
  await noteWorkflow(db, id)
  expect(await card(id)).toMatchObject({ admin_only: false })
})

test('a part is seen by those who may see its whole, whatever its own name is', async () => {
  const { db } = trips.platform.store
  const trip = await underway({})
  const analyst: Principal = { ...localPrincipal, id: 'analyst', policies: ['analyst'] }
  const seen = async (): Promise<number> => {
    const page = { limit: 10, cursor: null }
    return (await listWorkflows(trips.tenant.db, analyst, {}, page)).items.length
  }
  expect(await seen()).toBe(0)
  await db.updateTable('workflow').set({ name: null }).where('id', '=', trip).execute()
  expect(await seen()).toBe(3)
})

test('a whole that failed wants a person, though a part of the same subject is newer than it', async () => {
  const viewer = { principalId: 'someone', visibility: visibilityOf(localPrincipal) }
  await underway({ road: 'north' }, 'North')
  await work()
  expect(await countUnread(trips.tenant.db, viewer)).toMatchObject({ wanting: 1 })
  await travel('north')
  expect(await countUnread(trips.tenant.db, viewer)).toMatchObject({ wanting: 0 })
})

test('the command line says what became of a part that it skips', async () => {
  await underway({}, 'North')
  await work()
  const { id } = await find('North')
  const { services } = trips
  const options = { services, signal: new AbortController().signal, wait: false, onEvent: () => {} }
  expect(await resolveHere({ ...options, workflowId: id, action: 'skip_part' })).toBe('skipped')
  expect((await find('Trip')).state).toBe('scheduled')
})

test('actions on a whole and on its parts at the same time come one after the other', async () => {
  for (let round = 0; round < 5; round += 1) {
    const trip = await underway({ road: `all ${round}` }, 'North', 'South')
    await work()
    const ids = [(await find('North')).id, (await find('South')).id]
    const wanted = [
      [trip, 'retry'],
      [trip, 'stop'],
      ...ids.flatMap((id) => [
        [id, 'retry'],
        [id, 'skip_part'],
        [id, 'stop'],
      ]),
    ] as const
    // A deadlock is no error of the catalogue.
    const codes = await Promise.all(wanted.map(([id = '', action = '']) => refused(id, action)))
    expect(
      codes.filter((code) => !['taken', 'action_not_possible', 'already_running'].includes(code)),
    ).toEqual([])
  }
})
