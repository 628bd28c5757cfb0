import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'

/**
 * Time zones by name, with Intl as the only source of their rules. A *wall time* is what a clock on the wall there shows, as
 * milliseconds since 1970 of a calendar without zones; an *instant* is milliseconds since 1970 in UTC.
 */

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Error: `request_invalid`, with the nearest known name. */
export function checkTimeZone(timeZone: string): void {
  if (!isTimeZone(timeZone)) throw unknownZone(timeZone)
}

/** Wall time minus instant. The zone must be a known one. */
export function offsetMs(timeZone: string, instantMs: number): number {
  const parts = formatterOf(timeZone).formatToParts(instantMs)
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value)
  const wallMs = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  return wallMs - Math.floor(instantMs / 1000) * 1000
}

/** The first instant after `fromMs`, to the second, whose offset is another one; `toMs` must be such an instant. */
export function clockChangeMs(timeZone: string, fromMs: number, toMs: number): number {
  const offset = offsetMs(timeZone, fromMs)
  let before = Math.floor(fromMs / 1000)
  let after = Math.ceil(toMs / 1000)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetMs(timeZone, middle * 1000) === offset) before = middle
    else after = middle
  }
  return after * 1000
}

/** Offsets such as `+02:00` are no zones: they know of no clock change. */
function isTimeZone(timeZone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timeZone)) return false
  try {
    return formatterOf(timeZone) !== undefined
  } catch {
    return false
  }
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  // Intl knows names in any capitals, so there are never more entries than zones.
  const key = timeZone.toLowerCase()
  const known = formatters.get(key)
  if (known !== undefined) return known
  const numeric = 'numeric' as const
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  })
  formatters.set(key, formatter)
  return formatter
}

const TYPED_CHARS_MAX = 60

function unknownZone(typed: string): RollcallError {
  // oxlint-disable-next-line no-control-regex -- a name goes to a terminal
  const shown = typed.slice(0, TYPED_CHARS_MAX).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  const near = nearestZone(typed.slice(0, TYPED_CHARS_MAX))
  const hint = near === null ? ' Time zones have names such as "Europe/Berlin".' : ` Did you mean "${near}"?`
  return new RollcallError('request_invalid', { detail: `there is no time zone "${shown}".${hint}` })
}

/** A city alone is enough to know what was meant. */
function nearestZone(typed: string): string | null {
  const known = ['UTC', ...Intl.supportedValuesOf('timeZone')]
  const wanted = typed.trim().replaceAll(' ', '_').toLowerCase()
  const folded = known.map((name) => name.toLowerCase())
  const city = folded.findIndex((name) => name === wanted || (wanted !== '' && name.endsWith(`/${wanted}`)))
  if (city >= 0) return known[city] ?? null
  const near = nearestName(wanted, folded)
  return near === null ? null : (known[folded.indexOf(near)] ?? null)
}
