import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forecast } from '../../src/members/forecast.ts'
import { judgeChange, judgeMembers, judgeRows } from '../../src/members/judge.ts'

const limits = {
  removalPercentMax: 50,
  removalCountMax: 10 ** 9,
  additionPercentMax: 200,
  additionMembersMin: 1_000,
}
const nothing = { adds: 0, removes: 0, told: 0, unsure: 0 }

const removalOf = (removes: number, told: number, percentMax: number, countMax = 10 ** 9) =>
  judgeChange(
    { ...nothing, removes, told },
    { ...limits, removalPercentMax: percentMax, removalCountMax: countMax },
  ).removal

describe('a removal', () => {
  test.each([
    { removes: 0, members: 0, percentMax: 50, large: false, percent: 0 },
    { removes: 0, members: 100, percentMax: 0, large: false, percent: 0 },
    { removes: 1, members: 100, percentMax: 0, large: true, percent: 1 },
    { removes: 50, members: 100, percentMax: 50, large: false, percent: 50 },
    { removes: 51, members: 100, percentMax: 50, large: true, percent: 51 },
    { removes: 5_000_001, members: 10_000_000, percentMax: 50, large: true, percent: 50.1 },
    { removes: 1, members: 3, percentMax: 33, large: true, percent: 33.4 },
    { removes: 100, members: 100, percentMax: 100, large: false, percent: 100 },
    { removes: 1, members: 1, percentMax: 50, large: true, percent: 100 },
  ])(
    'of $removes out of $members with a limit of $percentMax % is large: $large',
    ({ removes, members, percentMax, large, percent }) => {
      expect(removalOf(removes, members, percentMax)).toEqual({ large, percent, limit: `${percentMax} %` })
    },
  )

  test.each([
    { removes: 1000, large: false, limit: '50 %' },
    { removes: 1001, large: true, limit: '1,000 members' },
  ])('of $removes with a limit of 1,000 members is large: $large', ({ removes, large, limit }) => {
    expect(removalOf(removes, 1_000_000, 50, 1000)).toMatchObject({ large, limit })
  })
})

describe('an addition', () => {
  test.each([
    { adds: 5_000_000, told: 0, unsure: 0, large: false, percent: null },
    { adds: 5_000_000, told: 999, unsure: 0, large: false, percent: 500_500.6 },
    { adds: 2_000, told: 1_000, unsure: 0, large: false, percent: 200 },
    { adds: 2_001, told: 1_000, unsure: 0, large: true, percent: 200.1 },
    // Those whose answer was lost may be on the list: they count, towards the 1,000 as well.
    { adds: 2_001, told: 999, unsure: 1, large: true, percent: 200.1 },
    { adds: 2_001, told: 0, unsure: 1_000, large: true, percent: 200.1 },
    { adds: 2_002, told: 1_000, unsure: 1, large: false, percent: 200 },
    { adds: 0, told: 1_000_000, unsure: 0, large: false, percent: 0 },
  ])('of $adds to $told members and $unsure unsure is large: $large', ({ large, percent, ...change }) => {
    const { addition, removal } = judgeChange({ ...nothing, ...change }, limits)
    expect(addition).toEqual({ large, percent, limit: '200 %', percentMax: 200 })
    expect(removal.large).toBe(false)
  })

  test('is held against the limits that are set', () => {
    const change = { ...nothing, adds: 3, told: 10 }
    const strict = { ...limits, additionMembersMin: 10, additionPercentMax: 29 }
    expect(judgeChange(change, strict).addition).toEqual({
      large: true,
      percent: 30,
      limit: '29 %',
      percentMax: 29,
    })
    expect(judgeChange(change, { ...strict, additionPercentMax: 30 }).addition.large).toBe(false)
    expect(judgeChange(change, { ...strict, additionMembersMin: 11 }).addition.large).toBe(false)
    expect(judgeChange({ ...change, told: 0 }, { ...strict, additionMembersMin: 0 }).addition.large).toBe(
      false,
    )
  })
})

describe('a change', () => {
  const change = fc.record({ adds: fc.nat(), removes: fc.nat(), told: fc.nat(), unsure: fc.nat(10_000) })
  const anyLimits = fc.record({
    removalPercentMax: fc.integer({ min: 0, max: 100 }),
    removalCountMax: fc.constant(2 ** 31),
    additionPercentMax: fc.integer({ min: 0, max: 1_000_000 }),
    additionMembersMin: fc.nat(100_000),
  })

  test('that is large always shows a higher share than the limit, and the other way round', () => {
    fc.assert(
      fc.property(change, anyLimits, (given, set) => {
        const { removal, addition } = judgeChange(given, set)
        const members = given.told + given.unsure
        expect(removal.large).toBe(given.removes > 0 && removal.percent > set.removalPercentMax)
        const isFilled = members > 0 && members >= set.additionMembersMin
        expect(addition.large).toBe(isFilled && (addition.percent ?? 0) > set.additionPercentMax)
      }),
    )
  })

  test('stays large when more of it is sent, or when its limits are lowered', () => {
    fc.assert(
      fc.property(change, anyLimits, fc.nat(1_000_000), (given, set, more) => {
        const { removal, addition } = judgeChange(given, set)
        const worse = judgeChange({ ...given, adds: given.adds + more, removes: given.removes + more }, set)
        const lower = judgeChange(given, {
          ...set,
          removalPercentMax: Math.max(0, set.removalPercentMax - more),
          additionPercentMax: Math.max(0, set.additionPercentMax - more),
        })
        for (const judged of [worse, lower]) {
          expect(judged.removal.large || !removal.large).toBe(true)
          expect(judged.addition.large || !addition.large).toBe(true)
        }
      }),
    )
  })

  test('is judged the same however much of the list is unsure', () => {
    fc.assert(
      fc.property(change, anyLimits, (given, set) => {
        const certain = { ...given, told: given.told + given.unsure, unsure: 0 }
        expect(judgeChange(given, set)).toEqual(judgeChange(certain, set))
      }),
    )
  })
})

test.each([
  [0, 0, false, 'empty'],
  [0, 5, true, 'empty'],
  [1, 0, false, 'too_few'],
  [99, 0, false, 'too_few'],
  [99, 1, false, 'too_few_in_step'],
  [99, 0, true, 'too_few_with_audience'],
  [99, 1, true, 'too_few_with_audience'],
  [100, 0, false, 'enough'],
  [100, 1, true, 'enough'],
] as const)('%i members, %i before, audience there: %s → %s', (members, before, hasAudience, verdict) => {
  const judged = { members, membersMin: 100, hasAudience, before }
  expect(judgeMembers({ ...judged, isSample: false })).toBe(verdict)
  expect(judgeMembers({ ...judged, isSample: true })).toBe(members === 0 ? 'empty' : 'enough')
})

test.each([
  { adds: 0, removes: 0, createsAudience: false, writes: 0, seconds: 0 },
  { adds: 1, removes: 0, createsAudience: false, writes: 1, seconds: 1 },
  { adds: 10_000, removes: 0, createsAudience: true, writes: 2, seconds: 1 },
  { adds: 10_001, removes: 1, createsAudience: false, writes: 3, seconds: 1 },
  { adds: 4_000_000, removes: 0, createsAudience: false, writes: 400, seconds: 63 },
  { adds: 10_000_000, removes: 100_000, createsAudience: true, writes: 1011, seconds: 157 },
])(
  '$adds adds and $removes removes take $writes writes and $seconds seconds',
  ({ writes, seconds, ...change }) => {
    expect(forecast({ ...change, batchSize: 10_000, writesPerMinute: 400 })).toEqual({ writes, seconds })
  },
)

describe('a number of rows', () => {
  const bounds = { failBelow: 100, warnBelow: 1000, warnAbove: 5000, failAbove: 10_000 }

  test.each([
    [99, 'fail', 'fewer than 100'],
    [100, 'warn', 'fewer than 1,000'],
    [1000, 'fine', ''],
    [5000, 'fine', ''],
    [5001, 'warn', 'more than 5,000'],
    [10_000, 'warn', 'more than 5,000'],
    [10_001, 'fail', 'more than 10,000'],
  ] as const)('%i → %s', (rows, verdict, bound) => {
    expect(judgeRows(rows, bounds)).toEqual({ verdict, bound })
  })

  test('is fine when no bound is set', () => {
    expect(judgeRows(0, {})).toEqual({ verdict: 'fine', bound: '' })
  })
})
