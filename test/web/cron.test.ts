import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSchedule } from '../../src/calendar/schedule.ts'
import { cronOf, firstRhythm, rhythmOf } from '../../web/src/format/cron.ts'
import type { Rhythm } from '../../web/src/format/cron.ts'

/** The schedules that a person chooses by fields, against the server's own reading of the crons. */

const table: readonly (readonly [string, Partial<Rhythm>])[] = [
  ['0 * * * *', { kind: 'hour', minute: 0 }],
  ['45 * * * *', { kind: 'hour', minute: 45 }],
  ['30 2 * * *', { kind: 'day', time: '02:30' }],
  ['  05   00 * * * ', { kind: 'day', time: '00:05' }],
  ['0 9 * * 0-6', { kind: 'day', time: '09:00' }],
  ['0 9 * * 1-5', { kind: 'weekdays', time: '09:00' }],
  ['0 9 * * MON-FRI', { kind: 'weekdays', time: '09:00' }],
  ['0 9 * * 5,1,3,2,4', { kind: 'weekdays', time: '09:00' }],
  ['15 23 * * 1,3', { kind: 'week', days: [1, 3], time: '23:15' }],
  ['15 23 * * 7', { kind: 'week', days: [0], time: '23:15' }],
  ['15 23 * * fri-7', { kind: 'week', days: [0, 5, 6], time: '23:15' }],
  ['0 6 1 * *', { kind: 'month', dayOfMonth: 1, time: '06:00' }],
  ['59 23 31 * *', { kind: 'month', dayOfMonth: 31, time: '23:59' }],
]

test.each(table)('"%s" is shown in fields', (cron, fields) => {
  expect(rhythmOf(cron)).toEqual({ ...firstRhythm, ...fields })
})

test.each([
  '*/15 * * * *',
  '0,30 * * * *',
  '0 */2 * * *',
  '0 9-17 * * *',
  '0 9 1 1 *',
  '0 9 1,15 * *',
  '0 9 1 * 1',
  '0 9 * * 1-5/2',
  '0 * 1 * *',
  '0 * * * 1-5',
  '0 9 0 * *',
  '0 9 * *',
  '0 9 * * * *',
  'nonsense',
  '',
])('"%s" stays a cron of its own', (cron) => {
  expect(rhythmOf(cron)).toEqual({ ...firstRhythm, kind: 'cron', cron })
})

describe('fields that are not filled in', () => {
  test.each<[string, Partial<Rhythm>]>([
    ['no time', { kind: 'day', time: '' }],
    ['no day of the week', { kind: 'week', days: [] }],
    ['no day of the month', { kind: 'month', dayOfMonth: null }],
    ['a day that no month has', { kind: 'month', dayOfMonth: 32 }],
    ['half a minute', { kind: 'hour', minute: 0.5 }],
    ['an empty cron', { kind: 'cron', cron: ' ' }],
  ])('%s: no cron', (_, fields) => {
    expect(cronOf({ ...firstRhythm, ...fields })).toBeNull()
  })
})

const time = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))

const filledIn: fc.Arbitrary<Rhythm> = fc.record({
  kind: fc.constantFrom('hour', 'day', 'weekdays', 'week', 'month'),
  minute: fc.nat(59),
  time,
  days: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
  dayOfMonth: fc.integer({ min: 1, max: 31 }),
  cron: fc.constant(''),
})

test('what is filled in is found again, under its shortest name', () => {
  fc.assert(
    fc.property(filledIn, (rhythm) => {
      const cron = cronOf(rhythm) ?? ''
      const again = rhythmOf(cron)
      expect(again.kind).not.toBe('cron')
      expect(parseSchedule(cronOf(again) ?? '', 'UTC')).toEqual(parseSchedule(cron, 'UTC'))
      expect(rhythmOf(cronOf(again) ?? '')).toEqual(again)
    }),
  )
})

const dayWord = fc.constantFrom('*', '1-5', '0', '7', '5-7', 'mon-fri', 'Sat,sun', '1,3,5', '1-6/2', '0-6')
const anyCron = fc
  .tuple(
    fc.oneof(fc.nat(59).map(String), fc.constantFrom('*', '*/5', '07', '0,30')),
    fc.oneof(fc.nat(23).map(String), fc.constantFrom('*', '*/6', '08', '9-17')),
    fc.oneof(fc.constant('*'), fc.integer({ min: 1, max: 31 }).map(String), fc.constantFrom('1,15', '05')),
    fc.constantFrom('*', '*', '1,7', 'jan'),
    dayWord,
  )
  .map((fields) => fields.join(' '))

test('showing a cron in fields never changes when it runs', () => {
  fc.assert(
    fc.property(anyCron, (cron) => {
      expect(parseSchedule(cronOf(rhythmOf(cron)) ?? '', 'UTC')).toEqual(parseSchedule(cron, 'UTC'))
    }),
    { numRuns: 500 },
  )
})
