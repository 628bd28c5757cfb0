import { expect, test } from 'vitest'
import { judgeChange } from '../../src/members/judge.ts'
import { changeText, largeChange } from '../../src/members/large-change.ts'
import { defaultLimits } from '../../src/base/limits.ts'

/** One report gives both numbers, whatever made the change wait. */

const reportOf = (change: {
  adds: number
  removes: number
  told: number
  unsure?: number
  areAddsSent?: boolean
}) => {
  const whole = { list: 'ACME', unsure: 0, areAddsSent: false, ...change }
  const error = largeChange(whole, judgeChange(whole, defaultLimits))
  return error === null ? null : { code: error.code, message: error.message }
}

test.each([
  [{ adds: 100, removes: 50, told: 100 }, null],
  [
    { adds: 7, removes: 15, told: 20 },
    [
      'large_removal',
      'Large removal: 15 of 20 members would be removed (75 %), more than the limit of 50 %. 7 would be added. Nothing has been sent yet.',
    ],
  ],
  [
    { adds: 0, removes: 1, told: 1 },
    [
      'large_removal',
      'Large removal: 1 of 1 member would be removed (100 %), more than the limit of 50 %. None would be added. Nothing has been sent yet.',
    ],
  ],
  [
    { adds: 0, removes: 15, told: 17, unsure: 3 },
    [
      'large_removal',
      'Large removal: 15 of 17 members and 3 unsure would be removed (75 %), more than the limit of 50 %. None would be added. Nothing has been sent yet.',
    ],
  ],
  [
    { adds: 5_000, removes: 3, told: 1_000 },
    [
      'large_addition',
      'Large addition: 5,000 would be added to a list of 1,000 members (500 %), more than the limit of 200 %. 3 would be removed. Nothing has been sent yet.',
    ],
  ],
  [
    { adds: 5_000, removes: 1_000, told: 1_000 },
    [
      'large_removal',
      'Large removal: 1,000 of 1,000 members would be removed (100 %), more than the limit of 50 %. 5,000 would be added (500 %), more than the limit of 200 %. Nothing has been sent yet.',
    ],
  ],
  [
    { adds: 7, removes: 15, told: 20, areAddsSent: true },
    [
      'large_removal',
      'Large removal: 15 of 20 members would be removed (75 %), more than the limit of 50 %. 7 have been added. The removals wait for your approval.',
    ],
  ],
])('%j', (change, report) => {
  expect(reportOf(change)).toEqual(report === null ? null : { code: report[0], message: report[1] })
})

test.each([
  [1_203, 396, 'add 1,203 members and remove 396'],
  [0, 340, 'remove 340 members'],
  [1, 0, 'add 1 member'],
])('%d additions and %d removals are "%s"', (adds, removes, said) => {
  expect(changeText({ adds, removes })).toBe(said)
})
