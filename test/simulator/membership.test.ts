import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemberSet } from '../../simulator/members.ts'
import { addAll, readRecords, removeAll } from '../../simulator/records.ts'
import { hashes, LISTS, sha256, startApi } from './api.ts'

const PEOPLE = 40
const person = fc.integer({ min: 0, max: PEOPLE - 1 })
const change = fc.record({
  operation_type: fc.constantFrom('ADD', 'REMOVE'),
  people: fc.array(person, { minLength: 1, maxLength: 30 }),
})

function recordOf(number: number): string {
  const email = `person${number}@example.com`
  return number % 5 === 0 ? email : sha256(email)
}

function applyTo<T>(oracle: Set<T>, isAdd: boolean, things: readonly T[]): void {
  for (const one of things) {
    if (isAdd) oracle.add(one)
    else oracle.delete(one)
  }
}

const VALID = /^(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|a@b\.example|ü@b\.example)$/

test('after any changes the members are those of a set, and the counters those of a tally', async () => {
  await using api = await startApi({ limits: 'off' })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const id = await api.list('oracle', 3)
      const wanted = new Set([0, 1, 2])
      const tally = { uploaded: 3, removed: 0 }
      for (const { operation_type, people } of changes) {
        const records = people.map(recordOf).join(',')
        expect((await api.patch(`${LISTS}/${id}`, { operation_type, records })).status).toBe(200)
        applyTo(wanted, operation_type === 'ADD', people)
        tally[operation_type === 'ADD' ? 'uploaded' : 'removed'] += people.length
      }
      expect(api.simulator.control.members(id)).toEqual(
        [...wanted].flatMap((one) => hashes(one, 1)).toSorted(),
      )
      const report = api.simulator.control.lists().find((list) => list.id === id)
      expect(report).toMatchObject({ ...tally, members: wanted.size, batches: changes.length + 1 })
    }),
    { numRuns: 60 },
  )
})

/** Hashes that crowd into one shard and few slots, the all-zero one among them. */
const crowded = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 30 }))
  .map(([home, tail]) => `00000000${String(home).padStart(2, '0')}${tail.toString(16).padStart(54, '0')}`)

test('the packed set keeps crowded hashes apart through growth and removal', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.array(crowded, { minLength: 1, maxLength: 40 })), {
    maxLength: 20,
  })
  fc.assert(
    fc.property(steps, (changes) => {
      const [packed, oracle] = [new MemberSet(), new Set<string>()]
      for (const [isAdd, texts] of changes) {
        const apply = isAdd ? addAll : removeAll
        apply(packed, readRecords(texts.join(',')))
        applyTo(oracle, isAdd, texts)
        expect(packed.size).toBe(oracle.size)
      }
      expect([...packed.sorted()].flat()).toEqual([...oracle].toSorted())
      expect([...MemberSet.from(packed.dump()).sorted()].flat()).toEqual([...oracle].toSorted())
    }),
  )
})

test('every text is read as its records one by one, or found invalid', () => {
  const record = fc.oneof(
    fc.constantFrom(sha256('a'), sha256('b'), 'a'.repeat(40), 'b'.repeat(32), 'a@b.example', 'ü@b.example'),
    fc.constantFrom('', ' ', sha256('a').toUpperCase(), 'x', `${sha256('a')}0`, 'A@b.example', 'a@b'),
  )
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), fc.boolean(), (records, hasEndComma) => {
      fc.pre(records.at(-1) !== '' || hasEndComma)
      const read = readRecords(records.join(',') + (hasEndComma ? ',' : ''))
      const wrong = records.flatMap((text, index) => (VALID.test(text) ? [] : [index + 1]))
      expect([read.count, read.invalid]).toEqual([records.length, wrong])
      expect(read.hashes.count + read.others.length).toBe(records.length - wrong.length)
    }),
  )
})
