import { readdir, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { SyncInputs } from '../../../src/destinations/customer-list/inputs/inputs.ts'
import type { WorkflowEvent } from '../../../src/workflow/task-definition.ts'
import { createTestDatabase } from '../../support/database.ts'
import type { TestDatabase } from '../../support/database.ts'
import { openFleet } from './fleet.ts'
import type { Fleet, Machine } from './fleet.ts'
import { csvOf, membersOf, people } from './support.ts'

/** Rows that a run has staged when its process ends, with a database of the data folder’s own. */

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

function endBeforeComparing(event: WorkflowEvent): void {
  if (event.kind === 'task' && event.task === 'compare') throw new Error('the process ends here')
}

/** A run that ends once its rows are staged, and before they are compared. Its workflow's id. */
async function endStaged(machine: Machine, inputs: SyncInputs): Promise<string> {
  await expect(machine.sync(inputs, { onEvent: endBeforeComparing })).rejects.toThrow('the process ends here')
  const { id } = await machine.store.db
    .selectFrom('workflow')
    .select('id')
    .where('subject', '=', (await machine.ledger()).id)
    .executeTakeFirstOrThrow()
  return id
}

describe('rows that were staged before a process ended', () => {
  test('are compared by the one that goes on, whatever the source holds by then', async () => {
    const machine = await fleet.machine({ alone: true })
    const inputs = await fleet.inputs(people(20))
    const id = await endStaged(machine, inputs)
    const [file = ''] = inputs.from as readonly string[]
    await writeFile(file, csvOf(people(5)))
    expect(await machine.resolve(id, 'retry')).toMatchObject({ end: { state: 'succeeded' } })
    expect(fleet.members()).toEqual(membersOf(people(20)))
    expect(await readdir(machine.home.workDir)).not.toContain(id)
  })

  test('are read again when an earlier version kept no reference to them', async () => {
    const machine = await fleet.machine({ alone: true })
    const inputs = await fleet.inputs(people(20))
    const id = await endStaged(machine, inputs)
    await sql`update task set output = output - 'stage' where workflow_id = ${id} and name = 'prepare'`.execute(
      machine.store.db,
    )
    const [file = ''] = inputs.from as readonly string[]
    await writeFile(file, csvOf(people(5)))
    expect(await machine.resolve(id, 'retry')).toMatchObject({ end: { state: 'succeeded' } })
    expect(fleet.members()).toEqual(membersOf(people(5)))
    expect(await readdir(machine.home.workDir)).not.toContain(id)
  })
})
