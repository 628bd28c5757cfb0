import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSealer } from '../../../src/access/seal.ts'
import { begin } from '../../../src/destinations/customer-list/begin.ts'
import { listKinds } from '../../../src/destinations/customer-list/kinds.ts'
import { openInputs } from '../../../src/destinations/customer-list/inputs/stored-inputs.ts'
import type { Begin } from '../../../src/destinations/contract.ts'
import { acceptChanges, openList, rememberChanges } from '../../../src/ledger/lists.ts'
import { inWorkspace, PRODUCTION, transact } from '../../../src/store/workspace.ts'
import type { Workflow } from '../../../src/workflow/workflow-store.ts'
import { openLedger } from '../../ledger/support.ts'
import type { Ledger } from '../../ledger/support.ts'

/** What the kinds of a customer list decide without Pinterest. */

const sealer = createSealer(randomBytes(32))
let ledger: Ledger

beforeAll(async () => {
  ledger = await openLedger()
})

afterAll(() => ledger.close())

const begun = async (given: Partial<Begin>) =>
  transact(inWorkspace(ledger.store.db, PRODUCTION), (tx) =>
    begin(tx, {
      orchestration: { id: 'or_1', name: 'Loyal', limits: {} } as Begin['orchestration'],
      options: { adopt: false, sendAdditionsFirst: false },
      target: { id: 'cl_loyal', name: 'Loyal' },
      destination: { settings: { adAccountId: '1' }, limits: {} },
      sampleMembers: null,
      review: false,
      action: null,
      sealer,
      ...given,
    }),
  )

test('accepting what others did to a list is offered while there is something to accept', async () => {
  const { db } = ledger.store
  const [kind] = listKinds
  const { id } = await openList(db, '1', 'Offers')
  const offered = async () => kind?.offers?.(db, { subject: id } as Workflow, ['retry', 'accept_list'])
  expect(await offered()).toEqual(['retry'])
  const counters = { batches: 3, uploaded: 5, removed: 0 }
  await rememberChanges(db, id, { counters, changes: { batches: 1, uploaded: 2, removed: 0 } })
  expect(await offered()).toEqual(['retry', 'accept_list'])
  await acceptChanges(db, id, { by: 'Ann', at: '2026-03-01T00:00:00.000Z' })
  expect(await offered()).toEqual(['retry'])
})

test.each([
  ['rebuild', false],
  ['use_newer_list', true],
  [null, false],
] as const)('a run that begins with %s adopts a list with members: %s', async (action, adopt) => {
  const text = { sql: 'SELECT email FROM input', emailColumn: 'email', hashed: false }
  const run = await begun({ action })
  const stored = run.inputs({
    from: { kind: 'files', settings: { files: ['a.csv'] } },
    text,
    query: { name: 'Loyal', thresholds: {} },
  })('wf_1')
  expect(openInputs(stored, sealer, 'wf_1')).toMatchObject({ adopt, list: 'Loyal' })
})

test('a sample goes to a list of its own, unless an orchestration has that', async () => {
  const { db } = ledger.store
  const { id } = await openList(db, '1', 'Loyal (sample)')
  expect(await begun({ sampleMembers: 10 })).toMatchObject({ kind: 'sample', subject: id })
  for (const statement of [
    `insert into credential (id, workspace, name, sealed) values ('cr_1', 'production', 'Brand', 'x')`,
    `insert into data_source (id, workspace, name, kind, settings) values ('sr_1', 'production', 'Exports', 'files', '{}')`,
    `insert into query (id, workspace, name, data_source_id) values ('qy_1', 'production', 'Loyal', 'sr_1')`,
    `insert into destination (id, workspace, name, kind, credential_id, settings)
      values ('ds_1', 'production', 'Main', 'customer_list', 'cr_1', '{}')`,
    `insert into orchestration (id, workspace, name, query_id, destination_id, target_id)
      values ('or_2', 'production', 'Owner', 'qy_1', 'ds_1', '${id}')`,
  ])
    await sql.raw(statement).execute(db)
  await expect(begun({ sampleMembers: 10 })).rejects.toMatchObject({
    code: 'name_taken',
    message: expect.stringContaining('belongs to orchestration "Owner"') as string,
  })
})
