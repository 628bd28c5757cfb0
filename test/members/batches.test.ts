import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutBatches, halveBatch } from '../../src/members/batches.ts'
import type { Batch } from '../../src/members/batches.ts'

const sizes = fc.record({
  adds: fc.nat({ max: 500 }),
  removes: fc.nat({ max: 500 }),
  batchSize: fc.integer({ min: 1, max: 120 }),
})

/** Every entry of an operation by its position, in the order of the batches' first entries. */
function positions(batches: readonly Batch[], operation: Batch['operation']): number[] {
  return batches
    .filter((batch) => batch.operation === operation)
    .toSorted((a, b) => a.first - b.first)
    .flatMap(({ first, count }) => Array.from({ length: count }, (_, index) => first + index))
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('batches hold every entry once, within the limit, adds before removes, numbered from one', () => {
  fc.assert(
    fc.property(sizes, ({ adds, removes, batchSize }) => {
      const batches = cutBatches({ adds, removes, batchSize })
      expect(positions(batches, 'add')).toEqual(upTo(adds))
      expect(positions(batches, 'remove')).toEqual(upTo(removes))
      expect(batches.every(({ count }) => count >= 1 && count <= batchSize)).toBe(true)
      expect(batches.map(({ number }) => number)).toEqual(upTo(batches.length).map((index) => index + 1))
      const firstRemove = batches.findIndex(({ operation }) => operation === 'remove')
      expect(
        batches
          .slice(firstRemove < 0 ? batches.length : firstRemove)
          .every(({ operation }) => operation === 'remove'),
      ).toBe(true)
    }),
  )
})

test('batches are as few as the limit allows', () => {
  expect(cutBatches({ adds: 20_000, removes: 10_001, batchSize: 10_000 })).toEqual([
    { number: 1, operation: 'add', first: 0, count: 10_000 },
    { number: 2, operation: 'add', first: 10_000, count: 10_000 },
    { number: 3, operation: 'remove', first: 0, count: 10_000 },
    { number: 4, operation: 'remove', first: 10_000, count: 1 },
  ])
  expect(cutBatches({ adds: 0, removes: 0, batchSize: 10 })).toEqual([])
})

test('halving any batches any number of times loses nothing and overlaps nowhere', () => {
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(), { maxLength: 60 }), (size, choices) => {
      const batches = cutBatches(size)
      let next = batches.length + 1
      for (const choice of choices) {
        const index = batches.length === 0 ? 0 : choice % batches.length
        const batch = batches[index]
        const halves = batch === undefined ? null : halveBatch(batch, next)
        if (halves === null) continue
        batches.splice(index, 1, ...halves)
        next += 2
      }
      expect(positions(batches, 'add')).toEqual(upTo(size.adds))
      expect(positions(batches, 'remove')).toEqual(upTo(size.removes))
      expect(new Set(batches.map(({ number }) => number)).size).toBe(batches.length)
      expect(batches.every(({ count }) => count >= 1)).toBe(true)
    }),
  )
})

test('halves are at most one entry apart, and a single entry is never halved', () => {
  const batch = { number: 7, operation: 'add', first: 20, count: 5 } as const
  expect(halveBatch(batch, 9)).toEqual([
    { number: 9, operation: 'add', first: 20, count: 3 },
    { number: 10, operation: 'add', first: 23, count: 2 },
  ])
  expect(halveBatch({ ...batch, count: 1 }, 9)).toBeNull()
})

test('a batch size that would never end is refused', () => {
  for (const batchSize of [0, -1, Number.NaN, 0.5]) {
    expect(() => cutBatches({ adds: 1, removes: 0, batchSize })).toThrow(RangeError)
  }
})
