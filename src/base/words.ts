/** Numbers, names and spans as people read them, wherever they do. */

const formatter = new Intl.NumberFormat('en-US')

export function count(number: number): string {
  return formatter.format(number)
}

/** "1 row", "2 rows". */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

/** With "a" or "an" first, as a noun of the product needs it: "an orchestration", "a user". */
export function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`
}

/** Ends "there is no … with this ID" for a person from whom one may be hidden, in the same words whether it is. */
export function unlessHidden(seesAll: boolean): string {
  return seesAll ? '' : ', or your access does not include it'
}

/** "1 request, 3 additions and 2 removals". */
export function listed(parts: readonly string[]): string {
  return lists.format(parts)
}

const lists = new Intl.ListFormat('en-GB')

/** With a capital letter first, as a sentence begins. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** A code of the catalogue, a task's or a field's name: "large removal", "ad account id". */
export function words(name: string): string {
  return name.replaceAll('_', ' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** "under 1 s", "47 s", "4 min 47 s", "2 h 05 min". */
export function span(seconds: number): string {
  if (seconds < 1) return 'under 1 s'
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** "Tue, Nov 24, 2026, 09:00 Europe/Berlin", by the clocks there; in UTC when no zone is given. */
export function clockTime(iso: string, timeZone: string | null | undefined): string {
  const zone = timeZone ?? 'UTC'
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return `${clock.format(new Date(iso))} ${zone}`
}
