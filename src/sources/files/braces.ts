/**
 * The names that the braces of a pattern stand for: `{a,b}` and `{1..9}`, within one another and several after another. Null as soon as
 * they are more than `namesMax`, so that a short pattern never costs more than that.
 */
export function expandBraces(pattern: string, namesMax: number): readonly string[] | null {
  let names: readonly string[] = ['']
  let at = 0
  while (at < pattern.length) {
    const group = pattern[at] === '{' ? groupAt(pattern, at, namesMax) : null
    if (group !== null && 'isTooLarge' in group) return null
    const length = group?.length ?? literalLength(pattern, at)
    const choices = group?.choices ?? [pattern.slice(at, at + length)]
    if (names.length * choices.length > namesMax) return null
    names =
      choices.length === 1 ? appended(names, choices) : names.flatMap((name) => appended([name], choices))
    at += length
  }
  return names
}

/** How long the signs from a place on are that stand for themselves, at least one. */
function literalLength(pattern: string, start: number): number {
  LITERALS.lastIndex = start
  return LITERALS.exec(pattern)?.[0].length ?? 1
}

const LITERALS = /(?:[^\\{]|\\[\s\S])+|[\s\S]/y

function appended(names: readonly string[], choices: readonly string[]): string[] {
  return names.flatMap((name) => choices.map((choice) => name + choice))
}

type Group = { readonly length: number; readonly choices: readonly string[] } | { readonly isTooLarge: true }

/** The group that begins at `start`; null when the brace is a sign like any other. */
function groupAt(pattern: string, start: number, namesMax: number): Group | null {
  const parts: string[] = []
  let depth = 0
  let from = start + 1
  for (let at = start; at < pattern.length; at += 1) {
    const sign = pattern[at]
    if (sign === '\\') at += 1
    else if (sign === '{') depth += 1
    else if (sign === ',' && depth === 1) {
      parts.push(pattern.slice(from, at))
      from = at + 1
    } else if (sign === '}') {
      depth -= 1
      if (depth > 0) continue
      parts.push(pattern.slice(from, at))
      const length = at + 1 - start
      return parts.length === 1
        ? rangeOf(parts[0] ?? '', length, namesMax)
        : choicesOf(parts, length, namesMax)
    }
  }
  return null
}

function choicesOf(parts: readonly string[], length: number, namesMax: number): Group {
  const choices: string[] = []
  for (const part of parts) {
    const names = expandBraces(part, namesMax - choices.length)
    if (names === null) return { isTooLarge: true }
    choices.push(...names)
  }
  return { length, choices }
}

/** `1..9`, `01..12`, `a..e`. */
function rangeOf(text: string, length: number, namesMax: number): Group | null {
  const numbers = /^(-?\d{1,15})\.\.(-?\d{1,15})$/.exec(text)
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(text)
  const [, first = '', last = ''] = numbers ?? letters ?? []
  if (first === '') return null
  const from = numbers === null ? first.charCodeAt(0) : Number(first)
  const to = numbers === null ? last.charCodeAt(0) : Number(last)
  const count = Math.abs(to - from) + 1
  if (count > namesMax) return { isTooLarge: true }
  const step = to < from ? -1 : 1
  // `01..12` counts with leading zeros.
  const width = [first, last].some((end) => /^-?0\d/.test(end)) ? Math.max(first.length, last.length) : 0
  const choices = Array.from({ length: count }, (_, index) => {
    const value = from + index * step
    return numbers === null ? String.fromCharCode(value) : String(value).padStart(width, '0')
  })
  return { length, choices }
}
