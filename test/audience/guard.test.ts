import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forecast } from '../../src/audience/forecast.ts'
import { judgeMembers, judgeRemoval, judgeRows } from '../../src/audience/guard.ts'

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
    ({ large, percent, ...options }) => {
      const limit = `${options.percentMax} %`
      expect(judgeRemoval({ ...options, countMax: 10 ** 9 })).toEqual({ large, percent, limit })
    },
  )

  test.each([
    { removes: 1000, large: false, limit: '50 %' },
    { removes: 1001, large: true, limit: '1,000 members' },
  ])('of $removes with a limit of 1,000 members is large: $large', ({ removes, large, limit }) => {
    const judged = judgeRemoval({ removes, members: 1_000_000, percentMax: 50, countMax: 1000 })
    expect(judged).toMatchObject({ large, limit })
  })

  test('that is large always shows a higher share than the limit', () => {
    const options = fc.record({
      removes: fc.nat(),
      members: fc.integer({ min: 1 }),
      percentMax: fc.integer({ min: 0, max: 100 }),
    })
    fc.assert(
      fc.property(options, (removal) => {
        const { large, percent } = judgeRemoval({ ...removal, countMax: 2 ** 31 })
        expect(percent > removal.percentMax).toBe(large)
      }),
    )
  })
})

test.each([
  [0, false, 'empty'],
  [0, true, 'empty'],
  [1, false, 'too_few'],
  [99, false, 'too_few'],
  [99, true, 'too_few_with_audience'],
  [100, false, 'enough'],
  [100, true, 'enough'],
] as const)('%i members, audience there: %s → %s', (members, hasAudience, verdict) => {
  expect(judgeMembers({ members, membersMin: 100, hasAudience })).toBe(verdict)
})

test.each([
  { adds: 0, removes: 0, createsAudience: false, writes: 0, seconds: 0 },
  { adds: 1, removes: 0, createsAudience: false, writes: 1, seconds: 1 },
  { adds: 10_000, removes: 0, createsAudience: true, writes: 2, seconds: 1 },
  { adds: 10_001, removes: 1, createsAudience: false, writes: 3, seconds: 1 },
  { adds: 4_000_000, removes: 0, createsAudience: false, writes: 400, seconds: 60 },
  { adds: 10_000_000, removes: 100_000, createsAudience: true, writes: 1011, seconds: 152 },
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
