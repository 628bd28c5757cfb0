import { placeIn } from './place-in.ts'

/** Texts, quoted names and comments, within which any mark may stand; what is not closed goes on to the end. */
const OPAQUE = /'[^']*'?|"[^"]*"?|(\$\w*\$)[^]*?(?:\1|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)/g
/** A mark that begins a word: databases take it for a letter, and look for a column of that name. */
const CURLY = /(?<![\p{L}\p{N}_])[‘’‚‛“”„‟]/u

/**
 * Why a query is refused that has the quotation marks of a word processor where SQL needs its own, in a sentence; null for any other
 * query. A database would say of it that there is no column of such a name.
 */
export function curlyQuoteProblem(query: string): string | null {
  const open = query.replaceAll(OPAQUE, (part) => part.replaceAll(/[^\n]/g, ' '))
  const found = CURLY.exec(open)
  if (found === null) return null
  const [mark] = found
  const place = placeIn(query, Array.from(query.slice(0, found.index)).length)
  return `it has the curly quotation mark ${mark}${place}. Use straight ones: ' around texts, " around names.`
}
