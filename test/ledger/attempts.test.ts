import * as fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attemptConfirmed,
  attemptFailed,
  lastAttempt,
  listBatches,
  openAttempt,
  splitBatch,
} from '../../src/ledger/attempts.ts'
import { foldBatch } from '../../src/ledger/batch-state.ts'
import type { Attempt, Batch } from '../../src/ledger/batch-state.ts'
import { confirmedBatchesOf, confirmedChanges } from '../../src/ledger/confirmed.ts'
import { openChangeSet, openChangeSetOf, switchTold } from '../../src/ledger/ledger.ts'
import type { ChangeSet } from '../../src/ledger/ledger.ts'
import { getList, namedReferences, openList } from '../../src/ledger/lists.ts'
import { openLedger } from './support.ts'
import type { Ledger } from './support.ts'

let ledger: Ledger

beforeAll(async () => {
  ledger = await openLedger()
})

afterAll(() => ledger.close())

/** What happens to the batches of a change set, one thing after the other. */
type Step =
  | { readonly does: 'confirmed'; readonly batch: number; readonly tries: number }
  | { readonly does: 'lost' | 'refused' | 'dies' | 'found' | 'split'; readonly batch: number }

const steps = fc.array(
  fc.oneof(
    fc.record({
      does: fc.constant('confirmed' as const),
      batch: fc.nat(40),
      tries: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({
      does: fc.constantFrom(
        'lost' as const,
        'refused' as const,
        'dies' as const,
        'found' as const,
        'split' as const,
      ),
      batch: fc.nat(40),
    }),
  ),
  { minLength: 5, maxLength: 25, size: 'max' },
)

/** A batch as a row would have it that is changed each time something happens. */
interface Row {
  readonly first: number
  readonly count: number
  state: Batch['state']
  attempts: number
  isAnswered: boolean
}

/** What happens to such a row; its halves when it is split. */
function changeRow(row: Row, step: Step): Row[] {
  const before = row.state
  if (step.does === 'split') {
    const half = Math.ceil(row.count / 2)
    const state = before === 'planned' ? before : 'unanswered'
    const part = { state, attempts: 0, isAnswered: false } as const
    return row.count <= 1
      ? [row]
      : [
          { ...part, first: row.first, count: half },
          { ...part, first: row.first + half, count: row.count - half },
        ]
  }
  if (step.does === 'found') {
    if (row.attempts > 0 && before !== 'planned') Object.assign(row, { state: 'confirmed', isAnswered: true })
    return [row]
  }
  row.attempts += step.does === 'confirmed' ? step.tries : 1
  if (step.does === 'confirmed') Object.assign(row, { state: 'confirmed', isAnswered: true })
  else if (step.does === 'dies') row.state = 'sending'
  else row.state = step.does === 'refused' && before === 'planned' ? 'planned' : 'unanswered'
  return [row]
}

const answer = (landings: number) => ({
  status: 200,
  requestId: 'rid',
  counters: { batches: 1, uploaded: 1, removed: 0 },
  landings,
})

/** The same in the ledger. */
async function record(batch: Batch, step: Step): Promise<void> {
  const { db } = ledger.store
  if (step.does === 'split') return void (await splitBatch(db, batch))
  if (step.does === 'found') {
    const last = await lastAttempt(db, batch)
    if (last !== null && batch.state !== 'planned') await attemptConfirmed(db, last, answer(1))
    return
  }
  const attempt = await openAttempt(db, batch)
  if (step.does === 'confirmed') return attemptConfirmed(db, attempt, answer(step.tries))
  if (step.does !== 'dies') await attemptFailed(db, attempt, step.does)
}

interface Kept {
  readonly row: Row
  readonly operation: string
}

function batchAt(batches: readonly Batch[], { row, operation }: Kept): Batch | undefined {
  return batches.find((batch) => batch.operation === operation && batch.first === row.first)
}

/** What can be compared of batches, in the order of their members. */
function shownOf(batches: readonly Batch[]): unknown[] {
  return byPlace(
    batches.map(({ operation, first, count, state, attempts, answered_at: at }) => ({
      operation,
      first,
      count,
      state,
      attempts,
      isAnswered: at !== null,
    })),
  )
}

function rowsInOrder(rows: readonly Kept[]): unknown[] {
  return byPlace(rows.map(({ row, operation }) => ({ operation, ...row })))
}

function byPlace<T extends { readonly operation: string; readonly first: number }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.operation.localeCompare(b.operation) || a.first - b.first)
}

test('whatever happened to its batches, the fold, the database and the sums say what rows would that are changed each time', async () => {
  const { db } = ledger.store
  let lists = 0
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 9 }), async (history, count) => {
      const list = await openList(db, '1', `History ${(lists += 1)}`)
      const workflowId = await ledger.workflow(list.id)
      const id = await openChangeSet(db, {
        ...ledger.change(list.id, workflowId),
        batches: [
          { number: 1, operation: 'add', first: 0, count },
          { number: 2, operation: 'add', first: count, count: 2 },
          { number: 3, operation: 'remove', first: 0, count },
        ],
      })
      let rows: Kept[] = (await listBatches(db, id)).map(({ operation, first, count: members }) => ({
        row: { first, count: members, state: 'planned', attempts: 0, isAnswered: false },
        operation,
      }))
      for (const step of history) {
        const open = rows.filter(({ row }) => row.state !== 'confirmed')
        const chosen = open[step.batch % open.length]
        if (chosen === undefined) break
        const batches = await listBatches(db, id)
        expect(shownOf(batches)).toEqual(rowsInOrder(rows))
        await record(batchAt(batches, chosen) as Batch, step)
        const { operation } = chosen
        rows = rows.flatMap((one) =>
          one === chosen ? changeRow(one.row, step).map((row) => ({ row, operation })) : [one],
        )
      }
      const batches = await listBatches(db, id)
      expect(shownOf(batches)).toEqual(rowsInOrder(rows))

      const { rows: view } = await sql<
        Pick<Batch, 'number' | 'state'>
      >`select * from batch_states(${id})`.execute(db)
      const shown = view.filter(({ state }) => state !== 'split').map(({ number, state }) => [number, state])
      expect(new Map(shown as [number, string][])).toEqual(
        new Map(batches.map(({ number, state }) => [number, state])),
      )
      // What was split stands behind its parts, which name it.
      const parts = await db.selectFrom('batch').selectAll().where('change_set_id', '=', id).execute()
      expect(new Set(view.filter(({ state }) => state === 'split').map(({ number }) => number))).toEqual(
        new Set(parts.flatMap(({ part_of: whole }) => (whole === null ? [] : [whole]))),
      )

      const confirmed = rows.filter(({ row }) => row.state === 'confirmed')
      const members = (of: string): number =>
        confirmed.filter(({ operation }) => operation === of).reduce((sum, { row }) => sum + row.count, 0)
      expect(await confirmedChanges(db, workflowId)).toEqual({
        added: members('add'),
        removed: members('remove'),
      })
      expect(await confirmedBatchesOf(db, workflowId)).toBe(confirmed.length)
    }),
    { numRuns: 40 },
  )
})

function batchOf(mayHaveLanded: boolean) {
  const planned = {
    change_set_id: 'cs',
    number: 1,
    operation: 'add',
    first: 0,
    count: 5,
    part_of: null,
  } as const
  return { ...planned, may_have_landed: mayHaveLanded }
}

describe('the fold alone', () => {
  const outcome = fc.record({
    outcome: fc.constantFrom('confirmed' as const, 'lost' as const, 'refused' as const),
    at: fc.constant(null),
    tries: fc.integer({ min: 1, max: 5 }),
    status: fc.constant(null),
    request_id: fc.constant(null),
    counters: fc.constant(null),
  })
  const attempts = fc
    .array(fc.array(outcome, { maxLength: 2 }), { maxLength: 6 })
    .map((all): Attempt[] => all.map((outcomes, index) => ({ number: index + 1, sent_at: null, outcomes })))
  const refused: Attempt['outcomes'][number] = {
    outcome: 'refused',
    at: null,
    tries: 1,
    status: null,
    request_id: null,
    counters: null,
  }

  test('what is confirmed stays so, and what may have landed is never planned again, whatever follows', () => {
    fc.assert(
      fc.property(attempts, attempts, fc.boolean(), (before, after, mayHaveLanded) => {
        const batch = batchOf(mayHaveLanded)
        const early = foldBatch(batch, before, false)
        const late = foldBatch(batch, [...before, ...after], false)
        expect(early.state !== 'confirmed' || late.state === 'confirmed').toBe(true)
        expect(early.state === 'planned' || late.state !== 'planned').toBe(true)
        expect(late.attempts).toBeGreaterThanOrEqual(early.attempts)
        expect(foldBatch(batch, before, true).state).toBe('split')
      }),
    )
  })

  test('refusals change nothing about what may have landed', () => {
    fc.assert(
      fc.property(attempts, fc.boolean(), (all, mayHaveLanded) => {
        const ended = [...all, { number: all.length + 1, sent_at: null, outcomes: [refused] }]
        const without = all.filter(
          ({ outcomes }) => outcomes.length === 0 || outcomes.some((o) => o.outcome !== 'refused'),
        )
        const state = foldBatch(batchOf(mayHaveLanded), ended, false).state
        const open = foldBatch(batchOf(mayHaveLanded), without, false).state
        expect(state).toBe(open === 'sending' ? 'unanswered' : open)
      }),
    )
  })
})

test('a batch is confirmed once', async () => {
  const { db } = ledger.store
  const list = await openList(db, '1', 'Once')
  const id = await openChangeSet(db, {
    ...ledger.change(list.id, await ledger.workflow(list.id)),
    batches: [{ number: 1, operation: 'add', first: 0, count: 2 }],
  })
  const [batch] = await listBatches(db, id)
  const attempt = await openAttempt(db, batch as Batch)
  await attemptConfirmed(db, attempt, answer(1))
  const again = await openAttempt(db, batch as Batch)
  expect(again.number).toBe(2)
  await expect(attemptConfirmed(db, again, answer(1))).rejects.toThrow(/one_confirmation/)
})

/** A change set with so many adds, a batch each. */
async function openAdds(name: string, sizes: readonly number[]): Promise<{ listId: string; id: string }> {
  const { db } = ledger.store
  const { id: listId } = await openList(db, '1', name)
  const batches = sizes.map((count, index) => ({
    number: index + 1,
    operation: 'add' as const,
    first: 0,
    count,
  }))
  const id = await openChangeSet(db, { ...ledger.change(listId, await ledger.workflow(listId)), batches })
  return { listId, id }
}

test('batches that are halved at the same time get numbers of their own', async () => {
  const { db } = ledger.store
  const { id } = await openAdds('At once', [4, 4, 4, 4, 4, 4])
  const batches = await listBatches(db, id)
  const halves = await Promise.all(batches.map((batch) => splitBatch(db, batch)))
  const numbers = halves.flatMap((parts) => (parts ?? []).map(({ number }) => number))
  expect(numbers.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 12 }, (_, index) => 7 + index),
  )
})

test('the answer that makes a list is recorded with the list, which started from nothing', async () => {
  const { db } = ledger.store
  const { listId, id } = await openAdds('Made', [3])
  const [first] = await listBatches(db, id)
  const held = { listId, pinterestListId: '77' }
  await attemptConfirmed(db, await openAttempt(db, first as Batch), answer(1), held)
  expect(await getList(db, listId)).toMatchObject({
    pinterest_list_id: '77',
    counters: { batches: 0, uploaded: 0, removed: 0 },
  })
  expect((await listBatches(db, id)).map(({ state }) => state)).toEqual(['confirmed'])
})

const at = (time: string): Date => new Date(`2026-03-01T${time}:00Z`)

/** When its change set says that it was told, now that all of it was, and whether that is its end. */
async function endOf(listId: string, id: string): Promise<{ told: Date | null; isNow: boolean }> {
  const { db } = ledger.store
  await switchTold(db, (await openChangeSetOf(db, listId)) as ChangeSet, null)
  const { told_after_at: told, ended_at: ended } = await db
    .selectFrom('change_set')
    .select(['told_after_at', 'ended_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return { told, isNow: told?.getTime() === ended?.getTime() }
}

describe('what was told is dated', () => {
  test.each([
    { by: 'the last confirmation', second: ['10:01', 'refused', '10:30'], told: '10:05' },
    { by: 'the last attempt, if that came later', second: ['10:20', 'lost', '10:30'], told: '10:20' },
  ] as const)('by $by', async ({ by, second, told }) => {
    const { db } = ledger.store
    const { listId, id } = await openAdds(by, [3, 2])
    for (const [index, [sentAt, outcome, answeredAt]] of [
      ['10:00', 'confirmed', '10:05'] as const,
      second,
    ].entries()) {
      const of = { change_set_id: id, batch: index + 1 }
      await db
        .insertInto('attempt')
        .values({ ...of, number: 1, sent_at: at(sentAt) })
        .execute()
      await db
        .insertInto('attempt_outcome')
        .values({ ...of, attempt: 1, outcome, at: at(answeredAt) })
        .execute()
    }
    expect(await endOf(listId, id)).toEqual({ told: at(told), isNow: false })
  })

  test('by its end, if there was nothing to send', async () => {
    const { listId, id } = await openAdds('Nothing to send', [])
    expect(await endOf(listId, id)).toMatchObject({ isNow: true })
  })
})

test('a list needs all that it refers to: what was told, what is unsure, and what its open change leads to', async () => {
  const { db } = ledger.store
  const { listId } = await openAdds('Named', [1])
  await db
    .updateTable('customer_list')
    .set({ told_snapshot: 'sn_told', unsure_snapshot: 'sn_unsure' })
    .where('id', '=', listId)
    .execute()
  const { desired_snapshot: desired } = (await openChangeSetOf(db, listId)) as ChangeSet
  expect((await namedReferences(db, [listId])).get(listId)).toEqual({
    sets: ['sn_told', 'sn_unsure', desired],
    changes: ['{}'],
  })
})
