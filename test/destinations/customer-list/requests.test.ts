import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { FaultRule } from '../../../simulator/main.ts'
import { create, always, fault, yes, done, changes } from './expected.ts'
import { impatient, isWrite, membersOf, openBase, openShop, people } from './support.ts'
import type { Base, Run, Shop } from './support.ts'

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

/** A shop that closes itself. */
async function shopOf(options: Parameters<typeof openShop>[1] = {}): Promise<Shop & AsyncDisposable> {
  const shop = await openShop(base, options)
  return { ...shop, [Symbol.asyncDispose]: shop.close }
}

/** A run that hangs in its first write until `end` is called. */
async function held(shop: Shop): Promise<{ id: string; end: () => void; run: Promise<Run> }> {
  shop.simulator.faults.plan({ rules: [{ operation: '*', kind: 'hang-after', nth: 4 }] })
  const stopper = new AbortController()
  const started = Promise.withResolvers<string>()
  const run = shop.sync(people(20), {
    limits: { requestTimeoutMs: 60_000 },
    signal: stopper.signal,
    onStart: started.resolve,
  })
  const id = await started.promise
  await vi.waitUntil(() => shop.simulator.control.calls().some(({ outcome }) => outcome === 'hung'), 20_000)
  return { id, run, end: () => stopper.abort() }
}

describe('one run at a time', () => {
  test('a second run is refused with the id of the first; other lists are free', async () => {
    await using shop = await shopOf()
    const first = await held(shop)
    const limits = { lockWaitMs: 0 }
    await expect(shop.sync(people(3), { limits })).rejects.toMatchObject({
      code: 'already_running',
      data: { workflow: first.id },
    })
    expect(await shop.sync(people(3), { inputs: { list: `${shop.list} too` } })).toMatchObject(done)
    first.end()
    expect(await first.run).toMatchObject({ state: 'stopped', code: 'stopped' })
    expect(await shop.sync(people(3))).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(3)))
  })

  test('a running workflow stops when another process asks for it', async () => {
    await using shop = await shopOf()
    const first = await held(shop)
    expect(await shop.resolve(first.id, 'stop')).toBeNull()
    expect(await first.run).toMatchObject({ id: first.id, state: 'stopped' })
    shop.simulator.faults.clear()
    expect(await shop.resolve(first.id, 'retry')).toMatchObject({ ...done, id: first.id })
    expect(shop.members()).toEqual(membersOf(people(20)))
    expect(shop.listIds()).toHaveLength(1)
  })

  test('a workflow that a newer one followed cannot be resolved', async () => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({ rules: [{ operation: create, kind: '503', times: always }] })
    const old = await shop.sync(people(20), { limits: impatient })
    shop.simulator.faults.clear()
    const newer = await shop.sync(people(3), yes)
    for (const action of ['retry', 'restart']) {
      await expect(shop.resolve(old.id, action)).rejects.toMatchObject({ code: 'action_not_possible' })
    }
    await expect(shop.resolve(newer.id, 'retry')).rejects.toMatchObject({ code: 'action_not_possible' })
    expect(shop.members()).toEqual(membersOf(people(3)))
  })
})

function requestsOf(run: Run | null): Run['result']['requests'] {
  if (run === null) throw new Error('no run')
  return run.result.requests
}

describe('requests of a workflow', () => {
  test('are those of all its runs together', async () => {
    await using shop = await shopOf({ limits: { batchesInFlight: 1 } })
    shop.simulator.faults.plan({ rules: [fault('400-1', { nth: 3 })] })
    const broken = await shop.sync(people(42))
    expect(broken).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
    expect(requestsOf(broken)).toMatchObject({ writes: 4, retries: 0 })
    const before = shop.simulator.control.calls().length
    const whole = requestsOf(await shop.resolve(broken.id, 'retry'))
    const since = shop.simulator.control.calls().slice(before)
    expect(whole.writes).toBe(4 + since.filter(isWrite).length)
    expect(whole.reads).toBeGreaterThan(requestsOf(broken).reads)
  })

  test.each([
    ['500', 1],
    ['lost-after', 0],
  ] as const)('count making the list again after %s as %i retries', async (kind, retries) => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({ rules: [{ operation: create, kind }] })
    expect(requestsOf(await shop.sync(people(5)))).toMatchObject({ retries, writes: 2 + retries })
  })

  test('go on without an audience when a person skips it on the command line', async () => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({ rules: [{ operation: 'audiences/create', kind: '400-1', times: 9 }] })
    const failed = await shop.sync(people(5))
    expect(failed).toMatchObject({ state: 'failed', code: 'not_enough_records' })
    const after = await shop.resolve(failed.id, 'skip_task')
    expect(after).toMatchObject({ state: 'succeeded', result: { audience: null } })
    expect(after?.result.warnings.map(({ code }) => code)).toEqual(['task_skipped'])
  })

  test('warn of each task that a person skips', async () => {
    await using shop = await shopOf()
    const { faults } = shop.simulator
    faults.plan({ rules: [{ operation: 'audiences/create', kind: '400-1', times: 9 }] })
    const { id } = await shop.sync(people(5))
    faults.plan({ rules: [{ operation: 'customer_lists/get', kind: '403', times: 9 }] })
    expect(await shop.resolve(id, 'skip_task')).toMatchObject({ state: 'failed' })
    const after = await shop.resolve(id, 'skip_task')
    const skipped = after?.result.warnings.map(({ message }) => /the task "(.*)"/.exec(message)?.[1])
    expect(skipped).toEqual(['attach audience', 'verify'])
  })

  test('count making the audience again as a retry', async () => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({ rules: [{ operation: 'audiences/create', kind: '500' }] })
    expect(requestsOf(await shop.sync(people(5)))).toMatchObject({ retries: 1, writes: 3 })
  })
})

describe('a name that makes the simulator fail in a known way', () => {
  test.each(['expired', 'flaky', 'lost-answer', 'garbage'])(
    '[sentinel:%s] lets several batches at once get through',
    async (word) => {
      await using shop = await shopOf({ list: `List [sentinel:${word}]`, limits: { batchesInFlight: 8 } })
      expect(await shop.sync(people(200))).toMatchObject(done)
      expect(await shop.sync(people(200, 150), yes)).toMatchObject(done)
      expect(shop.members()).toEqual(membersOf(people(200, 150)))
      expect(shop.listIds()).toHaveLength(1)
    },
  )

  test('[sentinel:too-small] has too few users at once', async () => {
    const simulator = { latencyMs: 60_000, tooSmallAudience: 'refuse' } as const
    await using shop = await shopOf({ list: 'List [sentinel:too-small]', simulator })
    expect(await shop.sync(people(200))).toMatchObject({ state: 'failed', code: 'not_enough_records' })
  })
})

describe('when Pinterest is unavailable', () => {
  test('retry sends only the missing batches', async () => {
    await using shop = await shopOf({ limits: { batchesInFlight: 1 } })
    shop.simulator.faults.plan({ rules: [fault('503', { nth: 3, times: always })] })
    const broken = await shop.sync(people(42), { limits: impatient })
    expect(broken).toMatchObject({ state: 'failed', code: 'pinterest_unavailable' })
    expect(shop.members()).toHaveLength(21)
    shop.simulator.faults.clear()
    const before = shop.simulator.control.calls().length
    expect(await shop.resolve(broken.id, 'retry')).toMatchObject(done)
    expect(changes(shop, before)).toEqual(['ADD', 'ADD', 'ADD'])
    expect(shop.members()).toEqual(membersOf(people(42)))
  })

  test('--wait tries the task again until it passes', async () => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({ rules: [fault('503', { times: 200 })] })
    const limits = { ...impatient, retryForMs: 5, taskWaitMs: 1 }
    const run = await shop.sync(people(20), { wait: true, limits })
    expect(run).toMatchObject(done)
    expect(run.log.some((line) => line.includes('Retrying in'))).toBe(true)
    expect(shop.members()).toEqual(membersOf(people(20)))
  })

  test('--wait ends failed when its time is over, and waits for nothing that cannot pass', async () => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({ rules: [fault('503', { times: always })] })
    const limits = { ...impatient, retryForMs: 0, taskWaitMs: 1, taskWaitForMs: 50 }
    expect(await shop.sync(people(20), { wait: true, limits })).toMatchObject({
      code: 'pinterest_unavailable',
    })
    shop.simulator.faults.plan({ rules: [fault('400-1', { times: always })] })
    const refused = await shop.sync(people(20), { wait: true })
    expect(refused).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
  })

  const losing: FaultRule['kind'][] = [
    'lost-before',
    'lost-after',
    'garbage-before',
    'garbage-after',
    '500',
    '500-after',
  ]
  test.each(losing)('making list and audience, %s: each is made once', async (kind) => {
    await using shop = await shopOf()
    const rules = [create, 'audiences/create'].map((operation) => ({ operation, kind }))
    shop.simulator.faults.plan({ rules })
    expect(await shop.sync(people(20))).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(20)))
    const { control } = shop.simulator
    expect(control.stats().creates).toEqual({ [shop.list]: 1 })
    const made = control.calls().filter((call) => call.operation === 'audiences/create' && call.effect)
    expect(made).toHaveLength(1)
    expect(shop.simulator.faults.pending()).toEqual([])
  })

  test.each(['retry', 'restart'])('a list whose making stayed unanswered is found by %s', async (action) => {
    await using shop = await shopOf()
    // The making lands, and Pinterest is not seen again in that run.
    shop.simulator.faults.plan({
      rules: [
        { operation: create, kind: 'lost-after' },
        { operation: 'customer_lists/list', kind: '503', nth: 3, times: always },
      ],
    })
    const broken = await shop.sync(people(20), { limits: impatient })
    expect(broken).toMatchObject({ state: 'failed', code: 'pinterest_unavailable' })
    expect(shop.listIds()).toHaveLength(1)
    shop.simulator.faults.clear()
    expect(await shop.resolve(broken.id, action)).toMatchObject(done)
    expect(shop.listIds()).toHaveLength(1)
    expect(shop.members()).toEqual(membersOf(people(20)))
  })

  test('members of a list whose making stayed unanswered leave it when they left the query', async () => {
    await using shop = await shopOf()
    shop.simulator.faults.plan({
      rules: [
        { operation: create, kind: 'lost-after' },
        { operation: 'customer_lists/list', kind: '503', nth: 3, times: always },
      ],
    })
    await shop.sync(people(20), { limits: impatient })
    shop.simulator.faults.clear()
    expect(await shop.sync(people(3, 100), yes)).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(3, 100)))
    expect(shop.listIds()).toHaveLength(1)
  })
})
