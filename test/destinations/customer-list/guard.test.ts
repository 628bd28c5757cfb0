import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultRule } from '../../../simulator/main.ts'
import { mainJob } from '../../../src/destinations/customer-list/main-job.ts'
import { listTasks } from '../../../src/workflow/tasks.ts'
import { stopWorkflow } from '../../../src/workflow/workflow-store.ts'
import { untilSomebodyWaits } from '../../workflow/support.ts'
import { makeList } from './outside.ts'
import { impatient, membersOf, openBase, openShop, people } from './support.ts'
import type { Base, Run, RunOptions, Shop } from './support.ts'

/** A change is judged as a whole before any of it is sent, and what a person approves is exactly what they saw. */

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

/** A shop that closes itself, where a list of ten is held against the limit of additions. */
async function shopOf(): Promise<Shop & AsyncDisposable> {
  const shop = await openShop(base, { limits: { additionMembersMin: 10 } })
  return { ...shop, [Symbol.asyncDispose]: shop.close }
}

const yes: RunOptions = { inputs: { yes: true } }
const first: RunOptions = { inputs: { sendAdditionsFirst: true } }
const done = { state: 'succeeded', code: null, warnings: [] }
const refusing: FaultRule = { operation: 'customer_lists/update', kind: '503', nth: 2, times: 1_000 }
const changes = [
  [
    'large_removal',
    people(12, 15),
    '15 of 20 members would be removed (75 %), more than the limit of 50 %. 7 would be added.',
  ],
  [
    'large_addition',
    people(70),
    '50 would be added to a list of 20 members (250 %), more than the limit of 200 %. None would be removed.',
  ],
  [
    'large_removal',
    people(60, 100),
    '20 of 20 members would be removed (100 %), more than the limit of 50 %. 60 would be added (300 %), more than the limit of 200 %.',
  ],
] as const

const messageOf = (run: Run): string => run.result.error?.message ?? ''

async function resolve(shop: Shop, id: string, action: string, options: RunOptions = {}): Promise<Run> {
  const run = await shop.resolve(id, action, options)
  if (run === null) throw new TypeError('the workflow did not run')
  return run
}

/** A workflow that waits with 15 of 40 left, of which the second request of removals will fail. */
async function broken(shop: Shop): Promise<Run> {
  await shop.sync(people(40))
  const waiting = await shop.sync(people(15))
  shop.simulator.faults.plan({ rules: [refusing] })
  const run = await resolve(shop, waiting.id, 'approve', { limits: impatient })
  expect(run).toMatchObject({ state: 'failed', code: 'pinterest_unavailable' })
  shop.simulator.faults.clear()
  return run
}

/** No task of a workflow that waits has failed. */
const nothingToRetry = { code: 'action_not_possible' }

describe('a change that is too large', () => {
  test.each(changes)(
    '(%s, to %j) waits before anything is sent, and is done when it is approved',
    async (code, emails, said) => {
      await using shop = await shopOf()
      const before = await shop.sync(people(20))
      const writes = shop.writes()
      const waiting = await shop.sync(emails)
      expect(waiting).toMatchObject({ state: 'waiting', code, result: { changes: { added: 0, removed: 0 } } })
      expect(messageOf(waiting)).toContain(said)
      expect(messageOf(waiting)).toContain('Nothing has been sent yet.')
      expect(waiting.result.audience).toEqual({ ...before.result.audience, created: false })
      await expect(shop.resolve(waiting.id, 'retry')).rejects.toMatchObject(nothingToRetry)
      expect(shop.writes()).toBe(writes)
      expect(shop.members()).toEqual(membersOf(people(20)))
      expect(await resolve(shop, waiting.id, 'approve')).toMatchObject({ ...done, id: waiting.id })
      expect(shop.members()).toEqual(membersOf(emails))
    },
  )

  test('that waits looks at Pinterest again before it is sent', async () => {
    await using shop = await shopOf()
    await shop.sync(people(20))
    const waiting = await shop.sync(people(5))
    const [id = ''] = shop.listIds()
    shop.simulator.control.removeList(id)
    expect(await resolve(shop, waiting.id, 'approve')).toMatchObject({ code: 'list_not_found' })
  })

  test('that waits gives way to a newer run and can then not be approved', async () => {
    await using shop = await shopOf()
    await shop.sync(people(20))
    const waiting = await shop.sync(people(5))
    expect(await shop.sync(people(21))).toMatchObject(done)
    await expect(shop.resolve(waiting.id, 'approve')).rejects.toMatchObject({ code: 'action_not_possible' })
    expect(shop.members()).toEqual(membersOf(people(21)))
  })

  test('is sent at once with --yes, which never adopts a list, and is what the limits say', async () => {
    await using shop = await shopOf()
    await makeList(shop.simulator, shop.list, people(3, 100))
    expect(await shop.sync(people(20), yes)).toMatchObject({ state: 'failed', code: 'list_not_empty' })
    await shop.sync(people(20), { inputs: { adopt: true } })
    expect(await shop.sync(people(60, 100), yes)).toMatchObject(done)
    const strict = { inputs: { limits: { removalPercentMax: 0, additionPercentMax: 0 } } }
    expect(await shop.sync(people(59, 100), strict)).toMatchObject({ code: 'large_removal' })
    expect(await shop.sync(people(61, 100), strict)).toMatchObject({ code: 'large_addition' })
    const open = { inputs: { limits: { removalPercentMax: 100, additionPercentMax: 1_000 } } }
    expect(await shop.sync(people(300, 500), open)).toMatchObject(done)
  })

  test('of a list that is made only then, the list is made after the approval', async () => {
    await using shop = await shopOf()
    const waiting = await shop.sync(people(20), { inputs: { review: true } })
    expect(waiting).toMatchObject({ state: 'waiting', code: 'review_needed' })
    expect(shop.listIds()).toEqual([])
    expect(await resolve(shop, waiting.id, 'send')).toMatchObject(done)
    expect(shop.listIds()).toHaveLength(1)
  })
})

describe('an approval', () => {
  test('is kept when the approved run fails and is tried again', async () => {
    await using shop = await shopOf()
    const { id } = await broken(shop)
    expect(await resolve(shop, id, 'retry')).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(15)))
  })

  test('is of that change set: the same number of others waits again', async () => {
    await using shop = await shopOf()
    const { id } = await broken(shop)
    // Fewer leave than were approved, and they are others.
    const next = await shop.sync(people(10, 30))
    expect(next).toMatchObject({ state: 'waiting', code: 'large_removal' })
    expect(next.id).not.toBe(id)
  })

  test('does not outlive Restart, which reads fresh rows', async () => {
    await using shop = await shopOf()
    const { id } = await broken(shop)
    expect(await resolve(shop, id, 'restart')).toMatchObject({ state: 'waiting', code: 'large_removal' })
  })

  test.each(mainJob.slice(mainJob.findIndex(({ name }) => name === 'resolve_list')).map(({ name }) => name))(
    'survives a process that is stopped when %s begins',
    async (task) => {
      await using shop = await shopOf()
      await shop.sync(people(40))
      const waiting = await shop.sync(people(60, 30))
      const stopping = new AbortController()
      const stopped = await resolve(shop, waiting.id, 'approve', {
        signal: stopping.signal,
        onEvent: (event) => {
          if (event.kind === 'task' && event.task === task && event.state === 'running') stopping.abort()
        },
      })
      expect(stopped).toMatchObject({ state: 'stopped' })
      expect(await resolve(shop, waiting.id, 'retry')).toMatchObject({ ...done, id: waiting.id })
      expect(shop.members()).toEqual(membersOf(people(60, 30)))
    },
  )

  test('after a stop is refused, however soon it comes after it', async () => {
    await using shop = await shopOf()
    await shop.sync(people(20))
    const { id } = await shop.sync(people(5))
    const { db } = base.store
    const approving = await db.transaction().execute(async (tx) => {
      await stopWorkflow(tx, { id, state: 'waiting' })
      // It has seen the workflow wait, and takes it as soon as it can.
      const asked = shop.resolve(id, 'approve').catch((error: unknown) => error)
      await untilSomebodyWaits(db)
      return { asked }
    })
    expect(await approving.asked).toMatchObject({ code: 'action_not_possible' })
    expect(shop.members()).toEqual(membersOf(people(20)))
  })

  test('does not cover the change set that the same workflow makes of other rows', async () => {
    await using shop = await shopOf()
    const { id } = await broken(shop)
    const { db } = base.store
    // As if another run had folded what it left: it reads and compares anew.
    await db.updateTable('change_set').set({ state: 'folded' }).where('workflow_id', '=', id).execute()
    expect(await resolve(shop, id, 'retry')).toMatchObject({ id, state: 'waiting', code: 'large_removal' })
  })
})

describe('with additions first', () => {
  test('a large removal waits after the additions, and the report says so', async () => {
    await using shop = await shopOf()
    await shop.sync(people(20))
    const waiting = await shop.sync(people(12, 15), first)
    expect(waiting).toMatchObject({ code: 'large_removal', result: { changes: { added: 7, removed: 0 } } })
    expect(messageOf(waiting)).toContain('7 have been added. The removals wait for your approval.')
    expect(shop.members()).toEqual(membersOf(people(27)))
    const writes = shop.writes()
    await expect(shop.resolve(waiting.id, 'retry')).rejects.toMatchObject(nothingToRetry)
    expect(shop.writes()).toBe(writes)
    expect(await resolve(shop, waiting.id, 'approve')).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(12, 15)))
  })

  test.each([
    ['large_addition', people(70)],
    ['large_removal', people(60, 100)],
  ])('a large addition waits before anything is sent (%s)', async (code, emails) => {
    await using shop = await shopOf()
    await shop.sync(people(20))
    const writes = shop.writes()
    const waiting = await shop.sync(emails, first)
    expect(waiting).toMatchObject({ state: 'waiting', code })
    expect(shop.writes()).toBe(writes)
    expect(await resolve(shop, waiting.id, 'approve')).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(emails))
  })
})

async function sampleOf({ id }: Run): Promise<unknown> {
  const tasks = await listTasks(base.store.db, id)
  return tasks.find(({ name }) => name === 'compare')?.output?.['sample']
}

test('a change that waits is sampled for the person who looks at it, and one that was approved before is not', async () => {
  await using shop = await shopOf()
  await shop.sync(people(20))
  const waiting = await shop.sync(people(40, 12))
  expect(await sampleOf(waiting)).toMatchObject({ arrivals: expect.any(Array) as unknown[] })
  expect(await sampleOf(await shop.sync(people(40, 12), { inputs: { yes: true } }))).toBeUndefined()
})
