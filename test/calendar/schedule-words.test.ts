import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { explain, nextRuns, parseSchedule } from '../../src/calendar/schedule.ts'

/** The words of a schedule, read by a person who knows nothing of crons: they must lead to the very runs of the calendar. */

const DAY_MS = 86_400_000
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

type Test = (day: Date) => boolean

/** "1, 3 to 5 and 7", with names for numbers where there are some; a range may go over the end of a week. */
function numbersIn(text: string, numberOf: (word: string) => number, cycle = 0): Set<number> {
  const found = new Set<number>()
  for (const part of text.split(/, | and | or /)) {
    const [first = '', last = first] = part.split(' to ')
    const end = numberOf(last)
    for (let number = numberOf(first); ; number = cycle === 0 ? number + 1 : (number + 1) % cycle) {
      found.add(number)
      if (number === end) break
    }
  }
  return found
}

const weekdaysIn = (text: string): Set<number> =>
  numbersIn(
    text,
    (word) => {
      const index = WEEKDAYS.indexOf(word.replace(/s$/, ''))
      if (index === -1) throw new Error(`no weekday: ${word}`)
      return index
    },
    7,
  )

const monthsIn = (text: string): Set<number> =>
  numbersIn(text, (word) => {
    const index = MONTHS.indexOf(word)
    if (index === -1) throw new Error(`no month: ${word}`)
    return index
  })

/** Which days are meant by "On days 1 to 7 of the month, or on Mondays, in March". */
function daysMeant(text: string): Test {
  const [, days = '', months] = /^(.*?)(?: in ((?:[A-Z][a-z]+(?:, | and | to )?)+))?$/.exec(text) ?? []
  const isInMonth: Test = (day) => months === undefined || monthsIn(months).has(day.getUTCMonth())
  const either = /^On days? (.+) of the month, or on (.+)$/.exec(days)
  const dates = /^On days? (.+) of (.+)$/.exec(days)
  const isDay: Test =
    days === 'Every day'
      ? () => true
      : either !== null
        ? (day) =>
            numbersIn(either[1] ?? '', Number).has(day.getUTCDate()) ||
            weekdaysIn(either[2] ?? '').has(day.getUTCDay())
        : dates !== null
          ? (day) =>
              numbersIn(dates[1] ?? '', Number).has(day.getUTCDate()) &&
              (dates[2] === 'the month' || monthsIn(dates[2] ?? '').has(day.getUTCMonth()))
          : (day) => weekdaysIn(days).has(day.getUTCDay())
  return (day) => isInMonth(day) && isDay(day)
}

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))

/** Which minutes of a day are meant by "every 15 minutes from 09:00 to 17:45". */
function minutesMeant(text: string): number[] {
  const all = Array.from({ length: 24 * 60 }, (_, minute) => minute)
  const steps = /^every (?:(\d+) )?(minute|hour)s?(?: from (\d\d:\d\d) to (\d\d:\d\d))?$/i.exec(text)
  if (steps !== null) {
    const [, number = '1', unit = '', first = '00:00', last = '23:59'] = steps
    const step = Number(number) * (unit.toLowerCase() === 'hour' ? 60 : 1)
    return all.filter(
      (minute) =>
        minute >= minuteOf(first) && minute <= minuteOf(last) && (minute - minuteOf(first)) % step === 0,
    )
  }
  const parts = /^at minutes (.+) of (?:every hour|hours (.+))$/.exec(text)
  if (parts !== null) {
    const minutes = numbersIn(parts[1] ?? '', Number)
    const hours = parts[2] === undefined ? null : numbersIn(parts[2], Number)
    return all.filter(
      (minute) => minutes.has(minute % 60) && (hours === null || hours.has(Math.floor(minute / 60))),
    )
  }
  return [...text.replace(/^at /, '').matchAll(/\d\d:\d\d/g)].map(([clock]) => minuteOf(clock))
}

/** So far ahead every date falls on every day of the week. */
const HORIZON_MS = Date.parse('2040-01-01')

/** The first runs that the words mean. */
function runsMeant(words: string, after: Date, count: number): Date[] {
  const text = words.replace(/,? UTC$/, '')
  const split = /^(.*?),? ((?:at|every) .*)$/.exec(text)
  const isDue = daysMeant(split?.[1] ?? 'Every day')
  const minutes = minutesMeant(split?.[2] ?? text)
  const runs: Date[] = []
  const firstDay = Math.floor(after.getTime() / DAY_MS) * DAY_MS
  for (let day = firstDay; runs.length < count && day < HORIZON_MS; day += DAY_MS)
    if (isDue(new Date(day)))
      for (const minute of minutes) {
        const at = new Date(day + minute * 60_000)
        if (at > after && runs.length < count) runs.push(at)
      }
  return runs
}

const item = (min: number, max: number): fc.Arbitrary<string> => {
  const number = fc.integer({ min, max })
  return fc.oneof(
    number.map(String),
    fc.tuple(number, number).map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`),
    fc
      .tuple(number, number, fc.integer({ min: 1, max }))
      .map(([one, other, step]) => `${Math.min(one, other)}-${Math.max(one, other)}/${step}`),
  )
}

const field = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant('*') },
    fc.integer({ min: 1, max }).map((step) => `*/${step}`),
    { weight: 3, arbitrary: item(min, max) },
    fc
      .array(fc.integer({ min, max }), { minLength: 2, maxLength: 5 })
      .map((numbers) => [...new Set(numbers)].join(',')),
  )

function isAccepted(cron: string): boolean {
  try {
    parseSchedule(cron, 'UTC')
    return true
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return false
  }
}

const cron = fc
  .tuple(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
  .map((fields) => fields.join(' '))
  .filter(isAccepted)

describe('the words of a schedule', () => {
  test('lead to the runs of the calendar, and to no others', () => {
    const after = new Date('2026-01-15T10:07:00Z')
    fc.assert(
      fc.property(cron, (text) => {
        const words = explain(text, 'UTC')
        expect({ words, runs: runsMeant(words, after, 40) }).toEqual({
          words,
          runs: nextRuns(text, 'UTC', after, 40).filter((run) => run.getTime() < HORIZON_MS),
        })
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['30 2 * * *', 'Every day at 02:30 UTC'],
    ['30 2,14 * * *', 'Every day at 02:30 and 14:30 UTC'],
    ['0 4 * * 1', 'Mondays at 04:00 UTC'],
    ['15 23 * * 1,4', 'Mondays and Thursdays at 23:15 UTC'],
    ['0 9 * * 1-5', 'Monday to Friday at 09:00 UTC'],
    ['0 9 * * fri-7', 'Friday to Sunday at 09:00 UTC'],
    ['0 9 1 * *', 'On day 1 of the month at 09:00 UTC'],
    ['0 6 1-7,15 jan,feb *', 'On days 1 to 7 and 15 of January and February at 06:00 UTC'],
    ['0 9 1-7 * 1', 'On days 1 to 7 of the month, or on Mondays, at 09:00 UTC'],
    ['0 9 1 3 1,2', 'On day 1 of the month, or on Mondays or Tuesdays in March, at 09:00 UTC'],
    ['0 9 1-31 * 1', 'Every day at 09:00 UTC'],
    ['0 * * * *', 'Every hour, UTC'],
    ['5 * * * *', 'Every hour from 00:05 to 23:05 UTC'],
    ['*/15 * * * *', 'Every 15 minutes, UTC'],
    ['*/15 9-17 * * 1-5', 'Monday to Friday, every 15 minutes from 09:00 to 17:45 UTC'],
    ['*/45 * * * *', 'Every day at minutes 0 and 45 of every hour, UTC'],
    ['0 */2 * * *', 'Every 2 hours from 00:00 to 22:00 UTC'],
    ['0 */10 * * *', 'Every day at 00:00, 10:00 and 20:00 UTC'],
    ['* * * * *', 'Every minute, UTC'],
    ['0 6 31 * *', 'On day 31 of the month at 06:00 UTC'],
  ])('of %s are natural', (text, words) => {
    expect(explain(text, 'UTC')).toBe(words)
  })
})
