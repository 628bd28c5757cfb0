import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyBatch, changeSet, complete, fold, nothingTold } from '../../src/members/algebra.ts'
import type { Told } from '../../src/members/algebra.ts'
import { cutBatches } from '../../src/members/batches.ts'

type Members = ReadonlySet<string>

/** What can happen to a batch: its answer comes, is lost after or before the effect, or it is never sent. */
type Fate = 'confirmed' | 'lost_after' | 'lost_before' | 'never_sent'

interface Run {
  readonly desired: Members
  readonly batchSize: number
  readonly fates: readonly Fate[]
}

/** The ledger, and the members Pinterest really has. */
interface State {
  readonly ledger: Told
  readonly actual: Members
}

// Few names, so that members come and go all the time.
const members = fc
  .array(fc.integer({ min: 0, max: 15 }), { maxLength: 16 })
  .map((names) => new Set(names.map((name) => `m${name}`)))
const fate = fc.constantFrom<Fate>('confirmed', 'confirmed', 'lost_after', 'lost_before', 'never_sent')
const run: fc.Arbitrary<Run> = fc.record({
  desired: members,
  batchSize: fc.integer({ min: 1, max: 5 }),
  fates: fc.array(fate, { minLength: 32, maxLength: 32 }),
})

/** One run that may be disturbed; the ledger as it folds it, and the members Pinterest then really has. */
function play(ledger: Told, actual: Members, { desired, batchSize, fates }: Run): State {
  const change = changeSet(desired, ledger)
  const batches = cutBatches({ adds: change.adds.length, removes: change.removes.length, batchSize })
  const ofFate = (wanted: readonly Fate[]) =>
    batches.filter((_, index) => wanted.includes(fates[index] ?? 'confirmed'))
  let now = actual
  for (const batch of ofFate(['confirmed', 'lost_after'])) now = applyBatch(now, change, batch)
  const confirmed = ofFate(['confirmed'])
  if (confirmed.length === batches.length) return { ledger: complete(desired), actual: now }
  return {
    ledger: fold(ledger, change, { confirmed, unanswered: ofFate(['lost_after', 'lost_before']) }),
    actual: now,
  }
}

const undisturbed = (desired: Members): Run => ({ desired, batchSize: 3, fates: [] })

function playAll(runs: readonly Run[]): State {
  const start: State = { ledger: nothingTold, actual: new Set() }
  return runs.reduce((state, next) => play(state.ledger, state.actual, next), start)
}

test('sending a whole change set makes the list equal the query', () => {
  fc.assert(
    fc.property(members, members, (before, desired) => {
      expect(play(complete(before), before, undisturbed(desired)).actual).toEqual(desired)
    }),
  )
})

test('after any history of disturbed runs the next undisturbed one makes the list equal the query', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 8 }), members, (history, desired) => {
      const { ledger, actual } = playAll(history)
      const after = play(ledger, actual, undisturbed(desired))
      expect(after.actual).toEqual(desired)
      expect(after.ledger).toEqual(complete(desired))
    }),
    { numRuns: 3000 },
  )
})

test('told is never more, and told with unsure never less, than what Pinterest has', () => {
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 8 }), (history) => {
      const { ledger, actual } = playAll(history)
      expect(ledger.told.isSubsetOf(actual)).toBe(true)
      expect(ledger.told.union(ledger.unsure).isSupersetOf(actual)).toBe(true)
      expect(ledger.told.isDisjointFrom(ledger.unsure)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('a run without change sends nothing', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 4 }), members, (history, desired) => {
      const { ledger, actual } = playAll([...history, undisturbed(desired)])
      expect(actual).toEqual(desired)
      expect(changeSet(desired, ledger)).toEqual({ adds: [], removes: [] })
    }),
  )
})

test('nobody is added who is told, removed who is desired, or both added and removed', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 4 }), members, (history, desired) => {
      const { ledger } = playAll(history)
      const { adds, removes } = changeOf(desired, ledger)
      expect(adds.isDisjointFrom(ledger.told)).toBe(true)
      expect(removes.isDisjointFrom(desired)).toBe(true)
      expect(adds.isDisjointFrom(removes)).toBe(true)
    }),
  )
})

function changeOf(desired: Members, ledger: Told) {
  const { adds, removes } = changeSet(desired, ledger)
  expect([...adds]).toEqual([...adds].toSorted())
  return { adds: new Set(adds), removes: new Set(removes) }
}

test('a member whose removal was not answered is added again when he comes back', () => {
  const before = complete(new Set(['ann', 'lee']))
  const removal = changeSet(new Set(['ann']), before)
  const after = fold(before, removal, {
    confirmed: [],
    unanswered: [{ operation: 'remove', first: 0, count: 1 }],
  })
  expect(after).toEqual({ told: new Set(['ann']), unsure: new Set(['lee']) })
  expect(changeSet(new Set(['ann', 'lee']), after).adds).toEqual(['lee'])
  expect(changeSet(new Set(['ann']), after).removes).toEqual(['lee'])
})
