import { mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { FaultRule } from '../../../simulator/main.ts'
import { hashEmail } from '../../../src/members/email.ts'
import { lockName } from '../../../src/workflow/subject-lock.ts'
import { defaultLimits } from '../../../src/base/limits.ts'
import { engineOn } from '../../../src/platform/open.ts'
import { sweepLeft } from '../../../src/destinations/customer-list/list/sweep-left.ts'
import { createTestDatabase } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { openFleet } from './fleet.ts'
import type { Fleet, Machine } from './fleet.ts'
import { makeList } from './outside.ts'
import { csvOf, impatient, membersOf, people } from './support.ts'

let database: TestDatabase
let fleet: Fleet
let first: Machine
let second: Machine

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

beforeEach(async () => {
  fleet = await openFleet(database.url)
  first = await fleet.machine()
  second = await fleet.machine()
})

afterEach(() => fleet.close())

const sweepShared = ({ home, store }: Machine, ageMs: number) =>
  sweepLeft(engineOn({ home, store, limits: defaultLimits }), store.db, ageMs)

/** All that the database keeps of lists and workflows. */
async function kept(): Promise<unknown> {
  const tables = ['customer_list', 'change_set', 'batch', 'workflow', 'task', 'run_log', 'stored_file']
  return Promise.all(
    tables.map(async (table) => {
      const { rows } = await sql`select t::text from ${sql.table(table)} t order by 1`.execute(first.store.db)
      return [table, rows]
    }),
  )
}

test('a plan reads while another process has the list, says what a run would, and leaves nothing behind', async () => {
  const made = await makeList(fleet.simulator, fleet.list, people(3).map(hashEmail))
  const inputs = await fleet.inputs(people(10), { adopt: true })
  const untouched = await kept()
  expect(await second.plan(inputs)).toMatchObject({
    list: { id: made, created: false },
    changes: { added: 10 },
  })
  expect(await kept()).toEqual(untouched)
  expect(await first.sync(inputs)).toMatchObject(succeeded)
  const { id } = await first.ledger()
  // Others have sent to it since, as far as is known.
  await sql`update customer_list set counters = '{"batches":1,"uploaded":1,"removed":0}' where id = ${id}`.execute(
    first.store.db,
  )
  const lock = await first.store.tryLock(lockName({ kind: 'sync', subject: id, id: null }))
  const before = [await kept(), await foldersOf(first)]
  const plan = await first.plan(await fleet.inputs([...people(10), 'new@example.com']))
  expect(plan).toMatchObject({ list: { id: made }, changes: { added: 1, unchanged: 10 } })
  expect(plan.warnings.map(({ code }) => code)).toEqual(['list_changed_elsewhere'])
  expect([await kept(), await foldersOf(first)]).toEqual(before)
  await lock?.release()
  expect((await readdir(first.home.workDir)).filter((name) => name.startsWith('plan-'))).toEqual([])
})

const refused: FaultRule = { operation: 'customer_lists/update', kind: '503', nth: 3, times: 1000 }
const succeeded = { end: { state: 'succeeded' } }

/** Folders of the list on this machine. */
async function foldersOf(machine: Machine): Promise<string[]> {
  return (await readdir(join(machine.home.ledgerDir, (await machine.ledger()).id))).toSorted()
}

/** Names stored for the list, with their sizes. */
async function storedOf(machine: Machine): Promise<{ name: string; bytes: number }[]> {
  const { id } = await machine.ledger()
  return machine.store.db
    .selectFrom('stored_file')
    .select((eb) => ['name', eb.fn.sum<number>(eb.fn<number>('length', ['bytes'])).as('bytes')])
    .where('folder', '=', id)
    .groupBy('name')
    .orderBy('name')
    .execute()
}

async function storedFolders(machine: Machine): Promise<string[]> {
  return [...new Set((await storedOf(machine)).map(({ name }) => name.split('/')[0] ?? ''))].toSorted()
}

const sumOf = (stored: readonly { bytes: number }[]): number =>
  stored.reduce((sum, { bytes }) => sum + bytes, 0)

async function sync(machine: Machine, emails: readonly string[]): Promise<unknown> {
  return machine.sync(await fleet.inputs(emails))
}

/** A run that ends in the middle of its adds. Its workflow's id. */
async function breakOff(machine: Machine, emails: readonly string[]): Promise<string> {
  fleet.simulator.faults.plan({ rules: [refused] })
  const { workflowId, end } = await machine.sync(await fleet.inputs(emails), { limits: impatient })
  expect(end).toMatchObject({ state: 'failed', error: { code: 'pinterest_unavailable' } })
  fleet.simulator.faults.clear()
  return workflowId
}

function sentMembers(from: number): number {
  return fleet.simulator.control
    .calls()
    .slice(from)
    .filter(({ change, effect }) => (change === 'ADD' || change === 'CREATE') && effect)
    .reduce((sum, { records }) => sum + records, 0)
}

describe('machines that share a database', () => {
  test('take turns at one list, whichever of them ran it last', async () => {
    const days = [people(40), people(50, 10), people(50, 10), people(12, 50), people(90)]
    for (const [day, emails] of days.entries()) {
      expect(await sync(day % 2 === 0 ? first : second, emails)).toMatchObject(succeeded)
      expect(fleet.members()).toEqual(membersOf(emails))
    }
    expect(fleet.listIds()).toHaveLength(1)
  })

  test('go on with what another left in the middle, and send nothing again', async () => {
    await sync(first, people(20))
    const workflowId = await breakOff(first, people(60))
    const from = fleet.simulator.control.calls().length
    expect(await second.resolve(workflowId, 'retry')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(60)))
    // The two batches of 7 that were confirmed before are not among them.
    expect(sentMembers(from)).toBe(40 - 14)
  })

  test('go on where the first run of a list was left, with adds that are stored once', async () => {
    const workflowId = await breakOff(first, people(60))
    const stored = await storedOf(first)
    // With a checksum in each file.
    expect(sumOf(stored)).toBe(60 * 32 + stored.length * 4)
    expect(stored.filter(({ name }) => name.startsWith('spool'))).toEqual([])
    expect(await second.resolve(workflowId, 'retry')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(60)))
  })

  test('count in what another left in the middle, when they read new rows', async () => {
    await sync(first, people(20))
    await breakOff(first, people(60))
    expect(await sync(second, people(30, 25))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(30, 25)))
    await breakOff(second, people(80))
    expect(await sync(first, people(70, 5))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(70, 5)))
  })

  test('have what one of them only folded before it ended', async () => {
    await sync(first, people(20))
    await breakOff(first, people(60))
    fleet.simulator.faults.plan({ rules: [{ operation: 'customer_lists/*', kind: '403', times: 1000 }] })
    expect(await sync(second, people(30))).toMatchObject({ end: { state: 'failed' } })
    fleet.simulator.faults.clear()
    const third = await fleet.machine()
    expect(await sync(third, people(40, 10))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(40, 10)))
  })

  test('read rows anew where another staged them: those here are of another time', async () => {
    const inputs = await fleet.inputs(people(30))
    const broken = await first
      .sync(inputs, {
        onEvent: (event) => {
          if (event.kind === 'task' && event.task === 'compare') throw new Error('the process ends here')
        },
      })
      .catch((error: unknown) => error)
    expect(String(broken)).toContain('the process ends here')
    const [row] = await first.store.db
      .selectFrom('workflow')
      .select('id')
      .where('subject', '=', (await first.ledger()).id)
      .execute()
    const workflowId = row?.id ?? ''
    expect(await readdir(first.home.workDir)).toContain(workflowId)
    const [file = ''] = inputs.from as readonly string[]
    await writeFile(file, csvOf(['later@example.com']))
    expect(await first.resolve(workflowId, 'retry')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(['later@example.com']))
  })

  test('plan from what another machine told, and leave no copy in the data folder', async () => {
    await sync(first, people(40))
    const whole = await second.plan(await fleet.inputs(people(50, 20)))
    expect(whole.changes).toEqual({ added: 30, removed: 20, unchanged: 20 })
    await breakOff(first, people(80))
    const folded = await second.plan(await fleet.inputs(people(50, 20)))
    expect(folded.changes.unchanged + folded.changes.added).toBe(50)
    expect(await readdir(second.home.ledgerDir)).toEqual([])
    expect(await readdir(second.home.workDir)).not.toContainEqual(expect.stringContaining('plan-'))
  })
})

describe('copies', () => {
  test('that nobody needs any more are deleted here, in the database, and on other machines', async () => {
    await sync(first, people(40))
    await sync(second, people(50))
    const before = await foldersOf(first)
    await sync(second, people(60))
    await sync(second, people(60))
    // The last run leaves the snapshot it came from and its own, with its spool, which is empty.
    const { told_snapshot: told } = await second.ledger()
    const stored = await storedFolders(second)
    expect(stored).toContain(told)
    expect(stored.length).toBeLessThanOrEqual(2)
    expect((await foldersOf(second)).length).toBeLessThanOrEqual(3)

    expect(await foldersOf(first)).toEqual(before)
    await sweepShared(first, 60_000)
    expect(await foldersOf(first)).toEqual(before)
    await sweepShared(first, -1)
    expect(await foldersOf(first)).toEqual([])
    await sweepShared(second, -1)
    expect(await foldersOf(second)).toEqual([told])
    expect(await sync(second, people(70))).toMatchObject(succeeded)
    await sync(first, people(30))
    expect(fleet.members()).toEqual(membersOf(people(30)))
  })

  test('of lists that this database does not know stay as they are, and those in use', async () => {
    const stranger = join(first.home.ledgerDir, 'cl_stranger', 'sn_1')
    await mkdir(stranger, { recursive: true })
    const workflowId = await breakOff(first, people(60))
    const before = await foldersOf(first)
    const young = join(first.home.workDir, 'wf_young')
    const old = join(first.home.workDir, 'wf_old')
    for (const dir of [young, old]) await mkdir(dir)
    await utimes(old, 0, 0)
    await sweepShared(first, 60_000)
    expect((await readdir(first.home.workDir)).filter((name) => name.startsWith('wf_'))).toEqual(['wf_young'])
    await sweepShared(first, -1)
    expect(await foldersOf(first)).toEqual(before)
    expect(await readdir(join(first.home.ledgerDir, 'cl_stranger'))).toEqual(['sn_1'])
    expect(await first.resolve(workflowId, 'retry')).toMatchObject(succeeded)
  })

  test('that a crash left before the ledger named them are garbage, and gone with the next run', async () => {
    await sync(first, people(40))
    const { id } = await first.ledger()
    await first.store.db
      .insertInto('stored_file')
      .values([
        { folder: id, name: 'sn_half/0.blocks', part: 0, bytes: Buffer.alloc(32) },
        { folder: id, name: 'spool-sn_half/adds-0.blocks', part: 0, bytes: Buffer.alloc(32) },
      ])
      .execute()
    await mkdir(join(first.home.ledgerDir, id, 'sn_half.tmp-1'))
    await sync(first, people(41))
    expect((await storedFolders(first)).filter((name) => name.includes('half'))).toEqual([])
    expect((await foldersOf(first)).filter((name) => name.includes('half'))).toEqual([])
    expect(fleet.members()).toEqual(membersOf(people(41)))
  })

  test('that are damaged here are fetched again', async () => {
    await sync(first, people(40))
    const { id, told_snapshot: told } = await first.ledger()
    const dir = join(first.home.ledgerDir, id, told ?? '')
    const [file = ''] = (await storedOf(first)).map(({ name }) => name.split('/')[1] ?? '')
    await truncate(join(dir, file), 0)
    expect(await sync(first, people(10, 35))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(10, 35)))
  })

  test('of a spool that are damaged here are fetched again', async () => {
    await sync(first, people(20))
    const workflowId = await breakOff(first, people(60))
    const { id } = await first.ledger()
    const files = await storedOf(first)
    const file = files.find(({ name }) => /^spool-.*\/adds/.test(name))?.name ?? ''
    await truncate(join(first.home.ledgerDir, id, file), 0)
    expect(await first.resolve(workflowId, 'retry')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(60)))
  })
})

describe('what can be found nowhere', () => {
  const missing =
    /^Ledger damaged: (?:file|the files of) (?:spool-)?sn_\S+ (?:is missing|has the wrong length|hold)/

  /** The run fails by name, and Pinterest is told nothing. */
  async function expectRefusal(machine: Machine, run: () => Promise<unknown>): Promise<void> {
    const before = fleet.members()
    const from = fleet.simulator.control.calls().length
    const failed = await run()
    expect(failed).toMatchObject({ end: { state: 'failed', error: { code: 'ledger_damaged' } } })
    expect(failed).toMatchObject({ end: { error: { message: expect.stringMatching(missing) as string } } })
    expect(fleet.members()).toEqual(before)
    const writes = fleet.simulator.control.calls().slice(from)
    expect(writes.filter(({ change }) => change !== '' && change !== 'UPDATE')).toEqual([])
    expect((await machine.ledger()).told_count).toBeGreaterThan(0)
  }

  test('is an error on a machine without a copy, and never an empty list', async () => {
    await sync(first, people(40))
    const { id } = await first.ledger()
    await first.store.db.deleteFrom('stored_file').where('folder', '=', id).execute()
    await expectRefusal(second, async () => sync(second, people(10)))
    expect(await sync(first, people(10))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(10)))
  })

  test.each([
    ['a file', 0],
    ['a part of one', 31],
  ])('is an error when the database has lost %s', async (_what, length) => {
    await sync(first, people(40))
    const { id } = await first.ledger()
    const [part] = await storedOf(first)
    const files = first.store.db.updateTable('stored_file').where('folder', '=', id)
    await files
      .set({ bytes: Buffer.alloc(length) })
      .where('name', '=', part?.name ?? '')
      .execute()
    await expectRefusal(second, async () => sync(second, people(10)))
    expect(await second.plan(await fleet.inputs(people(10))).catch((error: unknown) => error)).toMatchObject({
      code: 'ledger_damaged',
    })
  })

  test.each(['gone', 'cut off', 'short of a file'])(
    'is an error with a database of its own when the snapshot in the data folder is %s',
    async (what) => {
      const machine = await fleet.machine({ alone: true })
      await sync(machine, people(40))
      const { id, told_snapshot: told } = await machine.ledger()
      const dir = join(machine.home.ledgerDir, id, told ?? '')
      const [file = ''] = await readdir(dir)
      if (what === 'gone') await rm(dir, { recursive: true })
      else if (what === 'cut off') await truncate(join(dir, file), 0)
      else await rm(join(dir, file))
      const refusal = expectRefusal(machine, async () => sync(machine, people(10)))
      await expect(refusal).resolves.toBeUndefined()
    },
  )
})

test('with a database of the data folder’s own nothing is stored twice', async () => {
  const machine = await fleet.machine({ alone: true })
  await sync(machine, people(40))
  await sync(machine, people(50, 10))
  expect(fleet.members()).toEqual(membersOf(people(50, 10)))
  expect(await storedOf(machine)).toEqual([])
})
