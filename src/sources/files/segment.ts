type Token = string | { readonly has: (sign: string) => boolean }

interface Segment {
  readonly hasMagic: boolean
  readonly test: (name: string) => boolean
}

/**
 * One part of a pattern, between two slashes: `*` any signs, `?` one, `[a-z]` and `[!a-z]` one of some, `\` before a sign that means
 * itself. Testing a name takes at most its length times that of the part, whatever the pattern.
 */
export function segmentOf(text: string): Segment {
  const tokens = tokensOf(Array.from(text))
  return {
    hasMagic: tokens.some((token) => typeof token !== 'string' || token === ANY || token === ONE),
    test: (name) => matches(tokens, Array.from(name)),
  }
}

/** Stand for `*` and `?`; no sign of a name is longer than one. */
const ANY = '**'
const ONE = '??'

function tokensOf(signs: readonly string[]): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < signs.length; at += 1) {
    const sign = signs[at] ?? ''
    const end = sign === '[' ? classEnd(signs, at) : -1
    if (sign === '\\' && at + 1 < signs.length) tokens.push(signs[(at += 1)] ?? '')
    else if (sign === '*') tokens.push(ANY)
    else if (sign === '?') tokens.push(ONE)
    else if (end > 0) {
      tokens.push(classOf(signs.slice(at + 1, end)))
      at = end
    } else tokens.push(sign)
  }
  return tokens
}

/** Where the class that begins at `start` ends, or -1. A bracket right after its beginning is one of its signs. */
function classEnd(signs: readonly string[], start: number): number {
  const negation = signs[start + 1] === '!' || signs[start + 1] === '^' ? 1 : 0
  return signs.indexOf(']', start + negation + 2)
}

function classOf(signs: readonly string[]): Token {
  const isNegated = signs[0] === '!' || signs[0] === '^'
  const members = isNegated ? signs.slice(1) : signs
  const ranges: (readonly [string, string])[] = []
  for (let at = 0; at < members.length; at += 1) {
    const first = members[at] ?? ''
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([first, isRange ? (members[at + 2] ?? first) : first])
    if (isRange) at += 2
  }
  const isIn = (sign: string) =>
    ranges.some(([from, to]) => codeOf(sign) >= codeOf(from) && codeOf(sign) <= codeOf(to))
  return { has: (sign) => isIn(sign) !== isNegated }
}

function codeOf(sign: string): number {
  return sign.codePointAt(0) ?? 0
}

/** Goes back to the last star only: an earlier one would find nothing that it does not. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < name.length) {
    if (tokens[token] === ANY) {
      star = token
      starAt = at
      token += 1
    } else if (token < tokens.length && isOne(tokens[token] ?? '', name[at] ?? '')) {
      token += 1
      at += 1
    } else if (star >= 0) {
      token = star + 1
      starAt += 1
      at = starAt
    } else return false
  }
  while (tokens[token] === ANY) token += 1
  return token === tokens.length
}

function isOne(token: Token, sign: string): boolean {
  if (typeof token !== 'string') return token.has(sign)
  return token === ONE || token === sign
}
