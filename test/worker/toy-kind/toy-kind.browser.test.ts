import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listRuns } from '../../../src/history/status.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import { ended } from '../../server/support.ts'
import type { Client } from '../../server/support.ts'
import { makeFolder } from '../../support/folder.ts'
import { converse } from '../../support/processes.ts'
import type { Conversation } from '../../support/processes.ts'
import { look, openConsole } from '../../web/console.ts'
import type { Console } from '../../web/console.ts'
import { schedule } from './kind.ts'
import { ROUND } from './round.ts'

/** A kind of workflow that is known by its entry in the registry alone. */

let console: Console
let client: Client

beforeAll(async () => {
  console = await openConsole()
  client = await console.service.as(['datagrid_administrator'])
})

afterAll(() => console.close())

interface Place {
  readonly folder: string
  readonly has: (name: string) => Promise<boolean>
  readonly put: (name: string) => Promise<void>
  readonly take: (name: string) => Promise<void>
}

async function depot(): Promise<Place> {
  const { dir: folder } = await makeFolder('depot')
  return {
    folder,
    has: async (name) => (await readdir(folder)).includes(name),
    put: (name) => writeFile(join(folder, name), ''),
    take: (name) => rm(join(folder, name)),
  }
}

interface Shown {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly state: string
  readonly list: unknown
  readonly listId: unknown
  readonly parent: string | null
  readonly summary: string | null
  readonly error: { readonly code: string } | null
  readonly stages: readonly { readonly stage: string; readonly state: string }[]
  readonly log: readonly { readonly text: string }[]
}

async function listed(query: string): Promise<readonly Shown[]> {
  return (await client.ok<{ items: Shown[] }>('GET', `/workflows?${query}`)).items
}

function shown(id: string): Promise<Shown> {
  return client.ok('GET', `/workflows/${id}`)
}

async function start(place: Place, of: Parameters<typeof schedule>[2]): Promise<string> {
  const { platform, queue } = console.service
  const id = await schedule(platform, { folder: place.folder, parcels: 3 }, of)
  await queue.runWorkflow(id)
  return id
}

/** Records a workflow whose parts are these vans. */
async function scheduleRound(name: string, vans: Readonly<Record<string, Place>>): Promise<Round> {
  const whole = await depot()
  const folders = Object.entries(vans).map(([van, { folder }]) => [van, folder])
  const inputs = { folder: whole.folder, vans: Object.fromEntries(folders) as object }
  return { whole, id: await schedule(console.service.platform, inputs, { name }, ROUND) }
}

interface Round {
  readonly whole: Place
  readonly id: string
}

async function packedOnce({ folder }: Place): Promise<void> {
  expect(await readFile(join(folder, 'packed'), 'utf8')).toBe('.')
}

function untilDelivering(place: Place): Promise<void> {
  return expect.poll(() => place.has('delivering'), { interval: 20 }).toBe(true)
}

/** That of the service, for another process. */
function databaseUrl(): string {
  const { user, password, host, database } = console.service.platform.store.connection
  if (typeof password !== 'string') throw new TypeError('the test database has a password')
  return `postgres://${user}:${password}@/${database}?host=${encodeURIComponent(host ?? '')}`
}

/** A worker in a process of its own. */
async function startProcess(): Promise<Conversation> {
  const worker = converse('test/worker/toy-kind/toy-worker.ts', [], {
    env: { ROLLCALL_HOME: console.service.platform.home.dir, DATABASE_URL: databaseUrl() },
  })
  expect(await worker.ask()).toBe('started')
  return worker
}

test('a workflow of the kind goes on under another worker when its process is killed, and does no task twice', async () => {
  const place = await depot()
  await place.put('held')
  const { platform } = console.service
  const id = await schedule(platform, { folder: place.folder, parcels: 2 }, { name: 'Killed' })
  const worker = await startProcess()
  await untilDelivering(place)
  await worker.kill('SIGKILL')
  await place.take('held')
  const next = await console.service.startWorker()
  expect(await ended(console.service, client, id)).toMatchObject({ state: 'succeeded' })
  expect(await readFile(join(place.folder, 'packed'), 'utf8')).toBe('.')
  const { log } = await shown(id)
  expect(log.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^Taken over from worker /))
  await next.close()
})

test('a workflow of no orchestration goes on under another worker when its own shuts down in order', async () => {
  const place = await depot()
  await place.put('held')
  const { platform } = console.service
  const id = await schedule(platform, { folder: place.folder, parcels: 1 }, { name: 'Handed over' })
  const first = await console.service.startWorker()
  await untilDelivering(place)
  await first.close()
  await place.take('held')
  const next = await console.service.startWorker()
  expect(await ended(console.service, client, id)).toMatchObject({ state: 'succeeded' })
  await packedOnce(place)
  await next.close()
})

test('parts are started once, though the process of the whole dies after that, and one place is enough for all', async () => {
  const { platform } = console.service
  await writeFile(join(platform.home.dir, 'settings.json'), JSON.stringify({ workflowsAtOnce: 1 }))
  const [north, south] = [await depot(), await depot()]
  const { whole, id } = await scheduleRound('Killed round', { North: north, South: south })
  await whole.put('dies')
  const worker = await startProcess()
  await worker.ended
  await whole.take('dies')
  const begun = await listed(`parent=${id}`)
  expect(begun.map(({ name, state }) => [name, state])).toEqual([
    ['South', 'scheduled'],
    ['North', 'scheduled'],
  ])
  const { holder } = await platform.store.db
    .selectFrom('workflow')
    .select('holder')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(holder).toMatch(/^worker /)
  const next = await startProcess()
  const { state, stages } = await ended(console.service, client, id)
  expect(state).toBe('succeeded')
  // The one that died, and the one that waited.
  expect(stages).toMatchObject([{ tasks: [{ attempts: 2, output: { sent: 2, skipped: 0 } }] }, {}])
  const parts = await listed(`parent=${id}`)
  expect(parts.map((part) => [part.id, part.state])).toEqual(begun.map((part) => [part.id, 'succeeded']))
  for (const van of [north, south]) await packedOnce(van)
  await next.kill('SIGTERM')
})

test('of two workflows that share a process, the one that ends it each time fails, and the other succeeds', async () => {
  const [guilty, innocent] = [await depot(), await depot()]
  const { platform } = console.service
  await writeFile(join(platform.home.dir, 'settings.json'), JSON.stringify({ lostProcessesMax: 2 }))
  for (const name of ['deadly', 'lonely']) await guilty.put(name)
  for (const name of ['held', 'slow']) await innocent.put(name)
  const inputs = { parcels: 2 }
  const guiltyId = await schedule(platform, { ...inputs, folder: guilty.folder }, { name: 'Guilty' })
  const innocentId = await schedule(platform, { ...inputs, folder: innocent.folder }, { name: 'Innocent' })
  const first = await startProcess()
  await first.ended
  await guilty.take('lonely')
  await innocent.take('held')
  const second = await startProcess()
  await second.ended
  const last = await startProcess()
  expect(await ended(console.service, client, innocentId)).toMatchObject({ state: 'succeeded', error: null })
  expect(await ended(console.service, client, guiltyId)).toMatchObject({
    state: 'failed',
    error: { code: 'process_keeps_ending' },
  })
  expect(await readFile(join(guilty.folder, 'deaths'), 'utf8')).toBe('with others\nalone\n')
  await last.kill('SIGTERM')
})

describe('a workflow of the kind', () => {
  beforeAll(async () => {
    await console.service.startWorker()
  })

  test('runs to its end, and is shown in the API, on the command line and in the console, with its parts', async () => {
    const place = await depot()
    await place.put('held')
    const id = await start(place, { name: 'Parcels' })
    await untilDelivering(place)
    const part = await start(await depot(), { name: 'Parcels, second van', parent: id })
    await ended(console.service, client, part)
    await place.take('held')
    expect(await ended(console.service, client, id)).toMatchObject({ state: 'succeeded', error: null })
    expect(await place.has('parcel 2')).toBe(true)
    const [second, first] = await listed('kind=toy')
    expect(first).toMatchObject({ id, name: 'Parcels', list: null, listId: null, parent: null })
    expect(first?.summary).toBe('3 parcels delivered')
    expect(second).toMatchObject({ id: part, parent: id })
    expect((await listed(`parent=${id}`)).map((one) => one.id)).toEqual([part])
    expect(await shown(id)).toMatchObject({
      list: null,
      summary: '3 parcels delivered',
      stages: [
        { stage: 'pack', state: 'succeeded' },
        { stage: 'deliver', state: 'succeeded' },
      ],
    })
    const { items: cards } = await client.ok<{ items: object[] }>('GET', '/notifications?search=Parcels')
    expect(cards).toContainEqual(
      expect.objectContaining({
        title: 'Parcels → the depot',
        text: '3 parcels delivered',
        kind: 'completed',
      }),
    )
    expect(cards).not.toContainEqual(expect.objectContaining({ workflow: part }))
    const production = inWorkspace(console.service.platform.store.db, PRODUCTION)
    const runs = await listRuns(production, { limit: 5, list: null })
    expect(runs).toContainEqual(expect.objectContaining({ workflow: id, summary: '3 parcels delivered' }))
    const page = await console.signedIn('datagrid_administrator', { at: '/workflows?kind=toy' })
    const row = page.getByRole('row', { name: /Parcels, second van/ })
    await row.getByText('3 parcels delivered').waitFor()
    await row.getByRole('link', { name: 'Parcels, second van' }).click()
    await page.getByRole('list', { name: 'Stages' }).getByText('Deliver').waitFor()
  })

  test('is stopped by a person, and goes on when it is tried again', async () => {
    const place = await depot()
    await place.put('held')
    const id = await start(place, { name: 'Stopped' })
    await untilDelivering(place)
    await client.ok('POST', `/workflows/${id}/stop`)
    expect(await ended(console.service, client, id)).toMatchObject({ state: 'stopped' })
    await place.take('held')
    await client.ok('POST', `/workflows/${id}/actions`, { action: 'retry' })
    expect(await ended(console.service, client, id)).toMatchObject({ state: 'succeeded' })
    expect(await readFile(join(place.folder, 'packed'), 'utf8')).toBe('.')
  })

  test('goes on without a task that may be skipped, and warns of it', async () => {
    const place = await depot()
    await place.put('broken')
    const id = await start(place, { name: 'Skipped' })
    expect(await ended(console.service, client, id)).toMatchObject({ state: 'failed' })
    const { items } = await client.ok<{ items: { action: string }[] }>('GET', `/workflows/${id}/actions`)
    expect(items.map(({ action }) => action)).toEqual(['retry', 'restart', 'stop', 'skip_task'])
    await client.ok('POST', `/workflows/${id}/actions`, { action: 'skip_task' })
    const after = await ended(console.service, client, id)
    expect(after).toMatchObject({ state: 'succeeded', stages: [{}, { state: 'skipped' }] })
    expect(after.warnings.map(({ code }) => code)).toEqual(['task_skipped'])
    expect(await place.has('parcel 0')).toBe(false)
    expect(await client.fails('POST', `/workflows/${id}/actions`, { action: 'skip_task' })).toBe(
      'action_not_possible',
    )
  })

  test('a part that failed is shown with its own error, and the whole goes on without it when a person skips it', async () => {
    const [good, bad] = [await depot(), await depot()]
    await bad.put('broken')
    const { id } = await scheduleRound('Round', { 'Good van': good, 'Bad van': bad })
    const whole = await ended(console.service, client, id)
    expect(whole).toMatchObject({ state: 'failed', parts: 2 })
    expect(whole.error?.message).toBe(
      'Part failed: "Bad van" did not succeed. Open each failed part to see why.',
    )
    const parts = await listed(`parent=${id}`)
    const part = parts.find(({ name }) => name === 'Bad van')
    const other = parts.find(({ name }) => name === 'Good van')
    expect(part).toMatchObject({ state: 'failed', error: { code: 'pinterest_refused' } })
    expect(other).toMatchObject({ state: 'succeeded' })
    const page = await console.signedIn('datagrid_administrator', { at: `/workflows/${id}` })
    const row = page.getByRole('table', { name: 'Parts' }).getByRole('row', { name: /Bad van/ })
    await row.getByText('Pinterest refused a request').waitFor()
    await look(page, 'workflow-parts-light')
    await row.getByRole('link', { name: 'Bad van' }).click()
    await page.getByText('the van is broken').first().waitFor()
    await page.getByRole('link', { name: 'Round', exact: true }).waitFor()
    await look(page, 'workflow-part-failed-light')
    const path = `/workflows/${part?.id}/actions`
    const { items } = await client.ok<{ items: { action: string }[] }>('GET', path)
    expect(items.map(({ action }) => action)).toEqual(['retry', 'stop', 'skip_task', 'skip_part'])
    expect(await client.ok('POST', path, { action: 'skip_part' })).toEqual({
      workflow: part?.id,
      state: 'skipped',
    })
    const after = await ended(console.service, client, id)
    expect(after).toMatchObject({
      state: 'succeeded',
      stages: [{ tasks: [{ output: { sent: 1, skipped: 1 } }] }, {}],
    })
    expect(after.warnings.map(({ code }) => code)).toEqual(['part_skipped'])
    const logged = expect.stringMatching(/^Part skipped: .* skipped the part "Bad van"/) as string
    expect((await shown(id)).log.map(({ text }) => text)).toContainEqual(logged)
    expect(await client.fails('POST', path, { action: 'skip_part' })).toBe('action_not_possible')
  })

  test('its parts stop with it, and those that did not succeed go on with it', async () => {
    const [held, done] = [await depot(), await depot()]
    await held.put('held')
    const { id } = await scheduleRound('Stopped round', { Held: held, Done: done })
    await untilDelivering(held)
    const states = async () =>
      (await listed(`parent=${id}`)).map(({ name, state }) => `${name} ${state}`).toSorted()
    await expect.poll(states, { interval: 50, timeout: 180_000 }).toContain('Done succeeded')
    await client.ok('POST', `/workflows/${id}/stop`)
    expect(await ended(console.service, client, id)).toMatchObject({ state: 'stopped' })
    expect(await states()).toEqual(['Done succeeded', 'Held stopped'])
    await held.take('held')
    await client.ok('POST', `/workflows/${id}/actions`, { action: 'retry' })
    expect(await ended(console.service, client, id)).toMatchObject({ state: 'succeeded' })
    for (const van of [held, done]) await packedOnce(van)
  })

  test('what an earlier version of a task has left is read in the form of this one', async () => {
    const id = await start(await depot(), { name: 'Old' })
    await ended(console.service, client, id)
    await console.service.platform.store.db
      .updateTable('task')
      .set({ output: '{"names":["a","b"]}', output_version: 1 })
      .where('workflow_id', '=', id)
      .where('name', '=', 'deliver')
      .execute()
    expect((await shown(id)).summary).toBe('2 parcels delivered')
  })
})
