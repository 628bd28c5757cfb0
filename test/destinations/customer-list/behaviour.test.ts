import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import type { FaultRule } from '../../../simulator/main.ts'
import { authorizeAgain, makeList } from './outside.ts'
import { impatient, isWrite, membersOf, openBase, openShop, people } from './support.ts'
import type { Base, Run, RunOptions, Shop } from './support.ts'

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

const update = 'customer_lists/update'
const create = 'customer_lists/create'
const always = 1000
const fault = (kind: FaultRule['kind'], rule: Partial<FaultRule> = {}): FaultRule => ({
  operation: update,
  kind,
  ...rule,
})
const yes: RunOptions = { inputs: { yes: true } }
const done = { state: 'succeeded', code: null, warnings: [] }
const actionsOf = (run: Run): string[] => run.result.error?.actions.map(({ action }) => action) ?? []

/** ADD, REMOVE and CREATE as the simulator saw them from call number `from` on. */
function changes(shop: Shop, from = 0): string[] {
  const calls = shop.simulator.control.calls().slice(from)
  return calls
    .filter((call) => call.operation.startsWith('customer_lists/') && isWrite(call))
    .map((call) => call.change)
}

describe('what is sent', () => {
  test('all adds precede all removes', async () => {
    await using shop = await shopOf()
    await shop.sync(people(30))
    const before = shop.simulator.control.calls().length
    expect(await shop.sync(people(30, 14))).toMatchObject(done)
    const seen = changes(shop, before)
    expect(seen).toEqual(['ADD', 'ADD', 'REMOVE', 'REMOVE'])
    expect(shop.members()).toEqual(membersOf(people(30, 14)))
  })

  test('a run without change makes no write, whatever the order and form of the rows', async () => {
    await using shop = await shopOf()
    await shop.sync(people(30))
    const writes = shop.writes()
    const rows = people(30)
      .toReversed()
      .flatMap((email) => [` ${email.toUpperCase()}`, email])
    expect((await shop.sync(rows)).result.changes).toEqual({ added: 0, removed: 0, unchanged: 30 })
    expect(shop.writes()).toBe(writes)
  })

  test.each([
    ['no rows', []],
    ['no valid row', ['', 'nobody', 'two@@example.com']],
  ])('%s: nothing is sent, nobody is removed', async (_case, rows) => {
    await using shop = await shopOf()
    expect(await shop.sync(rows)).toMatchObject({ state: 'failed', code: 'not_enough_records' })
    expect(shop.listIds()).toEqual([])
    await shop.sync(people(5))
    const writes = shop.writes()
    expect(await shop.sync(rows, yes)).toMatchObject({ state: 'failed', code: 'not_enough_records' })
    expect(shop.writes()).toBe(writes)
    expect(shop.members()).toEqual(membersOf(people(5)))
  })

  test('too few members for an audience: nothing is sent, and no list is made that could not be deleted', async () => {
    await using shop = await shopOf({ limits: { audienceMembersMin: 100 } })
    const few = await shop.sync(people(99))
    expect(few).toMatchObject({ state: 'failed', code: 'not_enough_records' })
    expect(few.result.requests.writes).toBe(0)
    expect(shop.listIds()).toEqual([])
    expect(await shop.sync(people(99), yes)).toMatchObject({ code: 'not_enough_records' })
    expect(shop.listIds()).toEqual([])
    const run = await shop.sync(people(100))
    expect(run).toMatchObject(done)
    expect(run.result.audience).toMatchObject({ name: shop.list, created: true })
  })

  test('too few members of a list with an audience only warn', async () => {
    await using shop = await shopOf({ limits: { audienceMembersMin: 10 } })
    await shop.sync(people(12))
    const run = await shop.sync(people(9))
    expect(run).toMatchObject(done)
    expect(run.log).toContain('The list holds 9 members; Pinterest shows ads only to 10 or more')
    expect(shop.members()).toEqual(membersOf(people(9)))
  })
})

describe('which list', () => {
  test('a list that is not empty at first use stops the run until it is adopted', async () => {
    await using shop = await shopOf()
    const id = await makeList(shop.simulator, shop.list, people(3, 100))
    const refused = await shop.sync(people(5))
    expect(refused).toMatchObject({ state: 'failed', code: 'list_not_empty' })
    expect(actionsOf(refused)).toContain('adopt')
    expect(shop.simulator.control.members(id)).toEqual(membersOf(people(3, 100)))
    expect(await shop.resolve(refused.id, 'adopt')).toMatchObject({ ...done, result: { list: { id } } })
    expect(shop.members()).toEqual(membersOf([...people(5), ...people(3, 100)]))
  })

  test('--adopt uses the newest of several lists of the name, and the run log says so', async () => {
    await using shop = await shopOf()
    await makeList(shop.simulator, shop.list, people(1, 100))
    const newest = await makeList(shop.simulator, shop.list, people(1, 200))
    const run = await shop.sync(people(5), { inputs: { adopt: true } })
    expect(run).toMatchObject({ ...done, result: { list: { id: newest, created: false } } })
    expect(run.log).toContain(`2 customer lists are named "${shop.list}"; using the newest, ${newest}`)
  })

  test('a vanished list is never silently made again', async () => {
    await using shop = await shopOf()
    const first = await shop.sync(people(8))
    shop.simulator.control.removeList(first.result.list.id ?? '')
    const lost = await shop.sync(people(9))
    expect(lost).toMatchObject({ state: 'failed', code: 'list_not_found' })
    expect(await shop.resolve(lost.id, 'retry')).toMatchObject({ code: 'list_not_found' })
    expect(shop.listIds()).toEqual([])
    const rebuilt = await shop.resolve(lost.id, 'rebuild')
    expect(rebuilt).toMatchObject({
      ...done,
      result: { list: { created: true }, audience: { created: true } },
    })
    expect(shop.members()).toEqual(membersOf(people(9)))
    expect(await shop.sync(people(10))).toMatchObject(done)
  })

  test('a list that vanishes in mid-run is named, and rebuilt with all members', async () => {
    await using shop = await shopOf()
    const first = await shop.sync(people(8))
    const id = first.result.list.id ?? ''
    const lost = await shop.sync(people(40), {
      limits: { batchesInFlight: 1 },
      onEvent: (event) => {
        if (event.kind === 'progress' && event.task === 'add' && event.done > 0)
          shop.simulator.control.removeList(id)
      },
    })
    expect(lost).toMatchObject({ state: 'failed', code: 'list_not_found' })
    expect(lost.result.error?.message).toContain(`"${shop.list}" (${id})`)
    expect(await shop.resolve(lost.id, 'rebuild')).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(40)))
  })

  test('a newer list of the name is a warning; the held one is kept until a person moves', async () => {
    await using shop = await shopOf()
    const first = await shop.sync(people(8))
    const newerId = await makeList(shop.simulator, shop.list, people(1))
    const warned = await shop.sync(people(9))
    expect(warned).toMatchObject({ state: 'succeeded', warnings: ['newer_list'] })
    expect(warned.result.list.id).toBe(first.result.list.id)
    const moved = await shop.resolve(warned.id, 'use_newer_list')
    expect(moved).toMatchObject({ ...done, result: { list: { id: newerId } } })
    expect(shop.simulator.control.members(newerId)).toEqual(membersOf(people(9)))
  })

  test.each([
    ['adds', { add: people(1, 900) }],
    ['removes', { remove: people(1) }],
  ])(
    'somebody else who %s is told of at every run from the next one on, until a rebuild puts it right',
    async (what, change) => {
      await using shop = await shopOf()
      const first = await shop.sync(people(8))
      const id = first.result.list.id ?? ''
      shop.simulator.control.changeElsewhere(id, change)
      const warned = { state: 'succeeded', warnings: ['list_changed_elsewhere'] }
      expect(await shop.sync(people(9))).toMatchObject(warned)
      shop.simulator.faults.plan({ rules: [fault('lost-after')] })
      const again = await shop.sync(people(10))
      expect(again).toMatchObject(warned)
      expect(again.result.warnings[0]?.message).toContain(
        `shows 1 request and 1 ${what === 'adds' ? 'added' : 'removed'} record more`,
      )
      shop.simulator.control.changeElsewhere(id, change)
      expect(await shop.sync(people(10))).toMatchObject(warned)
      const last = await shop.sync(people(10))
      expect(last).toMatchObject(warned)
      expect(last.result.warnings[0]?.message).toContain('shows 2 requests and 2')
      expect(await shop.resolve(last.id, 'rebuild')).toMatchObject(done)
      expect(await shop.sync(people(10))).toMatchObject(done)
      expect(shop.listIds()).toHaveLength(2)
      expect(shop.members()).toEqual(membersOf(people(10)))
    },
  )

  test('somebody else who adds in mid-run is noticed by that run', async () => {
    await using shop = await shopOf()
    const first = await shop.sync(people(8))
    let told = false
    const run = await shop.sync(people(40), {
      onEvent: (event) => {
        if (told || event.kind !== 'progress' || event.task !== 'add') return
        told = true
        shop.simulator.control.changeElsewhere(first.result.list.id ?? '', { add: people(1, 900) })
      },
    })
    expect(run).toMatchObject({ state: 'succeeded', warnings: ['list_changed_elsewhere'] })
  })
})

describe('requests that are too large', () => {
  test.each([
    ['bodies of more than 300 bytes', { bodyBytesMax: 300 }],
    ['more than 3 records', { recordsPerCallMax: 3 }],
  ])('%s: batches are halved until they pass', async (_case, simulator) => {
    await using shop = await shopOf({ simulator })
    expect(await shop.sync(people(40))).toMatchObject(done)
    expect(await shop.sync(people(40, 20), yes)).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(40, 20)))
    expect(shop.listIds()).toHaveLength(1)
  })

  test('a single member that is too large ends the run', async () => {
    await using shop = await shopOf({ simulator: { bodyBytesMax: 60 } })
    expect(await shop.sync(people(3))).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
    expect(shop.listIds()).toEqual([])
  })

  test('a single member that is too large for an existing list ends the run', async () => {
    await using shop = await shopOf()
    await shop.sync(people(3))
    shop.simulator.faults.plan({ rules: [fault('413', { times: always })] })
    expect(await shop.sync(people(9))).toMatchObject({ state: 'failed', code: 'pinterest_refused' })
    shop.simulator.faults.clear()
    expect(await shop.sync(people(4))).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(4)))
  })

  test('a batch that landed unseen before it was found too large is nobody else’s doing', async () => {
    await using shop = await shopOf()
    await shop.sync(people(3))
    shop.simulator.faults.plan({ rules: [fault('lost-after'), fault('413', { nth: 2 })] })
    expect(await shop.sync(people(10))).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(10)))
  })

  test('a batch whose answer was lost before it was found too large may have landed', async () => {
    await using shop = await shopOf()
    await shop.sync(people(3))
    shop.simulator.faults.plan({
      rules: [fault('lost-after'), fault('413', { nth: 2 }), fault('400-1', { nth: 3, times: always })],
    })
    const broken = await shop.sync(people(10))
    expect(broken.code).toBe('pinterest_refused')
    expect(shop.members()).toEqual(membersOf(people(10)))
    shop.simulator.faults.clear()
    expect(await shop.sync(people(3), yes)).toMatchObject(done)
    expect(shop.members()).toEqual(membersOf(people(3)))
  })
})

describe('rights', () => {
  test.each([
    ['insufficient_permissions', AD_ACCOUNTS.analyst],
    ['insufficient_permissions', AD_ACCOUNTS.forbidden],
    ['ad_account_not_found', '999'],
  ])('%s for ad account %s, before anything is sent', async (code, adAccountId) => {
    await using shop = await shopOf({ adAccountId })
    const run = await shop.sync(people(3))
    expect(run).toMatchObject({ state: 'failed', code })
    expect(actionsOf(run)[0]).toBe(code)
    expect(shop.simulator.control.calls().filter((call) => isWrite(call) && call.effect)).toEqual([])
  })

  test('a revoked token fails the run; a new one goes on with the rows that were read', async () => {
    await using shop = await shopOf()
    await shop.sync(people(8))
    let isRevoked = false
    const broken = await shop.sync(people(30), {
      limits: { batchesInFlight: 1 },
      onEvent: (event) => {
        if (isRevoked || event.kind !== 'progress' || event.task !== 'add' || event.done === 0) return
        isRevoked = true
        shop.simulator.control.revokeTokens()
      },
    })
    expect(broken).toMatchObject({ state: 'failed', code: 'authorization_error' })
    expect(await shop.resolve(broken.id, 'authorization_error')).toMatchObject({
      code: 'authorization_error',
    })
    const env = { PINTEREST_REFRESH_TOKEN: await authorizeAgain(shop.simulator) }
    expect(await shop.resolve(broken.id, 'authorization_error', { env })).toMatchObject({
      ...done,
      id: broken.id,
    })
    expect(shop.members()).toEqual(membersOf(people(30)))
  })
})

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
