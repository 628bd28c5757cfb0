import { CronExpressionParser } from 'cron-parser'
import { RollcallError } from '../base/rollcall-error.ts'
import { scheduleWords } from './schedule-words.ts'
import type { Schedule } from './schedule-words.ts'
import { checkTimeZone, clockChangeMs, offsetMs } from './time-zone.ts'

/**
 * When an automatic orchestration runs. Pure: the same cron, zone and moment give the same runs on every machine.
 *
 * A clock change neither skips nor doubles a run. When the hour field names hours, by steps too, every wall time that matches runs
 * once: at its first moment, or, when the clock jumps over it, at the first moment after the jump. When it takes every hour,
 * runs follow real time: every moment whose wall time matches, so that an hourly job runs 25 times on the long day.
 */

interface Field {
  readonly name: string
  readonly allowed: string
  readonly max: number
  readonly words: boolean
}

const FIELDS: readonly Field[] = [
  { name: 'minute', allowed: '0-59', max: 59, words: false },
  { name: 'hour', allowed: '0-23', max: 23, words: false },
  { name: 'day of month', allowed: '1-31', max: 31, words: false },
  { name: 'month', allowed: '1-12 or jan-dec', max: 12, words: true },
  { name: 'day of week', allowed: '0-7 or sun-sat (0 and 7 are Sunday)', max: 7, words: true },
]

/** Error: `request_invalid`, which names the field and what it takes, or the nearest time zone, or says that no such day comes. */
export const parseSchedule = kept((cron, timeZone): Schedule => {
  const texts = cron.trim().split(/\s+/)
  if (texts.length !== FIELDS.length || cron.length > CRON_CHARS_MAX) throw notFive(cron, texts.length)
  for (const [index, field] of FIELDS.entries()) checkField(texts, index, field)
  checkTimeZone(timeZone)
  const schedule = scheduleOf(texts, timeZone)
  if (!isEverDue(schedule)) {
    const detail = `the cron ${quoted(cron)} never runs: none of its months has such a day.`
    throw new RollcallError('request_invalid', { detail })
  }
  return schedule
})

/** The schedule in words, such as `Every day at 02:30 Europe/Berlin`. Error: `request_invalid`. */
export const explain = kept((cron, timeZone): string => scheduleWords(parseSchedule(cron, timeZone)))

/** The first run after a moment. Error: `request_invalid`. */
export function nextRun(cron: string, timeZone: string, after: Date): Date {
  return nextRuns(cron, timeZone, after, 1)[0] as Date
}

/** The first `count` runs after a moment, in ascending order. Error: `request_invalid`. */
export function nextRuns(cron: string, timeZone: string, after: Date, count: number): Date[] {
  const schedule = parseSchedule(cron, timeZone)
  const dates: Date[] = []
  if (count < 1) return dates
  for (const runMs of runsAfter(schedule, after.getTime())) {
    dates.push(new Date(runMs))
    if (dates.length >= count) break
  }
  return dates
}

/** A thousand of the largest schedules take 4 MiB. */
const KEPT_MAX = 1_000

/** Keeps the latest answers, since a page of orchestrations asks for all of its schedules again and again. */
function kept<T extends object | string>(
  answerOf: (cron: string, timeZone: string) => T,
): (cron: string, timeZone: string) => T {
  const answers = new Map<string, T>()
  return (cron, timeZone) => {
    const key = JSON.stringify([cron, timeZone])
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = answerOf(cron, timeZone)
    for (const oldest of answers.keys()) {
      if (answers.size < KEPT_MAX) break
      answers.delete(oldest)
    }
    answers.set(key, answer)
    return answer
  }
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Longer than any clock was ever set back, so that what a repeated hour has already run is known. */
const LOOK_BACK_MS = 2 * DAY_MS
/** No zone changes its clock twice in so short a time. */
const STRETCH_MS = 7 * DAY_MS

/**
 * Goes through time in stretches of one offset. Within a stretch wall time and instant go side by side, so that the
 * matching wall times are counted out on a plain calendar.
 */
function* runsAfter(schedule: Schedule, afterMs: number): Generator<number, never, void> {
  const { timeZone, followsRealTime } = schedule
  let fromMs = afterMs - LOOK_BACK_MS
  let lastMs = afterMs
  // Wall times before this one have had their run.
  let openMs = fromMs + offsetMs(timeZone, fromMs)
  for (;;) {
    const { offset, untilMs } = stretchFrom(timeZone, fromMs)
    const jumped = followsRealTime ? [] : wallTimes(schedule, openMs, fromMs + offset)
    for (const _ of jumped) {
      if (fromMs > lastMs) yield (lastMs = fromMs)
      break
    }
    const startMs = followsRealTime ? fromMs + offset : Math.max(openMs, fromMs + offset)
    for (const wallMs of wallTimes(schedule, startMs, untilMs + offset))
      if (wallMs - offset > lastMs) yield (lastMs = wallMs - offset)
    openMs = Math.max(openMs, untilMs + offset)
    fromMs = untilMs
  }
}

function stretchFrom(timeZone: string, fromMs: number): { offset: number; untilMs: number } {
  const offset = offsetMs(timeZone, fromMs)
  const untilMs = fromMs + STRETCH_MS
  if (offsetMs(timeZone, untilMs) === offset) return { offset, untilMs }
  return { offset, untilMs: clockChangeMs(timeZone, fromMs, untilMs) }
}

/** The matching wall times from one wall time up to another, which is left out. */
function* wallTimes(schedule: Schedule, fromMs: number, toMs: number): Generator<number, void, void> {
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < toMs; dayMs += DAY_MS) {
    if (!isDueOn(schedule, new Date(dayMs))) continue
    for (const hour of schedule.hours)
      for (const minute of schedule.minutes) {
        const wallMs = dayMs + hour * HOUR_MS + minute * MINUTE_MS
        if (wallMs >= fromMs && wallMs < toMs) yield wallMs
      }
  }
}

function isDueOn(schedule: Schedule, day: Date): boolean {
  const { months, daysOfMonth, daysOfWeek, eitherDay } = schedule
  if (!months.has(day.getUTCMonth() + 1)) return false
  const ofMonth = daysOfMonth.has(day.getUTCDate())
  const ofWeek = daysOfWeek.has(day.getUTCDay())
  return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek
}

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Any date falls on any day of the week in some year, so the days of the months decide. */
function isEverDue({ months, daysOfMonth, eitherDay }: Schedule): boolean {
  if (eitherDay) return true
  const first = Math.min(...daysOfMonth)
  return [...months].some((month) => first <= (DAYS_IN_MONTH[month - 1] ?? 0))
}

function scheduleOf(texts: readonly string[], timeZone: string): Schedule {
  const values = FIELDS.map((_, index) => valuesOf(texts[index] ?? '', index))
  const [minutes = [], hours = [], daysOfMonth = [], months = [], daysOfWeek = []] = values
  const [, , dayOfMonth, , dayOfWeek] = texts
  return {
    timeZone,
    minutes,
    hours,
    months: new Set(months),
    daysOfMonth: new Set(daysOfMonth),
    daysOfWeek: new Set(daysOfWeek.map((day) => day % 7)),
    eitherDay: dayOfMonth !== '*' && dayOfWeek !== '*',
    // Steps name hours too: a clock change neither skips nor doubles one of them.
    followsRealTime: hours.length === 24,
  }
}

/** What one field stands for, in ascending order. The other fields are open, so that only this one can be refused. */
function valuesOf(text: string, index: number): number[] {
  const cron = FIELDS.map((_, place) => (place === index ? text : '*')).join(' ')
  const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(cron).fields
  const field = [minute, hour, dayOfMonth, month, dayOfWeek][index]
  return (field?.values ?? []).map(Number).toSorted((left, right) => left - right)
}

/** Day names and numbers in lists, ranges and steps; none of the signs that only some programs know. */
const ITEM = String.raw`(?:\*|VALUE(?:-VALUE)?)(?:\/(\d{1,2}))?`
const NUMBERS = new RegExp(`^${listOf(String.raw`\d{1,2}`)}$`)
const NUMBERS_OR_WORDS = new RegExp(`^${listOf(String.raw`(?:\d{1,2}|[a-z]{3})`)}$`, 'i')
const CRON_CHARS_MAX = 1_000

function listOf(value: string): string {
  const item = ITEM.replaceAll('VALUE', value)
  return `${item}(?:,${item})*`
}

function checkField(texts: readonly string[], index: number, field: Field): void {
  const text = texts[index] ?? ''
  const steps = [...text.matchAll(/\/(\d+)/g)].map((match) => Number(match[1]))
  try {
    const isKnown = (field.words ? NUMBERS_OR_WORDS : NUMBERS).test(text)
    // A wider step would read like a time that it is not.
    if (!isKnown || steps.some((step) => step > field.max)) throw notAllowed(texts, text, field)
    valuesOf(text, index)
  } catch (error) {
    throw error instanceof RollcallError ? error : notAllowed(texts, text, field)
  }
}

function notAllowed(texts: readonly string[], text: string, { name, allowed }: Field): RollcallError {
  return new RollcallError('request_invalid', {
    detail: `the ${name} field ${quoted(text)} of the cron ${quoted(texts.join(' '))} is not valid. It takes ${allowed}, *, lists such as 1,3, ranges such as 1-5 and steps such as */5. Give each value once.`,
  })
}

function notFive(cron: string, count: number): RollcallError {
  const few = cron.trim() === '' ? 'is empty' : `has ${count}`
  const found = cron.length > CRON_CHARS_MAX ? 'is too long' : few
  return new RollcallError('request_invalid', {
    detail: `a cron has five fields (minute, hour, day of month, month, day of week), such as "30 2 * * *", and ${quoted(cron)} ${found}.`,
  })
}

const QUOTED_CHARS_MAX = 80

function quoted(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a text goes to a terminal
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  return `"${clean.length > QUOTED_CHARS_MAX ? `${clean.slice(0, QUOTED_CHARS_MAX)}…` : clean}"`
}
