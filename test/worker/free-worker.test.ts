import { access, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { openQueue } from '../../src/worker/queue.ts'
import { startWorker } from '../../src/worker/worker.ts'
import { addKind } from '../../src/workflow/kind.ts'
import { getWorkflow } from '../../src/workflow/workflow-store.ts'
import { openService } from '../server/support.ts'
import type { Service } from '../server/support.ts'
import { makeFolder } from '../support/folder.ts'
import { schedule, toyKind } from './toy-kind/kind.ts'

/** What one worker has or fails at keeps nothing from the others. */

let service: Service
const errors: { code: string; where: string }[] = []

beforeAll(async () => {
  service = await openService({ limits: { workflowsAtOnce: 1 } })
})

afterAll(() => service.close())

/** A worker with a queue of its own, as in another process. */
async function anotherWorker() {
  const { platform } = service
  const { limits, store } = platform
  const queue = await openQueue({ connection: store.connection, limits, onError: () => undefined })
  const worker = await startWorker({
    platform,
    queue,
    delivery: {
      smtp: null,
      publicUrl: null,
      webhooks: { hosts: webhookHosts(''), env: {} },
      timeoutMs: 1_000,
    },
    onError: ({ code }: RollcallError, where) => errors.push({ code, where }),
  })
  return {
    close: async () => {
      await worker.close()
      await queue.close(5_000)
    },
  }
}

/** A workflow in the queue, whose second task waits until it is let go. */
async function held() {
  const { dir: folder } = await makeFolder('depot')
  await writeFile(join(folder, 'held'), '')
  const id = await schedule(service.platform, { folder, parcels: 1 }, { name: 'Held' })
  await service.queue.runWorkflow(id)
  const delivers = (): Promise<boolean> =>
    access(join(folder, 'delivering')).then(
      () => true,
      () => false,
    )
  return {
    id,
    letGo: () => rm(join(folder, 'held')),
    untilDelivering: async () => {
      await expect.poll(delivers, { interval: 20 }).toBe(true)
    },
  }
}

async function stateOf(id: string) {
  return (await getWorkflow(service.platform.store.db, id))?.state
}

test('a workflow does not wait at a worker whose places are taken while another is free', async () => {
  const busy = await anotherWorker()
  const first = await held()
  await first.untilDelivering()
  const second = await held()
  const third = await held()
  // The busy worker had time to ask for one more.
  const fourth = await held()
  await fourth.letGo()
  const free = await anotherWorker()
  await second.untilDelivering()
  await second.letGo()
  await third.untilDelivering()
  await third.letGo()
  await expect.poll(() => stateOf(fourth.id)).toBe('succeeded')
  expect(await stateOf(first.id)).toBe('running')
  await first.letGo()
  for (const { id } of [first, second, third]) await expect.poll(() => stateOf(id)).toBe('succeeded')
  await busy.close()
  await free.close()
})

test('an end that cannot be told keeps no other untold', async () => {
  addKind({
    ...toyKind,
    name: 'untold toy',
    endCounts: async () => {
      throw new TypeError('it cannot be counted')
    },
  })
  const { db } = service.platform.store
  const ids: string[] = []
  for (const kind of ['untold toy', 'toy']) {
    const id = await schedule(service.platform, { folder: '/', parcels: 1 }, { name: kind })
    const ended = { kind, state: 'failed', holder: 'worker gone:1', ended_at: sql<Date>`now()` } as const
    await db.updateTable('workflow').set(ended).where('id', '=', id).execute()
    ids.push(id)
  }
  const worker = await anotherWorker()
  const told = async () =>
    (
      await db.selectFrom('workflow').select('told_at').where('id', 'in', ids).orderBy('number').execute()
    ).map(({ told_at: at }) => at !== null)
  await expect.poll(told).toEqual([false, true])
  expect(errors).toContainEqual({ code: 'internal_error', where: 'ends' })
  await worker.close()
})
