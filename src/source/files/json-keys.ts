export type JsonKeys =
  /** Keys of the complete objects at the beginning, in order of appearance; none when there is no object at all. */
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  /** The first object goes on beyond the text. */
  | { readonly kind: 'incomplete' }
  /** Not JSON objects, one after the other or in one array. */
  | { readonly kind: 'broken' }

/** The keys of the objects at the beginning of a text: one after the other (JSON lines) or in one array. */
export function jsonKeys(text: string, whole: boolean): JsonKeys {
  const keys = new Set<string>()
  let position = skip(text, 0, /[\s[]/)
  let objects = 0
  while (position < text.length) {
    if (text[position] !== '{')
      return text[position] === ']' || objects > 0 ? { kind: 'keys', keys: [...keys] } : { kind: 'broken' }
    const end = objectEnd(text, position)
    if (end === null) break
    const object = parse(text.slice(position, end))
    if (object === null) return objects > 0 ? { kind: 'keys', keys: [...keys] } : { kind: 'broken' }
    for (const key of Object.keys(object)) keys.add(key)
    objects += 1
    position = skip(text, end, /[\s,]/)
  }
  if (objects > 0) return { kind: 'keys', keys: [...keys] }
  if (position >= text.length && whole) return { kind: 'keys', keys: [] }
  return whole ? { kind: 'broken' } : { kind: 'incomplete' }
}

function skip(text: string, from: number, signs: RegExp): number {
  let position = from
  while (position < text.length && signs.test(text.charAt(position))) position += 1
  return position
}

/** Position after the object that begins at `start`, or null when it does not end. */
function objectEnd(text: string, start: number): number | null {
  let depth = 0
  let inString = false
  for (let index = start; index < text.length; index += 1) {
    const sign = text[index]
    if (inString) {
      if (sign === '\\') index += 1
      else if (sign === '"') inString = false
    } else if (sign === '"') inString = true
    else if (sign === '{' || sign === '[') depth += 1
    else if (sign === '}' || sign === ']') {
      depth -= 1
      if (depth === 0) return index + 1
    }
  }
  return null
}

function parse(text: string): object | null {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    return null
  }
}
