import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import { always, fault, yes, done, actionsOf, changes } from './expected.ts'
import { authorizeAgain, makeList } from './outside.ts'
import { isWrite, membersOf, openBase, openShop, people } from './support.ts'
import type { Base, Shop } from './support.ts'

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
