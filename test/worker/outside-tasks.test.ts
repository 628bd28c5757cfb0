import { randomBytes } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createSealer } from '../../src/access/seal.ts'
import { addKind, workflowKind } from '../../src/workflow/kind.ts'
import type { WorkflowKind } from '../../src/workflow/kind.ts'
import { tellEnd, untoldEnds } from '../../src/worker/tell-end.ts'
import { getWorkflow } from '../../src/workflow/workflow-store.ts'
import { ended, openService } from '../server/support.ts'
import type { Client, Service, WorkflowView } from '../server/support.ts'
import { makeFolder } from '../support/folder.ts'
import { schedule, toyKind } from './toy-kind/kind.ts'

/** What goes wrong in a worker before the tasks of a workflow run, or between them: it is logged, and the workflow ends with what is true. */

let service: Service
let client: Client
const added: (() => void)[] = []

beforeAll(async () => {
  service = await openService()
  client = await service.as(['datagrid_administrator'])
})

afterEach(() => {
  for (const remove of added.splice(0)) remove()
})

afterAll(() => service.close())

interface Toy {
  readonly id: string
  readonly letGo: () => Promise<void>
  readonly untilDelivering: () => Promise<void>
}

/** A workflow that waits in its second task until it is let go, if its kind gets so far. */
async function toy(name: string, inputs: object = {}, kind = 'toy'): Promise<Toy> {
  const { dir: folder } = await makeFolder('depot')
  const held = join(folder, 'held')
  await writeFile(held, '')
  return {
    id: await schedule(service.platform, { folder, parcels: 1, ...inputs }, { name }, kind),
    letGo: () => rm(held),
    untilDelivering: async () => {
      await expect.poll(() => readdir(folder), { interval: 20 }).toContain('delivering')
    },
  }
}

/** A kind like the toy, apart from this. */
function like(name: string, own: Partial<WorkflowKind>): string {
  added.push(addKind(workflowKind({ ...toyKind, ...own, name })))
  return name
}

async function actionsOf(id: string): Promise<string[]> {
  const { items } = await client.ok<{ items: { action: string }[] }>('GET', `/workflows/${id}/actions`)
  return items.map(({ action }) => action)
}

const lines = (view: WorkflowView): string => view.log.map(({ text }) => text).join('\n')

test('a stored output that does not have its form ends the workflow by its name, and a restart reads everything anew', async () => {
  const { id, letGo, untilDelivering } = await toy('Damaged')
  const first = await service.startWorker()
  await untilDelivering()
  await first.close()
  await letGo()
  const { db } = service.platform.store
  await db
    .updateTable('task')
    .set({ output: '{"parcels":"jane@example.com"}' })
    .where('workflow_id', '=', id)
    .where('name', '=', 'pack')
    .execute()
  const next = await service.startWorker()
  const after = await ended(service, client, id)
  expect(after).toMatchObject({ state: 'failed', error: { code: 'record_damaged' } })
  expect(after.error?.message).toContain('"pack"')
  expect(lines(after)).toContain('Stored data damaged')
  expect(JSON.stringify(after.error) + lines(after)).not.toContain('jane')
  // No process was lost.
  expect((await getWorkflow(db, id))?.lost_processes).toBe(0)
  expect(await actionsOf(id)).toEqual(['restart', 'stop'])
  const { workflow } = await client.ok<{ workflow: string }>('POST', `/workflows/${id}/actions`, {
    action: 'restart',
  })
  expect(await ended(service, client, workflow)).toMatchObject({ state: 'succeeded' })
  await next.close()
})

test.each([
  ['opens', { open: async () => Promise.reject(new TypeError('secret of jane')) }],
  ['is made ready', { prepare: async () => Promise.reject(new TypeError('secret of jane')) }],
  ['is judged', { steps: async () => Promise.reject(new TypeError('secret of jane')) }],
  ['is taken', { take: async () => Promise.reject(new TypeError('secret of jane')) }],
] as const)('a defect while a workflow %s ends it, and is logged with its place', async (when, own) => {
  const { id } = await toy(`Defect while it ${when}`, {}, like('defective', own))
  const worker = await service.startWorker()
  const after = await ended(service, client, id)
  expect(after).toMatchObject({ state: 'failed', error: { code: 'internal_error' } })
  expect(service.log()).toContain(`workflow ${id}: internal_error`)
  expect(lines(after)).toContain('outside-tasks.test.ts')
  expect(service.log() + JSON.stringify(after)).not.toContain('jane')
  expect(await actionsOf(id)).toEqual(['retry', 'restart', 'stop'])
  await worker.close()
})

test('a workflow that a person asked to stop is stopped, whatever keeps it from running', async () => {
  const own = { steps: async () => Promise.reject(new TypeError('broken')) }
  const { id } = await toy('Stopped', {}, like('defective', own))
  await service.platform.store.db
    .updateTable('workflow')
    .set({ state: 'running', holder: 'worker gone:1' })
    .where('id', '=', id)
    .execute()
  await client.ok('POST', `/workflows/${id}/stop`)
  const worker = await service.startWorker()
  expect(await ended(service, client, id)).toMatchObject({ state: 'stopped', error: { code: 'stopped' } })
  await worker.close()
})

test('what another try may mend ends nothing: the workflow goes on, and the log says what happened', async () => {
  let tries = 0
  const prepare = async (): Promise<void> => {
    tries += 1
    if (tries === 1) throw Object.assign(new Error('deadlock of jane'), { code: '40P01' })
  }
  const { id, letGo } = await toy('Deadlock', {}, like('unlucky', { prepare }))
  await letGo()
  const worker = await service.startWorker()
  expect(await ended(service, client, id)).toMatchObject({ state: 'succeeded' })
  expect(service.log()).toContain(`workflow ${id}: `)
  expect(service.log()).not.toContain('jane')
  await worker.close()
})

test('a workflow whose options were sealed with another key fails, and says that it is the key', async () => {
  const other = createSealer(randomBytes(32))
  const kind = like('sealed', {
    inputs: ({ sealer }, { id, inputs: { folder, sealed } }) => {
      sealer.open(String(sealed), { table: 'workflow', id })
      return { folder, parcels: 1 }
    },
  })
  const sealed = other.seal('code', { table: 'workflow', id: 'any' })
  const { id } = await toy('Another key', { sealed }, kind)
  const worker = await service.startWorker()
  const after = await ended(service, client, id)
  expect(after).toMatchObject({ state: 'failed', error: { code: 'secret_key_wrong' } })
  expect(service.log()).toContain(`workflow ${id}: secret_key_wrong`)
  expect(await actionsOf(id)).toEqual(['retry', 'restart', 'stop'])
  await worker.close()
})

test('however many ends cannot be told, the others are', async () => {
  const { platform, queue } = service
  const { db } = platform.store
  const broken = like('untellable', { endCounts: async () => Promise.reject(new TypeError('broken')) })
  const good = (await toy('Told')).id
  const bad = await Promise.all(Array.from({ length: 101 }, async (_, at) => (await toy(`Bad ${at}`)).id))
  await db.updateTable('workflow').set({ kind: broken }).where('id', 'in', bad).execute()
  const ends = { state: 'failed', ended_at: new Date() } as const
  for (const ids of [bad, [good]]) await db.updateTable('workflow').set(ends).where('id', 'in', ids).execute()
  const untold = await untoldEnds(db)
  expect(untold).toEqual(expect.arrayContaining([...bad, good]))
  const told = await Promise.allSettled(untold.map((id) => tellEnd({ platform, queue }, id)))
  expect(told.filter(({ status }) => status === 'rejected')).toHaveLength(bad.length)
  expect(await untoldEnds(db)).not.toContain(good)
})
