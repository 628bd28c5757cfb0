/**
 * White space beyond ASCII and signs without width, by the names that Unicode gives them. They come along when an address is copied from
 * a page or a document, and no one sees them.
 */
const INVISIBLE: ReadonlyMap<string, string> = new Map([
  ['\u0085', 'next line'],
  ['\u00a0', 'no-break space'],
  ['\u00ad', 'soft hyphen'],
  ['\u061c', 'Arabic letter mark'],
  ['\u1680', 'ogham space mark'],
  ['\u180e', 'Mongolian vowel separator'],
  ['\u2000', 'en quad'],
  ['\u2001', 'em quad'],
  ['\u2002', 'en space'],
  ['\u2003', 'em space'],
  ['\u2004', 'three-per-em space'],
  ['\u2005', 'four-per-em space'],
  ['\u2006', 'six-per-em space'],
  ['\u2007', 'figure space'],
  ['\u2008', 'punctuation space'],
  ['\u2009', 'thin space'],
  ['\u200a', 'hair space'],
  ['\u200b', 'zero-width space'],
  ['\u200c', 'zero-width non-joiner'],
  ['\u200d', 'zero-width joiner'],
  ['\u200e', 'left-to-right mark'],
  ['\u200f', 'right-to-left mark'],
  ['\u2028', 'line separator'],
  ['\u2029', 'paragraph separator'],
  ['\u202a', 'left-to-right embedding'],
  ['\u202b', 'right-to-left embedding'],
  ['\u202c', 'pop directional formatting'],
  ['\u202d', 'left-to-right override'],
  ['\u202e', 'right-to-left override'],
  ['\u202f', 'narrow no-break space'],
  ['\u205f', 'medium mathematical space'],
  ['\u2060', 'word joiner'],
  ['\u2066', 'left-to-right isolate'],
  ['\u2067', 'right-to-left isolate'],
  ['\u2068', 'first strong isolate'],
  ['\u2069', 'pop directional isolate'],
  ['\u3000', 'ideographic space'],
  ['\ufeff', 'byte order mark'],
])

/** What is trimmed at both ends of a value, as one string: all white space of Unicode, and signs without width. */
export const TRIM_CHARS = `\t\n\v\f\r ${[...INVISIBLE.keys()].join('')}`

const trimmedSigns = new Set(TRIM_CHARS)

/** The value without what is trimmed at its ends; empty for null. Every engine trims the same. */
export function trimmed(raw: string | null): string {
  if (raw === null) return ''
  let start = 0
  let end = raw.length
  while (start < end && trimmedSigns.has(raw.charAt(start))) start += 1
  while (end > start && trimmedSigns.has(raw.charAt(end - 1))) end -= 1
  return start === 0 && end === raw.length ? raw : raw.slice(start, end)
}

/** Names of the invisible signs within a value, those at its ends left aside, each once in the order in which they stand. */
export function invisibleInside(raw: string | null): string[] {
  const names = Array.from(trimmed(raw), (sign) => INVISIBLE.get(sign)).filter((name) => name !== undefined)
  return [...new Set(names)]
}
