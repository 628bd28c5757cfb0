/** The schedules that people choose, as fields to fill in, and the crons that they stand for. */

export type RhythmKind = 'hour' | 'day' | 'weekdays' | 'week' | 'month' | 'cron'

/** All fields at once, so that another choice forgets nothing; each kind uses some of them. Null and empty are not yet known. */
export interface Rhythm {
  readonly kind: RhythmKind
  /** Of every hour. */
  readonly minute: number | null
  /** "02:30", for all but `hour` and `cron`. */
  readonly time: string
  /** Of the week, in ascending order; 0 is Sunday. */
  readonly days: readonly number[]
  readonly dayOfMonth: number | null
  /** What someone wrote, for `cron`. */
  readonly cron: string
}

export const firstRhythm: Rhythm = {
  kind: 'day',
  minute: 0,
  time: '02:30',
  days: [1],
  dayOfMonth: 1,
  cron: '',
}

/** Monday to Friday. */
const WEEKDAYS = '1-5'

/** Null while a field of its kind is empty or beyond its range. */
export function cronOf(rhythm: Rhythm): string | null {
  if (rhythm.kind === 'cron') return rhythm.cron.trim() === '' ? null : rhythm.cron.trim()
  if (rhythm.kind === 'hour')
    return isWithin(rhythm.minute, 0, 59) ? `${String(rhythm.minute)} * * * *` : null
  const days = daysFieldsOf(rhythm)
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)/.exec(rhythm.time) ?? []
  if (days === null || hour === undefined || minute === undefined) return null
  return `${Number(minute)} ${Number(hour)} ${days}`
}

/** Day of month, month and day of week. */
function daysFieldsOf({ kind, days, dayOfMonth }: Rhythm): string | null {
  if (kind === 'weekdays') return `* * ${WEEKDAYS}`
  if (kind === 'month') return isWithin(dayOfMonth, 1, 31) ? `${String(dayOfMonth)} * *` : null
  if (kind === 'day') return '* * *'
  return days.length === 0 ? null : `* * ${days.join(',')}`
}

/** The fields that a cron fits, or the cron itself where it fits none. */
export function rhythmOf(cron: string): Rhythm {
  return { ...firstRhythm, ...(fieldsOf(cron.trim().split(/\s+/)) ?? { kind: 'cron', cron }) }
}

function fieldsOf(texts: readonly string[]): Partial<Rhythm> | null {
  const [minuteText = '', hourText, dayText = '', month, weekText = ''] = texts
  const minute = numberOf(minuteText, 0, 59)
  if (texts.length !== 5 || month !== '*' || minute === null) return null
  if (hourText === '*') return dayText === '*' && weekText === '*' ? { kind: 'hour', minute } : null
  const hour = numberOf(hourText ?? '', 0, 23)
  const days = hour === null ? null : dayFieldsOf(dayText, weekText)
  return days === null ? null : { ...days, time: `${twoDigits(hour ?? 0)}:${twoDigits(minute)}` }
}

function dayFieldsOf(dayText: string, weekText: string): Partial<Rhythm> | null {
  const dayOfMonth = numberOf(dayText, 1, 31)
  if (dayOfMonth !== null) return weekText === '*' ? { kind: 'month', dayOfMonth } : null
  if (dayText !== '*') return null
  if (weekText === '*') return { kind: 'day' }
  const days = weekDaysOf(weekText)
  if (days === null) return null
  if (days.length === 7) return { kind: 'day' }
  return days.join(',') === '1,2,3,4,5' ? { kind: 'weekdays' } : { kind: 'week', days }
}

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** "mon-fri", "1,3" and "7" alike; null for what is no plain list of days. */
function weekDaysOf(text: string): number[] | null {
  const days = new Set<number>()
  for (const item of text.toLowerCase().split(',')) {
    const [first = null, last = first, ...more] = item.split('-').map(weekDayOf)
    if (first === null || last === null || last < first || more.length > 0) return null
    for (let day = first; day <= last; day += 1) days.add(day % 7)
  }
  return [...days].toSorted((one, other) => one - other)
}

function weekDayOf(text: string): number | null {
  const named = NAMES.indexOf(text)
  return named === -1 ? numberOf(text, 0, 7) : named
}

function numberOf(text: string, min: number, max: number): number | null {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : null
  return isWithin(number, min, max) ? number : null
}

function isWithin(number: number | null, min: number, max: number): boolean {
  return number !== null && Number.isInteger(number) && number >= min && number <= max
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
