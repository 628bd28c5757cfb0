import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  attemptConfirmed,
  attemptFailed,
  listBatches,
  openAttempt,
  splitBatch,
} from '../../src/ledger/attempts.ts'
import type { Batch } from '../../src/ledger/batch-state.ts'
import { confirmedBatchesOf, confirmedChanges, lastConfirmedAt } from '../../src/ledger/confirmed.ts'
import { discardChangeSet, openChangeSet, openChangeSetOf, switchTold } from '../../src/ledger/ledger.ts'
import { openList } from '../../src/ledger/lists.ts'
import {
  pruneReceipts,
  pruneWorkflow,
  prunedReceipts,
  receiptLines,
} from '../../src/ledger/prune-receipts.ts'
import { readReceipts } from '../../src/ledger/receipts.ts'
import { openLedger } from './support.ts'
import type { Ledger } from './support.ts'

let ledger: Ledger

beforeAll(async () => {
  ledger = await openLedger()
})

afterAll(() => ledger.close())

interface Sent {
  readonly listId: string
  readonly workflowId: string
  readonly changeSetId: string
}

/** A change set of which one batch was split, one confirmed and one never sent. It is open, and its workflow runs. */
async function sent(name: string, workflow?: Sent): Promise<Sent> {
  const { db } = ledger.store
  const { id: listId } = await openList(db, '1', name)
  const workflowId = workflow?.workflowId ?? (await ledger.workflow(listId))
  const changeSetId = await openChangeSet(db, {
    ...ledger.change(listId, workflowId),
    batches: [
      { number: 1, operation: 'add', first: 0, count: 4 },
      { number: 2, operation: 'remove', first: 0, count: 3 },
    ],
  })
  const [add, remove] = (await listBatches(db, changeSetId)) as [Batch, Batch]
  await attemptFailed(db, await openAttempt(db, add), 'refused')
  const [half] = (await splitBatch(db, add)) as [Batch, Batch]
  for (const batch of [half, remove])
    await attemptConfirmed(db, await openAttempt(db, batch), {
      status: 200,
      requestId: `rid ${batch.number}`,
      counters: { batches: 1, uploaded: 2, removed: 0 },
      landings: 1,
    })
  return { listId, workflowId, changeSetId }
}

async function end({ listId, workflowId }: Sent, changeSetEnds = true): Promise<void> {
  const { db } = ledger.store
  const changeSet = await openChangeSetOf(db, listId)
  if (changeSetEnds && changeSet !== undefined) await switchTold(db, changeSet, null)
  await db
    .updateTable('workflow')
    .set({ state: 'succeeded', ended_at: sql<Date>`now() - interval '2 days'` })
    .where('id', '=', workflowId)
    .execute()
}

/** Another run gave up what is open of it. */
async function fold({ listId }: Pick<Sent, 'listId'>): Promise<void> {
  const { db } = ledger.store
  const changeSet = await openChangeSetOf(db, listId)
  if (changeSet !== undefined) await discardChangeSet(db, changeSet)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Those of a download that are of one change set. */
function linesOf(file: string, changeSetId: string | undefined): string {
  return file
    .split(/(?<=\n)/)
    .filter((line) => (JSON.parse(line) as { change_set_id: string }).change_set_id === changeSetId)
    .join('')
}

/** Of which batch, attempt and outcome a line of a download is. */
function placeOf(line: string): string {
  const { number, batch, attempt, outcome } = JSON.parse(line) as Readonly<Record<string, unknown>>
  return [batch ?? number, batch === undefined ? [] : (attempt ?? number), outcome ?? []].flat().join(' ')
}

const tables = ['batch', 'attempt', 'attempt_outcome']

async function rowsOf(changeSetId: string): Promise<unknown[]> {
  const all = tables.map(async (table) =>
    sql`select * from ${sql.table(table)} t where change_set_id = ${changeSetId} order by t::text`.execute(
      ledger.store.db,
    ),
  )
  return (await Promise.all(all)).flatMap(({ rows }) => rows)
}

test('the database refuses to change or delete receipts, and keeps them', async () => {
  const { db } = ledger.store
  const one = await sent('Refused')
  await end(one)
  const before = await rowsOf(one.changeSetId)
  expect(before).toHaveLength(2 + 2 + 3 + 3)
  const attempts = [
    `update batch set count = count + 1`,
    `update attempt set sent_at = now()`,
    `update attempt_outcome set outcome = 'confirmed'`,
    `update batch set count = 0 where false`,
    `insert into attempt (change_set_id, batch, number) values ('${one.changeSetId}', 2, 1)
      on conflict (change_set_id, batch, number) do update set sent_at = now()`,
    ...tables.flatMap((table) => [
      `delete from ${table}`,
      `delete from ${table} where change_set_id = '${one.changeSetId}'`,
      `truncate ${table} cascade`,
    ]),
    `with gone as (delete from attempt_outcome returning *) insert into attempt_outcome select * from gone`,
    `delete from change_set where id = '${one.changeSetId}'`,
  ]
  for (const statement of attempts)
    await expect(sql.raw(statement).execute(db), statement).rejects.toThrow(
      /receipts are only added|violates foreign key/,
    )
  expect(await rowsOf(one.changeSetId)).toEqual(before)
})

/** What fails where nothing may. */
const never = (error: unknown): never => {
  throw error
}

test('receipts go as a whole once their workflow has ended, what is read of them stays, and their digest is that of the download', async () => {
  const { db } = ledger.store
  const one = await sent('Pruned')
  await sql`insert into attempt_outcome (change_set_id, batch, attempt, outcome)
    values (${one.changeSetId}, 2, 1, 'lost')`.execute(db)
  await end(one)
  const text = await receiptLines(db, one.workflowId)
  const said = async () => ({
    changes: await confirmedChanges(db, one.workflowId),
    batches: await confirmedBatchesOf(db, one.workflowId),
    last: await lastConfirmedAt(db, one.listId),
  })
  const before = await said()
  expect(before).toMatchObject({
    changes: { added: 2, removed: 3 },
    batches: 2,
    last: expect.any(Date) as unknown,
  })
  expect(await prunedReceipts(db, one.workflowId)).toBeNull()

  await pruneReceipts(db, 3 * 86_400_000, never)
  expect(await receiptLines(db, one.workflowId)).toBe(text)
  await pruneReceipts(db, 86_400_000, never)
  expect(await rowsOf(one.changeSetId)).toEqual([])
  expect(await readReceipts(db, one.workflowId)).toEqual([])
  expect(await said()).toEqual(before)
  expect(await prunedReceipts(db, one.workflowId)).toMatchObject({
    sha256: sha256(text),
  })
  // One JSON object a line, with all that was recorded: each batch with its attempts, and what became of them.
  expect(text.trimEnd().split('\n').map(placeOf)).toEqual(
    '1; 1 1; 1 1 refused; 2; 2 1; 2 1 confirmed; 2 1 lost; 3; 3 1; 3 1 confirmed; 4'.split('; '),
  )
  await pruneWorkflow(db, one.workflowId)
  expect(await said()).toEqual(before)
})

test('the text of receipts is the same in every time zone', async () => {
  const { db } = ledger.store
  const one = await sent('Zones')
  const text = await receiptLines(db, one.workflowId)
  await db.transaction().execute(async (tx) => {
    await sql`set local timezone to 'Asia/Tokyo'`.execute(tx)
    expect(await receiptLines(tx, one.workflowId)).toBe(text)
  })
  await end(one)
})

test('receipts stay while their workflow may go on, or their change set is not counted in', async () => {
  const { db } = ledger.store
  const running = await sent('Running')
  const open = await sent('Open')
  await end(open, false)
  // Interrupted after all of it was told, it goes on to its next task.
  const told = await sent('Told')
  await end(told)
  await db.updateTable('workflow').set({ state: 'running' }).where('id', '=', told.workflowId).execute()
  for (const one of [running, open, told]) {
    const before = await rowsOf(one.changeSetId)
    await pruneWorkflow(db, one.workflowId)
    expect(await rowsOf(one.changeSetId)).toEqual(before)
    // Nor does the database take a digest of it, without which nothing is deleted.
    const digest = db.insertInto('receipt_digest').values({ change_set_id: one.changeSetId })
    await expect(digest.execute()).rejects.toThrow(/has not ended/)
  }
})

test('a digest is of what is there, is not changed, and no receipt is added after it', async () => {
  const { db } = ledger.store
  const one = await sent('Sealed')
  await end(one)
  const text = await receiptLines(db, one.workflowId)
  await sql`insert into receipt_digest (change_set_id, sha256, rows, batches, added, removed)
    values (${one.changeSetId}, 'forged', 0, 0, 0, 0)`.execute(db)
  expect(await prunedReceipts(db, one.workflowId)).toMatchObject({
    sha256: sha256(text),
  })
  const late = sql`insert into batch (change_set_id, number, operation, first, count)
    values (${one.changeSetId}, 9, 'add', 0, 1)`
  await expect(late.execute(db)).rejects.toThrow(/was pruned/)
  for (const statement of [
    `update receipt_digest set added = 0`,
    `delete from receipt_digest`,
    `truncate receipt_digest`,
  ])
    await expect(sql.raw(statement).execute(db), statement).rejects.toThrow(/receipts are only added/)
  // Some of them do not go without the rest.
  const some = sql`delete from attempt_outcome where change_set_id = ${one.changeSetId} and batch = 2`
  await expect(some.execute(db)).rejects.toThrow(/receipts are only added/)
})

test('of a workflow that opened several change sets all receipts are seen and downloaded, in order and by the name of their set', async () => {
  const { db } = ledger.store
  const one = await sent('Several')
  await fold(one)
  const discarded = await openChangeSet(db, {
    ...ledger.change(one.listId, one.workflowId),
    batches: [{ number: 1, operation: 'add', first: 0, count: 4 }],
  })
  await fold(one)
  const two = await sent('Several', one)
  const ids = [one.changeSetId, two.changeSetId]
  const shown = (await readReceipts(db, one.workflowId)).map(({ changeSet, batch }) => [changeSet, batch])
  // Of what was given up, only that which was sent.
  expect(shown).toEqual([
    ...[2, 3].map((batch) => [ids[0], batch]),
    ...[2, 3, 4].map((batch) => [ids[1], batch]),
  ])
  const file = await receiptLines(db, one.workflowId)
  const sets = file
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { change_set_id: string }).change_set_id)
  expect(sets.filter((set, place) => set !== sets[place - 1])).toEqual([ids[0], discarded, ids[1]])

  await end(two)
  await pruneWorkflow(db, one.workflowId)
  expect(await readReceipts(db, one.workflowId)).toEqual([])
  const parts = [ids[0], discarded, ids[1]].map((id) => ({
    changeSet: id,
    sha256: sha256(linesOf(file, id)),
  }))
  expect(await prunedReceipts(db, one.workflowId)).toEqual({
    at: expect.any(String) as unknown,
    sha256: sha256(file),
    changeSets: parts,
  })
})

test('a round leaves workflows alone that have nothing to delete, however many there are', async () => {
  const { db } = ledger.store
  const pruned = await sent('Pruned before')
  await end(pruned)
  await pruneWorkflow(db, pruned.workflowId)
  const open = await sent('Still open')
  await end(open, false)
  await db.transaction().execute(async (tx) => {
    // A round that took up one of them would wait for ever.
    const ids = [pruned.workflowId, open.workflowId]
    await tx.selectFrom('workflow').select('id').where('id', 'in', ids).forUpdate().execute()
    await expect(pruneReceipts(db, 86_400_000, never)).resolves.toBeUndefined()
  })
})

test('receipts that cannot be deleted keep no others, and are said', async () => {
  const { db } = ledger.store
  const stuck = await sent('Stuck')
  const next = await sent('Next')
  await end(stuck)
  await end(next)
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'a damaged page'; end $$`.execute(
    db,
  )
  await sql
    .raw(
      `create trigger refuse before delete on batch for each row when (old.change_set_id = '${stuck.changeSetId}') execute function refuse()`,
    )
    .execute(db)
  const said: unknown[] = []
  await pruneReceipts(db, 86_400_000, (error) => said.push(error))
  expect(said).toEqual([expect.objectContaining({ message: 'a damaged page' })])
  expect(await readReceipts(db, next.workflowId)).toEqual([])
  expect(await readReceipts(db, stuck.workflowId)).not.toEqual([])
  await sql`drop function refuse cascade`.execute(db)
})
