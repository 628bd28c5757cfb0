/** Words for what the API names by a code. */

/** "resolve_list" as "resolve list". */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}

/** "resolve_list" as "Resolve list". */
export function title(name: string): string {
  return capital(words(name))
}

/** With a capital letter first, as a sentence begins. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** "Not enough records" of "Not enough records: the query returned …". */
export function headOf(message: string): string {
  const end = message.indexOf(':')
  return end === -1 ? message : message.slice(0, end)
}

/** "Failed: Not enough records", of a state and the message of an error. */
export function withHead(state: string, message: string): string {
  return `${state}: ${capital(headOf(message))}`
}
