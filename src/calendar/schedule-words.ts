import { capital } from '../base/words.ts'

/** A cron that is known to be due some day, in a zone that is known. */
export interface Schedule {
  readonly timeZone: string
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: ReadonlySet<number>
  readonly daysOfMonth: ReadonlySet<number>
  /** 0 is Sunday. */
  readonly daysOfWeek: ReadonlySet<number>
  /** Both day fields name days: one of them is enough. */
  readonly eitherDay: boolean
  readonly followsRealTime: boolean
}

/** So many times of a day are named one by one, even where they come at equal steps. */
const NAMED_TIMES_MAX = 4
/** And so many where they do not. */
const ODD_TIMES_MAX = 8

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
/** A week begins on Monday here, so that Friday to Sunday is a range. */
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** A schedule in words that name exactly when it is due: `Mondays at 04:00 UTC`. */
export function scheduleWords(schedule: Schedule): string {
  const times = timesWords(schedule)
  const days = daysWords(schedule)
  const isPaused = times.startsWith('every') || days.includes(', or ')
  const all = days === 'Every day' && times.startsWith('every') ? capital(times) : null
  const words = all ?? `${days}${isPaused ? ',' : ''} ${times}`
  return `${words}${/\d$/.test(words) ? '' : ','} ${schedule.timeZone}`
}

function daysWords({ months, daysOfMonth, daysOfWeek, eitherDay }: Schedule): string {
  const isEveryDate = daysOfMonth.size === 31
  const isEveryWeekday = daysOfWeek.size === 7
  const isEveryMonth = months.size === 12
  const inMonths = isEveryMonth ? '' : ` in ${rangesOf(months, MONTHS, 1)}`
  const weekdays = [...daysOfWeek].map((day) => (day + 6) % 7)
  const dates = `On ${daysOfMonth.size === 1 ? 'day' : 'days'} ${rangesOf(daysOfMonth)}`
  // With both fields named, one of them is enough.
  if (eitherDay && !isEveryDate && !isEveryWeekday)
    return `${dates} of the month, or on ${weekdaysOf(weekdays, 'or')}${inMonths}`
  if (isEveryDate || (eitherDay && isEveryWeekday))
    return isEveryWeekday || eitherDay ? `Every day${inMonths}` : `${weekdaysOf(weekdays, 'and')}${inMonths}`
  return `${dates} of ${isEveryMonth ? 'the month' : rangesOf(months, MONTHS, 1)}`
}

/** "Mondays and Thursdays", "Monday to Friday". */
function weekdaysOf(days: readonly number[], joint: 'and' | 'or'): string {
  const [first = 0, ...rest] = days.toSorted((one, other) => one - other)
  const last = rest.at(-1) ?? first
  return rest.length >= 2 && last - first === rest.length
    ? `${WEEKDAYS[first]} to ${WEEKDAYS[last]}`
    : joined(
        [first, ...rest].map((day) => `${WEEKDAYS[day]}s`),
        joint,
      )
}

function timesWords({ minutes, hours }: Schedule): string {
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute))
  const [first = 0, second = first] = times
  const last = times.at(-1) ?? first
  const step = second - first
  const isEven = times.every((time, index) => time === first + index * step)
  const named = `at ${joined(times.map(clock))}`
  if (times.length <= NAMED_TIMES_MAX || (!isEven && times.length <= ODD_TIMES_MAX)) return named
  if (!isEven) {
    const of = hours.length === 24 ? 'every hour' : `hours ${rangesOf(hours)}`
    return `at minutes ${rangesOf(minutes)} of ${of}`
  }
  const isWholeDay = first === 0 && last + step === 24 * 60 && (step === 60 || 60 % step === 0)
  return `every ${stepWords(step)}${isWholeDay ? '' : ` from ${clock(first)} to ${clock(last)}`}`
}

function stepWords(step: number): string {
  if (step % 60 === 0) return step === 60 ? 'hour' : `${step / 60} hours`
  return step === 1 ? 'minute' : `${step} minutes`
}

function clock(minuteOfDay: number): string {
  return `${twoDigits(Math.floor(minuteOfDay / 60))}:${twoDigits(minuteOfDay % 60)}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

/** "1 to 7 and 15"; names begin with the one of the number `from`. */
function rangesOf(numbers: Iterable<number>, names?: readonly string[], from = 0): string {
  const nameOf = (number: number): string => names?.[number - from] ?? String(number)
  const ranges: [first: number, last: number][] = []
  for (const number of [...numbers].toSorted((one, other) => one - other)) {
    const range = ranges.at(-1)
    if (range !== undefined && range[1] === number - 1) range[1] = number
    else ranges.push([number, number])
  }
  return joined(
    ranges.flatMap(([first, last]) => {
      if (last - first >= 2) return [`${nameOf(first)} to ${nameOf(last)}`]
      return first === last ? [nameOf(first)] : [nameOf(first), nameOf(last)]
    }),
  )
}

function joined(parts: readonly string[], joint: 'and' | 'or' = 'and'): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} ${joint} ${last}`
}
