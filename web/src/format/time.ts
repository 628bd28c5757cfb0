/** Times in the browser's own zone, which is named wherever it matters. */

const clock = new Intl.DateTimeFormat('en-US', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const dayOfYear = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' })
const fullDay = new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'short', day: 'numeric' })
const exactly = new Intl.DateTimeFormat('en-US', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
})
const seconds = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** "Nov 24, 2026, 13:57:04 GMT+1". */
export function exactTime(iso: string): string {
  return exactly.format(new Date(iso))
}

/** "13:57:04". */
export function clockTime(iso: string): string {
  return seconds.format(new Date(iso))
}

/** "13:57". */
export function minuteTime(iso: string): string {
  return clock.format(new Date(iso))
}

/** "today 13:57", "yesterday 13:57", "Nov 20, 13:57", with the year when it is another one. */
export function shortTime(iso: string, now = new Date()): string {
  const time = new Date(iso)
  const days = daysBetween(time, now)
  const near = { 0: 'today', 1: 'yesterday', [-1]: 'tomorrow' }[days]
  if (near !== undefined) return `${near} ${clock.format(time)}`
  const day = time.getFullYear() === now.getFullYear() ? dayOfYear : fullDay
  return `${day.format(time)}, ${clock.format(time)}`
}

/** "Wed, Nov 25, 2026, 02:30 GMT+1", by the clocks of a zone that is named beside it. */
export function zonedTime(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(new Date(iso))
}

/** Name of the zone that times are shown in: "GMT+1". */
export function zoneName(): string {
  return exactly.formatToParts(new Date()).find(({ type }) => type === 'timeZoneName')?.value ?? 'local time'
}

/** The start of a day such as 2026-11-24 in the browser's zone, moved by whole days. */
export function startOfDay(day: string, moveDays = 0): string | undefined {
  const start = new Date(`${day}T00:00`)
  if (Number.isNaN(start.getTime())) return undefined
  start.setDate(start.getDate() + moveDays)
  return start.toISOString()
}

/** The day of a moment in the browser's zone, such as 2026-11-24. */
export function dayOf(iso: string): string {
  const time = new Date(iso)
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
}

/** Days until then; negative once it is past. */
export function daysUntil(iso: string, now = new Date()): number {
  return (new Date(iso).getTime() - now.getTime()) / DAY_MS
}

const DAY_MS = 86_400_000

function daysBetween(earlier: Date, later: Date): number {
  return (midnight(later) - midnight(earlier)) / DAY_MS
}

/** The day's number in milliseconds, whatever the clocks did meanwhile. */
function midnight(time: Date): number {
  return Date.UTC(time.getFullYear(), time.getMonth(), time.getDate())
}
