/** Numbers as people read them, the same in every browser as in the API's own texts. */

const whole = new Intl.NumberFormat('en-US')

/** "184,203"; a dash for what is not known yet. */
export function count(number: number | null): string {
  return number === null ? '–' : whole.format(number)
}

/** "+1,203 −396", or "no change". */
export function change(added: number | null, removed: number | null): string {
  if (added === null || removed === null) return '–'
  return added === 0 && removed === 0 ? 'no change' : `+${whole.format(added)} −${whole.format(removed)}`
}

/** "1 row", "2 rows". */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${whole.format(number)} ${number === 1 ? one : many}`
}

/** "under 1 s", "47 s", "4 min 47 s", "2 h 05 min". */
export function span(seconds: number): string {
  if (seconds < 1) return 'under 1 s'
  const rounded = Math.round(seconds)
  if (rounded < 60) return `${rounded} s`
  const minutes = Math.floor(rounded / 60)
  if (minutes < 60) return `${minutes} min ${String(rounded % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}
