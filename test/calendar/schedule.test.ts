import * as fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { explain, nextRun, nextRuns } from '../../src/calendar/schedule.ts'
import { refusal } from './refusal.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** What a clock there shows, read in another way than the product does: `2026-10-25 02:30`. */
function wallOf(timeZone: string, instant: Date | number): string {
  const options = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', options)
  clocks.set(timeZone, clock)
  return clock.format(instant)
}
const clocks = new Map<string, Intl.DateTimeFormat>()

/** The wall time that a run of a daily job is for: the last one of its time of day, which the clock may have jumped over. */
function dueAt(timeZone: string, run: Date, timeOfDay: string): string {
  const wall = wallOf(timeZone, run)
  const today = `${wall.slice(0, 10)} ${timeOfDay}`
  if (today <= wall) return today
  return `${new Date(Date.parse(wall.slice(0, 10)) - DAY_MS).toISOString().slice(0, 10)} ${timeOfDay}`
}

const timeOf = (h: number, m: number) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`

/** The wall times of all minutes of five days around a change of the clock. */
function minutesAround(timeZone: string, change: string): readonly (readonly [number, number])[] {
  const key = timeZone + change
  const known = around.get(key)
  if (known !== undefined) return known
  const startMs = Date.parse(change) - 72 * HOUR_MS
  const found = Array.from({ length: 120 * 60 }, (_, index) => {
    const at = startMs + index * MINUTE_MS
    return [at, wallMsOf(timeZone, at)] as const
  })
  around.set(key, found)
  return found
}
const around = new Map<string, readonly (readonly [number, number])[]>()

const wallMsOf = (timeZone: string, instant: Date | number) =>
  Date.parse(`${wallOf(timeZone, instant).replace(' ', 'T')}Z`)

const walls = (cron: string, timeZone: string, after: string, count: number) =>
  nextRuns(cron, timeZone, new Date(after), count).map((run) => wallOf(timeZone, run))

const instants = (cron: string, timeZone: string, after: string, count: number) =>
  nextRuns(cron, timeZone, new Date(after), count).map((run) => run.toISOString().slice(0, 16))

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
  'UTC',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Beirut',
  'America/Havana',
  'Pacific/Chatham',
  'Antarctica/Troll',
  'America/Nuuk',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
] as const

const zone = fc.constantFrom(...zones)
const after = fc.date({ min: new Date('2015-01-01'), max: new Date('2032-01-01'), noInvalidDate: true })
const minute = fc.nat(59)
const hour = fc.nat(23)

const list = (max: number) =>
  fc
    .uniqueArray(fc.nat(max), { minLength: 1, maxLength: 4 })
    .map((values) => values.toSorted((left, right) => left - right))

const ask = () =>
  ['30 2 * * *', '0 */2 * * 1', '0 0 1 * *'].flatMap((text) =>
    [...zones].map((name) => nextRuns(text, name, new Date('2026-03-20T00:00Z'), 12)),
  )

describe('a clock change', () => {
  test('that leaves an hour out does not skip a run in it: it comes at the first moment after', () => {
    expect(walls('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z', 3)).toEqual([
      '2026-03-28 02:30',
      '2026-03-29 03:00',
      '2026-03-30 02:30',
    ])
  })

  test('that repeats an hour does not double a run in it: it comes the first time', () => {
    expect(instants('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    // Asked for in the repeated hour itself, when its run has been.
    expect(instants('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10Z', 1)).toEqual(['2026-10-26T01:30'])
  })

  test('that puts two runs on one moment leaves one', () => {
    expect(walls('0,30 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29 03:00',
      '2026-03-29 03:30',
      '2026-03-30 02:00',
    ])
  })

  test('at midnight neither skips nor doubles the run of that day', () => {
    expect(walls('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 2)).toEqual([
      '2026-09-06 01:00',
      '2026-09-07 00:00',
    ])
    expect(instants('30 23 * * *', 'America/Santiago', '2026-04-04T12:00Z', 2)).toEqual([
      '2026-04-05T02:30',
      '2026-04-06T03:30',
    ])
  })

  test('of half an hour is followed as it is', () => {
    expect(walls('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2)).toEqual([
      '2026-10-04 02:30',
      '2026-10-05 02:15',
    ])
  })

  test('of a whole day does not lose the run of the day that never was', () => {
    expect(walls('0 5 * * *', 'Pacific/Apia', '2011-12-29T12:00Z', 3)).toEqual([
      '2011-12-29 05:00',
      '2011-12-31 00:00',
      '2011-12-31 05:00',
    ])
  })

  test.each([
    ['0 * * * *', 'Europe/Berlin', '2026-03-29', 23],
    ['0 * * * *', 'Europe/Berlin', '2026-10-25', 25],
    ['0 * * * *', 'Europe/Berlin', '2026-06-01', 24],
    ['20 0-23 * * *', 'America/New_York', '2026-11-01', 25],
    ['*/15 * * * *', 'Australia/Lord_Howe', '2026-04-05', 98],
    ['*/15 * * * *', 'Australia/Lord_Howe', '2026-10-04', 94],
    ['0 */2 * * *', 'Europe/Berlin', '2026-10-25', 12],
    ['0 */2 * * *', 'Europe/Berlin', '2026-03-29', 12],
    ['0 0-22/2 * * *', 'Europe/Berlin', '2026-10-25', 12],
    ['0 0-22/2 * * *', 'Europe/Berlin', '2026-03-29', 12],
  ])('%s in %s has on %s %i runs', (cron, timeZone, date, count) => {
    const runs = nextRuns(cron, timeZone, new Date(Date.parse(date) - DAY_MS), 400)
    expect(runs.filter((run) => wallOf(timeZone, run).startsWith(date)).length).toBe(count)
  })
})

describe('law:', () => {
  test('a daily job runs exactly once on every date, at its time wherever there is that time', () => {
    fc.assert(
      fc.property(zone, after, hour, minute, (timeZone, start, h, m) => {
        const runs = nextRuns(`${m} ${h} * * *`, timeZone, start, 400)
        const due = runs.map((run) => dueAt(timeZone, run, timeOf(h, m)))
        for (const [index, run] of runs.entries()) {
          const wanted = due[index] ?? ''
          expect(Date.parse(wanted.slice(0, 10))).toBe(
            Date.parse((due[0] ?? '').slice(0, 10)) + index * DAY_MS,
          )
          // Later than wanted only where the clock never shows that, and then at once.
          expect(wallOf(timeZone, run) >= wanted).toBe(true)
          expect(wallOf(timeZone, run.getTime() - MINUTE_MS) < wanted).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a weekly job runs exactly once on every one of its days', () => {
    fc.assert(
      fc.property(zone, after, hour, minute, fc.nat(6), (timeZone, start, h, m, day) => {
        const dates = nextRuns(`${m} ${h} * * ${day}`, timeZone, start, 120).map((run) =>
          Date.parse(dueAt(timeZone, run, timeOf(h, m)).slice(0, 10)),
        )
        for (const [index, date] of dates.entries()) {
          expect(new Date(date).getUTCDay()).toBe(day)
          expect(date).toBe((dates[0] ?? 0) + index * 7 * DAY_MS)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('an hourly job runs in every real hour whose clock shows its minute, without a gap or a repeat', () => {
    fc.assert(
      fc.property(zone, after, minute, (timeZone, start, m) => {
        const runs = nextRuns(`${m} * * * *`, timeZone, start, 300).map(Number)
        const expected: number[] = []
        for (let at = Math.ceil((start.getTime() + 1) / MINUTE_MS) * MINUTE_MS; expected.length < 300;) {
          if (Number(wallOf(timeZone, at).slice(14)) === m) expected.push(at)
          at += MINUTE_MS * (expected.length > 0 && expected.at(-1) === at ? 15 : 1)
        }
        expect(runs).toEqual(expected)
      }),
      { numRuns: 6 },
    )
  })

  const changes = [
    ['Europe/Berlin', '2026-03-29T01:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00Z'],
    ['America/New_York', '2027-03-14T07:00Z'],
    ['America/New_York', '2027-11-07T06:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['America/Santiago', '2026-04-05T03:00Z'],
    ['America/Santiago', '2026-09-06T04:00Z'],
    ['Antarctica/Troll', '2026-03-29T01:00Z'],
    ['Antarctica/Troll', '2026-10-25T01:00Z'],
    ['America/St_Johns', '2010-11-07T02:31Z'],
    ['America/St_Johns', '2010-03-14T03:31Z'],
    ['Asia/Kolkata', '2026-03-29T01:00Z'],
  ] as const

  test('every cron runs as a search minute by minute says', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        list(59),
        fc.oneof(
          list(23),
          fc.constant(null),
          list(3).map((hours) => hours.map((h) => (h + 22) % 24)),
        ),
        fc.integer({ min: 1, max: 47 * 60 }),
        ([timeZone, change], minutes, hours, earlierMinutes) => {
          const cron = `${minutes.join(',')} ${hours === null ? '*' : hours.toSorted((a, b) => a - b).join(',')} * * *`
          const matches = (wallMs: number) => {
            const wall = new Date(wallMs)
            return (
              minutes.includes(wall.getUTCMinutes()) && (hours === null || hours.includes(wall.getUTCHours()))
            )
          }
          const found = new Set<number>()
          const clock = minutesAround(timeZone, change)
          let highest = clock[0]?.[1] ?? 0
          for (const [at, wallMs] of clock) {
            if (hours === null) {
              if (matches(wallMs)) found.add(at)
              continue
            }
            for (; highest <= wallMs; highest += MINUTE_MS) if (matches(highest)) found.add(at)
          }
          const askedMs = Date.parse(change) - earlierMinutes * MINUTE_MS
          const expected = [...found].filter((at) => at > askedMs)
          const runs = nextRuns(cron, timeZone, new Date(askedMs), expected.length).map(Number)
          expect(runs).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  const cron = fc
    .tuple(
      fc.oneof(
        minute.map(String),
        fc.constantFrom('*', '*/15', '*/7', '5-10'),
        list(59).map((values) => values.join(',')),
      ),
      fc.oneof(
        hour.map(String),
        fc.constantFrom('*', '*/2', '*/5', '8-18/2'),
        list(23).map((values) => values.join(',')),
      ),
      fc.oneof(fc.constantFrom('*', '*/2', '1', '31', '29'), fc.integer({ min: 1, max: 31 }).map(String)),
      fc.constantFrom('*', '1', 'jan,jul', '2-4', '*/3', '*/5'),
      fc.constantFrom('*', '1-5', 'sun', '7', 'mon,thu', '*/2'),
    )
    .map((fields) => fields.join(' '))
    .filter((text) => refusal(text) === 'accepted')

  test('each run is the next one after the run before it, whenever one asks', () => {
    fc.assert(
      fc.property(zone, after, cron, fc.nat(100), (timeZone, start, text, percent) => {
        const runs = nextRuns(text, timeZone, start, 6)
        let last = start
        for (const run of runs) {
          expect(run.getTime()).toBeGreaterThan(last.getTime())
          const between = last.getTime() + Math.floor(((run.getTime() - 1 - last.getTime()) * percent) / 100)
          expect(nextRun(text, timeZone, last)).toEqual(run)
          expect(nextRun(text, timeZone, new Date(between))).toEqual(run)
          last = run
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe("the machine's own zone", () => {
  const own = process.env['TZ']
  afterEach(() => {
    if (own === undefined) delete process.env['TZ']
    else process.env['TZ'] = own
  })

  test.each(['America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Kiritimati', 'Europe/Berlin'])(
    '%s changes nothing',
    (timeZone) => {
      process.env['TZ'] = 'UTC'
      const expected = ask()
      process.env['TZ'] = timeZone
      expect(new Date('2026-06-01T00:00Z').getTimezoneOffset()).not.toBe(0)
      expect(ask()).toEqual(expected)
    },
  )
})

describe('days', () => {
  test.each([
    ['0 0 29 2 *', ['2028-02-29 00:00', '2032-02-29 00:00']],
    ['0 0 31 * *', ['2026-01-31 00:00', '2026-03-31 00:00', '2026-05-31 00:00']],
    [
      '0 0 1 * 1',
      ['2026-01-05 00:00', '2026-01-12 00:00', '2026-01-19 00:00', '2026-01-26 00:00', '2026-02-01 00:00'],
    ],
    ['0 0 30 2 1', ['2026-02-02 00:00', '2026-02-09 00:00']],
    ['0 0 * * 7', ['2026-01-04 00:00', '2026-01-11 00:00']],
    ['0 0 * * fri-7', ['2026-01-02 00:00', '2026-01-03 00:00', '2026-01-04 00:00', '2026-01-09 00:00']],
    ['0 0 * FEB sat', ['2026-02-07 00:00']],
  ])('of %s', (cron, expected) => {
    expect(walls(cron, 'Europe/Berlin', '2026-01-01T12:00Z', expected.length)).toEqual(expected)
  })

  test('of leap years are found over the year that is none', () => {
    expect(walls('0 12 29 2 *', 'UTC', '2096-03-01T00:00Z', 1)).toEqual(['2104-02-29 12:00'])
  })
})

describe('words', () => {
  test('are those of this cron in this zone, however many were asked for before', () => {
    for (let turn = 0; turn < 2; turn += 1) {
      expect(explain('30 2 * * *', 'UTC')).toBe('Every day at 02:30 UTC')
      expect(explain('30 2 * * *', 'Asia/Tokyo')).toBe('Every day at 02:30 Asia/Tokyo')
      expect(explain('30 3 * * *', 'UTC')).toBe('Every day at 03:30 UTC')
      for (let index = 0; index < 1_440; index += 1)
        explain(`${index % 60} ${Math.floor(index / 60)} * * *`, 'UTC')
    }
  })
})
