import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listRunLog } from '../../../src/workflow/workflow-store.ts'
import type { WorkflowEvent } from '../../../src/workflow/task-definition.ts'
import { createTestDatabase } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { chanceOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { openFleet } from './fleet.ts'
import type { Fleet, Machine } from './fleet.ts'
import { impatient, isFullSweep, membersOf, people } from './support.ts'

/** Whatever happens to the files of the ledger, nothing is sent that they do not truly say, and there is a way on. */

let database: TestDatabase
let fleet: Fleet

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

beforeEach(async () => {
  fleet = await openFleet(database.url)
})

afterEach(() => fleet.close())

const succeeded = { end: { state: 'succeeded' } }
const damaged = { end: { state: 'failed', error: { code: 'ledger_damaged' } } }
const withoutCopy = {
  end: {
    state: 'failed',
    error: {
      code: 'ledger_damaged',
      message: expect.stringContaining('the copy in the database is also missing or damaged') as string,
    },
  },
}
const workflowOf = (end: unknown) => (end as { workflowId: string }).workflowId

async function sync(machine: Machine, emails: readonly string[], options = {}): Promise<unknown> {
  return machine.sync(await fleet.inputs(emails), options)
}

/** Paths of all files of the list's sets on this machine that hold anything. */
async function setFiles(machine: Machine, folder: RegExp): Promise<string[]> {
  const dir = join(machine.home.ledgerDir, (await machine.ledger()).id)
  const files: string[] = []
  for (const name of (await readdir(dir)).filter((one) => folder.test(one)).toSorted())
    for (const file of (await readdir(join(dir, name))).toSorted())
      if ((await stat(join(dir, name, file))).size > 0) files.push(join(dir, name, file))
  return files
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at)
  // In place: a file of another set may be the very same one.
  await writeFile(path, bytes)
}

/** Damages a file anywhere, in any way. */
async function damage(chance: Chance, path: string): Promise<string> {
  const { size } = await stat(path)
  const how = chance.pick(['flip', 'flip', 'flip', 'cut off', 'emptied', 'deleted'] as const)
  if (how === 'flip') await flip(path, chance.whole(0, size - 1))
  else if (how === 'deleted') await rm(path)
  else await truncate(path, how === 'emptied' ? 0 : chance.whole(1, size - 1))
  return how
}

async function logOf(machine: Machine, workflowId: string): Promise<string> {
  return (await listRunLog(machine.store.db, workflowId)).map(({ text }) => text).join('\n')
}

/** A run that ends in the middle of its adds, with one answer lost. */
async function breakOff(machine: Machine, emails: readonly string[]): Promise<string> {
  const update = 'customer_lists/update'
  fleet.simulator.faults.plan({
    rules: [
      { operation: update, kind: 'lost-after', nth: 2, times: 1 },
      { operation: update, kind: '503', nth: 3, times: 1000 },
    ],
  })
  const ended = await sync(machine, emails, { limits: { ...impatient, batchesInFlight: 1 } })
  expect(ended).toMatchObject({ end: { state: 'failed' } })
  fleet.simulator.faults.clear()
  return workflowOf(ended)
}

describe('with a database of the data folder’s own', () => {
  let machine: Machine

  beforeEach(async () => {
    machine = await fleet.machine({ alone: true })
  })

  test('a flipped bit in what was told stops the run by name, and Rebuild makes the list exact', async () => {
    await sync(machine, people(40))
    for (const path of await setFiles(machine, /^sn_/)) {
      await flip(path, 5)
      const ended = await sync(machine, people(37))
      expect(ended).toMatchObject(damaged)
      expect((ended as { end: { error: Error } }).end.error.message).toMatch(
        /^Ledger damaged: file sn_\w+\/[0-9a-f]\.blocks does not match its checksum\./,
      )
      await expect(machine.plan(await fleet.inputs(people(37)))).rejects.toMatchObject({
        code: 'ledger_damaged',
        data: { list: fleet.list },
      })
      expect(fleet.members()).toEqual(membersOf(people(40)))
      await flip(path, 5)
    }
    const [path = ''] = await setFiles(machine, /^sn_/)
    await flip(path, 5)
    const workflowId = workflowOf(await sync(machine, people(37)))
    expect(await machine.resolve(workflowId, 'retry')).toMatchObject(damaged)
    expect(await machine.resolve(workflowId, 'rebuild')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(37)))
    expect(fleet.listIds()).toHaveLength(2)
    expect(await sync(machine, people(30))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(30)))
  })

  test('once the file is put back, Retry goes on', async () => {
    await sync(machine, people(40))
    const [path = ''] = await setFiles(machine, /^sn_/)
    await flip(path, 33)
    const workflowId = workflowOf(await sync(machine, people(30)))
    await flip(path, 33)
    expect(await machine.resolve(workflowId, 'retry')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(30)))
    expect(fleet.listIds()).toHaveLength(1)
  })

  test('a spool that is damaged between two batches is made again from the other sets', async () => {
    await sync(machine, people(30))
    const emails = people(90, 20)
    let isDamaged = false
    const onEvent = async (event: WorkflowEvent) => {
      if (isDamaged || event.kind !== 'progress' || event.task !== 'add') return
      isDamaged = true
      for (const path of await setFiles(machine, /^spool-/)) await flip(path, 30)
    }
    // Batches wait for one another, so that the damage is done before the next one is read.
    fleet.simulator.faults.plan({
      rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 50, times: 1000 }],
    })
    const ended = await sync(machine, emails, {
      limits: { batchesInFlight: 1, batchSize: 5 },
      onEvent: (event: WorkflowEvent) => void onEvent(event),
    })
    expect(ended).toMatchObject(succeeded)
    expect(isDamaged).toBe(true)
    expect(fleet.members()).toEqual(membersOf(emails))
    expect(await logOf(machine, workflowOf(ended))).toMatch(
      /file spool-sn_\w+\/adds-\w\.blocks does not match its checksum; it was rebuilt from the other sets/,
    )
  })

  test('a spool that is damaged or gone when a broken off run is folded is made again, and is not when nothing can make it', async () => {
    await sync(machine, people(30))
    await breakOff(machine, people(90, 20))
    const files = await setFiles(machine, /^spool-/)
    for (const path of files) await flip(path, 1)
    await rm(files.at(-1) ?? '')
    // What a plan makes again is thrown away with it.
    const plan = await machine.plan(await fleet.inputs(people(50)))
    expect(plan.error).toBeUndefined()
    expect(await readdir(join(files[0] ?? '', '..'))).toHaveLength(31)
    expect(await sync(machine, people(50))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(50)))

    await breakOff(machine, people(90, 20))
    const [spool = ''] = await setFiles(machine, /^spool-/)
    const [told = ''] = await setFiles(machine, /^sn_/)
    await flip(spool, 1)
    const { told_snapshot: snapshot } = await machine.ledger()
    for (const path of (await setFiles(machine, /^sn_/)).filter((one) => one.includes(snapshot ?? told)))
      await flip(path, 1)
    const ended = await sync(machine, people(50))
    expect(ended).toMatchObject(damaged)
    expect(await machine.resolve(workflowOf(ended), 'rebuild')).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(50)))
  })

  const sweepMs = isFullSweep ? 7_200_000 : 60_000
  test(
    'whatever is damaged, at whatever time, the list becomes what it was, or what it is to be',
    { timeout: sweepMs },
    async () => {
      const chance = chanceOf(11)
      const rounds: { what: string; rebuilt: unknown; members: string[]; wanted: string[] }[] = []
      for (let round = 0; round < (isFullSweep ? 300 : 10); round += 1) {
        const before = people(chance.whole(2, 40), chance.whole(0, 20))
        const ended = await sync(machine, before)
        if (chance.happens(0.6)) await breakOff(machine, people(60, chance.whole(10, 30)))
        const shown = fleet.members()
        const path = chance.pick(await setFiles(machine, /./))
        const what = `${JSON.stringify(ended)} round ${round}: ${path} ${await damage(chance, path)}`
        const next = people(chance.whole(2, 40), chance.whole(0, 20))
        const run = (await sync(machine, next)) as { end: { state: string } }
        const isRight = run.end.state === 'succeeded'
        expect(run, what).toMatchObject(isRight ? succeeded : damaged)
        expect(fleet.members(), what).toEqual(isRight ? membersOf(next) : shown)
        if (isRight) continue
        const rebuilt = await machine.resolve(workflowOf(run), 'rebuild')
        const members = fleet.members()
        rounds.push({ what, rebuilt, members, wanted: membersOf(next) })
      }
      expect(rounds.length).toBeGreaterThan(0)
      for (const { what, rebuilt, members, wanted } of rounds) {
        expect(rebuilt, what).toMatchObject(succeeded)
        expect(members, what).toEqual(wanted)
      }
    },
  )
})

describe('on machines that share a database', () => {
  let first: Machine
  let second: Machine

  beforeEach(async () => {
    first = await fleet.machine()
    second = await fleet.machine()
  })

  test('what is damaged here is fetched again, and the log names it', async () => {
    await sync(first, people(40))
    for (const path of await setFiles(first, /^sn_/)) await flip(path, 7)
    const ended = await sync(first, people(30))
    expect(ended).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(30)))
    expect(await logOf(first, workflowOf(ended))).toMatch(
      /file sn_\w+\/\w\.blocks does not match its checksum; it was restored from the copy in the database/,
    )
    await breakOff(first, people(80, 10))
    for (const path of await setFiles(first, /./)) await flip(path, 2)
    expect(await sync(first, people(30))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(30)))
  })

  test('a damaged copy in the database is no copy, and is none of a machine’s that has its own', async () => {
    await sync(first, people(40))
    const { id } = await first.ledger()
    const stored = await first.store.db
      .selectFrom('stored_file')
      .selectAll()
      .where('folder', '=', id)
      .orderBy('name')
      .execute()
    for (const { name, bytes } of stored) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(11) ^ 2, 11)
      const row = (set: Buffer) =>
        first.store.db
          .updateTable('stored_file')
          .set({ bytes: set })
          .where('folder', '=', id)
          .where('name', '=', name)
          .execute()
      await row(flipped)
      const refused = await sync(second, people(30))
      expect(refused).toMatchObject(withoutCopy)
      await row(bytes)
    }
    expect(fleet.members()).toEqual(membersOf(people(40)))
    await first.store.db
      .updateTable('stored_file')
      .set({ bytes: Buffer.alloc(36) })
      .where('folder', '=', id)
      .execute()
    expect(await sync(second, people(30))).toMatchObject(withoutCopy)
    expect(await sync(first, people(30))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(30)))
    expect(await sync(second, people(20))).toMatchObject(succeeded)
    expect(fleet.members()).toEqual(membersOf(people(20)))
  })
})
